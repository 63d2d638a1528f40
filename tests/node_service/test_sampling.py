"""How often runs are looked at, and what is made of what was seen."""

import logging
from dataclasses import replace

import pytest

from node_service.processes import Usage
from node_service.sampling import EVERY_S, FIRST_S, Sampling
from node_service.standstill import Standstill
from spool_layout.limits import Limits, OverMemory
from spool_layout.ticket import Resources

MB = 1 << 20


class Seen:
    """What the machine says of runs, as a test wants it; and how often it was asked."""

    def __init__(self, processes) -> None:
        self.looks = 0
        self.usage = Usage(0.0, 10 * MB, 10 * MB)
        self.exact_bytes = None
        processes.usages = self.usages
        processes.memory_bytes = lambda folder: self.exact_bytes

    def usages(self, folders):
        self.looks += 1
        return dict.fromkeys(folders, self.usage)


@pytest.fixture
def seen(site):
    return Seen(site.processes)


@pytest.fixture
def look(site, solving):
    """Looks once more, when some time has passed."""
    sampling = Sampling(site.node)
    sampling.look([solving])

    def look_again(after_s=EVERY_S):
        site.clock.sleep(after_s)
        sampling.look([solving])
        return solving.used

    return look_again


def test_a_new_run_is_seen_after_a_second_and_then_every_few(seen, look):
    assert seen.looks == 0
    look(FIRST_S)
    assert seen.looks == 1
    for _ in range(4):
        look(EVERY_S / 5)
    assert seen.looks == 1
    look(EVERY_S / 5)
    assert seen.looks == 2


def test_the_most_is_kept_where_a_later_service_finds_it(seen, look, solving):
    seen.usage = Usage(3.0, 10 * MB, 50 * MB)
    look()
    seen.usage = Usage(2.0, 20 * MB, 20 * MB)
    look()
    assert (solving.folder.most_used.cpu_s, solving.folder.most_used.memory_bytes) == (3, 50 * MB)


def test_a_run_that_uses_processor_time_is_active(seen, look, site):
    look()
    seen.usage = Usage(0.01 * EVERY_S, MB, MB)
    assert look().active_s == site.clock.monotonic_s()


def test_a_run_that_only_wakes_now_and_then_is_not(seen, look, site):
    look()
    began_s = look().active_s  # the first look at its output
    seen.usage = Usage(0.009 * EVERY_S, MB, MB)
    used = look()
    assert used.active_s == began_s == used.sampled_s - EVERY_S


def test_a_run_that_writes_is_active(seen, look, site, solving):
    look()
    look()
    (solving.folder.run / "solver.out").write_text("more")
    assert look().active_s == site.clock.monotonic_s()


def test_a_process_that_ends_is_something_that_happens(seen, look, site):
    seen.usage = Usage(100.0, MB, MB)
    look()
    look()
    seen.usage = Usage(90.0, MB, MB)
    assert look().active_s == site.clock.monotonic_s()


def test_a_suspended_run_does_not_stand_still(seen, look, site):
    seen.usage = Usage(1.0, MB, MB, is_suspended=True)
    for _ in range(4):
        used = look()
    assert used.active_s == site.clock.monotonic_s()


def test_a_solver_that_stands_still_since_it_was_asked_to_does_not_stall(seen, look, site, solving):
    solving.standstill = Standstill(asked=True, since="2026-01-01T00:00:00Z")
    for _ in range(4):
        used = look()
    assert used.active_s == site.clock.monotonic_s()


@pytest.mark.parametrize(
    ("policy", "used_mb", "looks"), [("end", 51, 5), ("end", 50, 1), ("warn", 90, 1)]
)
def test_a_run_that_is_near_the_memory_that_ends_it_is_looked_at_every_second(
    seen, look, site, solving, policy, used_mb, looks
):
    limits = Limits(memory=OverMemory(policy))
    object.__setattr__(site.node.spool, "settings", replace(site.spool.settings, limits=limits))
    object.__setattr__(solving.ticket.draft, "resources", Resources(memory_bytes=100 * MB))
    seen.usage = Usage(1.0, used_mb * MB, used_mb * MB)
    look()
    seen.looks = 0
    for _ in range(5):
        look(1.0)
    assert seen.looks == looks


@pytest.mark.parametrize("solving_memory", [100 * MB])
def test_shared_memory_is_counted_once_before_a_job_is_blamed(
    seen, look, solving, solving_memory, caplog
):
    asked = Resources(memory_bytes=solving_memory)
    object.__setattr__(solving.ticket.draft, "resources", asked)
    seen.usage, seen.exact_bytes = Usage(1.0, 400 * MB, 400 * MB), 105 * MB
    look()
    assert solving.used.memory_bytes == 105 * MB and not solving.remark
    seen.exact_bytes = 130 * MB
    with caplog.at_level(logging.WARNING):
        look()
        look()
    assert "130.0 MB of memory; it had asked for 100.0 MB" in solving.remark
    assert [record.message for record in caplog.records].count("memory") == 1


def test_the_cores_that_a_run_keeps_busy(seen, look):
    seen.usage = Usage(1.0, MB, 3 * MB)
    used = look(FIRST_S)
    assert (used.cores_busy, used.memory_bytes, used.memory_peak_bytes) == (None, MB, 3 * MB)
    seen.usage = Usage(1.0 + 2.5 * EVERY_S, 2 * MB, 2 * MB)
    used = look()
    assert (used.cores_busy, used.memory_bytes, used.memory_peak_bytes) == (2.5, 2 * MB, 3 * MB)
    seen.usage = Usage(0.5, MB, MB)  # one of its processes has ended
    assert look().cores_busy == 2.5
    seen.usage = Usage(0.5, MB, MB)
    assert look().cores_busy == 0
