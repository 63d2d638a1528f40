"""Limits with real processes: each ends the job with its own reason and figures, nothing is left of
its tree, and the node goes on with the next job.
"""

import time
from dataclasses import replace

import pytest

from node_service.loop import Loop
from node_service.processes import find_cores
from spool_layout.ticket import Resources
from tests.real.real_spool import (
    SteppedClock,
    left_on,
    left_over,
    make_node,
    make_spool,
    members,
    open_at,
    outcomes,
    submit_deck,
    turn_until_idle,
)
from tests.small_disks import small_disk_at

pytestmark = pytest.mark.real

# Deaf to every polite signal; so are a child of its own session, and one that was given away to
# init before its parent ended.
DEAF = """\
trap '' TERM INT HUP
setsid sh -c "trap '' TERM INT HUP; sleep 600 & wait" &
( ( trap '' TERM INT HUP; sh -c 'while :; do sleep 1; done' ) & )
while :; do sleep 1; done
"""
HOG = """\
echo begun >begun.txt
exec python3 -c "
import time
block = bytearray(80_000_000)
time.sleep({holds_s})
"
"""


class Site:
    """A spool and one node of one core on it, whose clock a test need not wait for."""

    def __init__(self, folder, *, root=None, scratch=None, **settings) -> None:
        self.root = make_spool(root or folder / "spool", **settings)
        self.scratch = scratch or folder / "scratch"
        self.mine = folder / "mine"
        self.mine.mkdir()
        self.spool = open_at(self.root, SteppedClock())
        self.node = make_node(self.spool, self.scratch, cpus=1)

    def submit(self, name, text, **resources):
        deck = self.mine / f"{name}.inp"
        deck.write_text(text)
        return submit_deck(self.spool, deck, resources=Resources(**resources)).job

    def profile(self, **changes):
        profile = replace(self.node.profiles["command"], **changes)
        self.node = replace(self.node, profiles={**self.node.profiles, "command": profile})

    def end_all(self):
        """The outcome of the first job; the one behind it has completed, and nothing is left."""
        turn_until_idle(self.node)
        assert members(self.scratch) == []
        assert left_over(self.root) == [] and left_on(self.scratch) == []
        return outcomes(self.root)


@pytest.fixture
def small_disk(tmp_path):
    with small_disk_at(tmp_path / "disk", "16m") as disk:
        yield disk


def test_walltime_ends_a_deaf_tree_that_has_left_its_parents(tmp_path):
    site = Site(tmp_path)
    job = site.submit("deaf", DEAF, walltime_s=60)
    following = site.submit("next", "echo\n")
    ended = site.end_all()
    record = ended[job]
    assert (record.outcome, record.reason, record.by) == ("walltime", "walltime", "node alpha")
    assert record.sentence.startswith("It ran for 1 min 00 s; its walltime is 1 min 00 s.")
    assert ended[following].outcome == "completed"


def test_memory_over_the_claim_ends_the_job_where_the_site_wants_it(tmp_path):
    site = Site(tmp_path, limits="{memory: end, memory_tolerance: 20 %}")
    job = site.submit("hog", HOG.format(holds_s=60), memory_bytes=20_000_000)
    following = site.submit("next", HOG.format(holds_s=0.3), memory_bytes=200_000_000)
    ended = site.end_all()
    record = ended[job]
    assert (record.outcome, record.reason, record.by) == ("failed", "memory-limit", "node alpha")
    assert "MB of memory; it had asked for 19.1 MB" in record.sentence
    assert record.memory_peak_bytes > 24_000_000  # it is ended while it grows
    assert "begun.txt" in record.results
    assert ended[following].outcome == "completed"


def test_memory_over_the_claim_is_else_said_and_left_alone(tmp_path):
    site = Site(tmp_path)
    job = site.submit("hog", HOG.format(holds_s=0.5), memory_bytes=20_000_000)
    record = site.end_all()[job]
    assert record.outcome == "completed"
    (warning,) = record.warnings
    assert "it had asked for 19.1 MB" in warning


def test_a_run_that_stands_still_is_ended(tmp_path):
    site = Site(tmp_path)
    site.profile(stall_s=60.0)
    job = site.submit("still", "echo begun\nexec sleep 600\n")
    following = site.submit("next", "echo\n")
    ended = site.end_all()
    record = ended[job]
    assert (record.outcome, record.reason, record.by) == ("failed", "stalled", "node alpha")
    assert "neither computed nor written anything for 1 min" in record.sentence
    assert record.lines[0].text == "begun"
    assert ended[following].outcome == "completed"


def test_a_run_that_writes_without_computing_goes_on(tmp_path):
    site = Site(tmp_path)
    site.profile(stall_s=20.0)
    # 100 times 10 ms: about 80 seconds of the node's clock.
    job = site.submit("writes", "for i in $(seq 100); do echo $i; sleep 0.01; done\n")
    assert site.end_all()[job].outcome == "completed"


def test_what_a_run_has_used_is_in_its_record_also_after_a_restart(tmp_path):
    site = Site(tmp_path)
    text = """\
exec python3 -c "
import time
block = bytearray(80_000_000)
del block
open('given-back', 'w').close()
while time.process_time() < 0.2: pass
while not __import__('os').path.exists('go'): time.sleep(0.01)
"
"""
    job = site.submit("uses", text)
    first = Loop(site.node)
    first.begin()
    end_s = time.monotonic() + 30
    usage = None
    while time.monotonic() < end_s and not usage:
        first.turn()
        site.spool.clock.sleep(0.5)
        for path in site.scratch.glob("uses-*"):
            most = site.node.scratch.attempt(*path.name.rsplit(".g", 1)).most_used
            usage = most if most and most.memory_bytes > 80_000_000 else None
            if usage:
                (path / "run/go").touch()
    assert usage
    record = site.end_all()[job]  # by a second loop, which has seen nothing of it
    assert record.outcome == "completed"
    assert record.memory_peak_bytes >= 80_000_000
    assert record.cpu_s >= 0.2


def test_a_job_that_fills_the_scratch_is_ended_before_it_is_full(tmp_path, small_disk):
    site = Site(tmp_path, scratch=small_disk / "scratch", limits="{scratch_low: 12 MB}")
    site.profile(min_free_scratch_bytes=1 << 20)
    fills = "while :; do head -c 50000 /dev/zero >>fill; sleep 0.01; done\n"
    job = site.submit("fills", fills, scratch_bytes=2 << 20)
    following = site.submit("next", "echo\n")
    ended = site.end_all()
    record = ended[job]
    assert (record.outcome, record.reason, record.by) == ("failed", "disk-low", "node alpha")
    assert "and the job had written" in record.sentence
    assert record.sentence.count("it had asked for 2.0 MB") == 1
    # What it had written was whole when it was ended, and is with the results.
    assert "fill" in record.results
    assert ended[following].outcome == "completed"


def test_a_scratch_that_is_full_at_once_fails_the_job_and_takes_the_next(tmp_path, small_disk):
    site = Site(tmp_path, scratch=small_disk / "scratch", limits="{scratch_low: 4 MB}")
    site.profile(min_free_scratch_bytes=1 << 20)
    job = site.submit("fills", "cat /dev/zero >fill\nwhile [ ! -e go ]; do :; done\n")
    following = site.submit("next", "echo\n")
    ended = site.end_all()
    assert ended[job].reason in {"disk-low", "disk-full"}, ended[job]
    assert ended[job].outcome == "failed" and "scratch" in ended[job].sentence
    assert ended[following].outcome == "completed"


def test_the_end_on_a_full_scratch_is_judged_and_published(tmp_path, small_disk):
    site = Site(tmp_path, scratch=small_disk / "scratch", limits="{scratch_low: 0}")
    site.profile(min_free_scratch_bytes=1 << 20)
    job = site.submit("fills", "cat /dev/zero >fill\nexit 0\n")
    following = site.submit("next", "echo\n")
    ended = site.end_all()
    assert (ended[job].outcome, ended[job].reason) == ("failed", "disk-full")
    assert ended[following].outcome == "completed"


def test_results_wait_for_room_on_the_share_and_the_next_job_is_run(tmp_path, small_disk):
    site = Site(tmp_path, root=small_disk / "spool", limits="{share_low: 4 MB}")
    job = site.submit(
        "writes", "while [ ! -e go ]; do sleep 0.01; done\nhead -c 6000000 /dev/zero >result.dat\n"
    )
    filler = small_disk / "filler"
    loop = Loop(site.node)
    loop.begin()

    def turn_until(condition):
        end_s = time.monotonic() + 30
        while not condition():
            assert time.monotonic() < end_s, loop._condition.problems()
            loop.turn()
            site.spool.clock.sleep(0.25)
            time.sleep(0.003)

    turn_until(loop.is_solving)
    filler.write_bytes(b"x" * 7_000_000)
    next(site.scratch.glob("writes-*/run")).joinpath("go").touch()
    turn_until(
        lambda: any("results of 5.7 MB wait on scratch" in p for p in loop._condition.problems())
    )
    assert (
        outcomes(site.root) == {} and len(list(site.scratch.glob("writes-*/run/result.dat"))) == 1
    )
    filler.write_bytes(b"x" * 13_000_000)
    turn_until(
        lambda: any("takes no more jobs: the share" in p for p in loop._condition.problems())
    )
    following = site.submit("next", "echo\n")
    for _ in range(300):
        loop.turn()
        site.spool.clock.sleep(0.25)
    assert len(list((site.root / "incoming").glob("*next*"))) == 1
    filler.unlink()
    turn_until(lambda: len(outcomes(site.root)) == 2)
    loop._finish()
    ended = outcomes(site.root)
    assert ended[job].outcome == ended[following].outcome == "completed"
    assert loop._room.problems == ()


def test_jobs_are_kept_on_cores_of_their_own(tmp_path):
    site = Site(tmp_path)
    cores = find_cores()
    settings = replace(site.node.settings, cpus=len(cores))
    site.node = replace(site.node, cores=cores, settings=settings)
    begun = tmp_path / "begun"
    begun.mkdir()
    text = f"""\
echo >{begun}/$$
while [ $(ls {begun} | wc -l) -lt {len(cores)} ]; do sleep 0.01; done
exec python3 -c "import os; print(*sorted(os.sched_getaffinity(0)))"
"""
    jobs = [site.submit(f"job{n}", text) for n in range(len(cores))]
    ended = site.end_all()
    assert [ended[job].outcome for job in jobs] == ["completed"] * len(jobs)
    said = [next((site.root / "done").glob(f"*/{job}/solver.out")).read_text() for job in jobs]
    assert sorted(said) == sorted(" ".join(map(str, core.processors)) + "\n" for core in cores)
