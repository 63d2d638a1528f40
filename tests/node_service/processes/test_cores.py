"""Cores of a made-up machine; and programs of this one that are kept on one of theirs."""

import os

import pytest

from node_service.processes import Launch, cores
from node_service.processes.cores import Core, find_cores, kept_on


def machine(folder, monkeypatch, *, siblings, allowed):
    for number, (package, text) in siblings.items():
        place = folder / f"cpu{number}" / "topology"
        place.mkdir(parents=True)
        (place / "physical_package_id").write_text(f"{package}\n")
        (place / "thread_siblings_list").write_text(f"{text}\n")
    monkeypatch.setattr(cores, "_allowed", lambda: frozenset(allowed))
    return find_cores(folder)


def test_hyperthreads_of_one_core_are_together_and_sockets_in_order(tmp_path, monkeypatch):
    siblings = {0: (1, "0,2"), 1: (0, "1,3"), 2: (1, "0,2"), 3: (0, "1,3")}
    found = machine(tmp_path, monkeypatch, siblings=siblings, allowed=range(4))
    assert found == (Core(0, (1, 3)), Core(1, (0, 2)))


def test_what_the_service_itself_may_not_use_is_left_out(tmp_path, monkeypatch):
    siblings = {n: (0, "0-1") if n < 2 else (0, "2-3") for n in range(4)}
    found = machine(tmp_path, monkeypatch, siblings=siblings, allowed={1, 2, 3})
    assert found == (Core(0, (1,)), Core(0, (2, 3)))


def test_a_machine_that_does_not_tell_has_single_cores(tmp_path, monkeypatch):
    assert machine(tmp_path, monkeypatch, siblings={}, allowed={0, 5}) == (
        Core(0, (0,)),
        Core(0, (5,)),
    )


def test_this_machine_has_as_many_processors_as_the_service_may_use():
    found = [processor for core in find_cores() for processor in core.processors]
    assert sorted(found) == sorted(os.sched_getaffinity(0))


@pytest.mark.real
def test_a_run_is_kept_on_its_cores_and_the_service_is_not(attempt):
    before = os.sched_getaffinity(0)
    last = max(before)
    script = "grep Cpus_allowed_list /proc/self/status >list; sleep 0"
    launch = Launch(
        attempt.folder, ("/bin/sh", "-c", script), {"PATH": os.environ["PATH"]}, processors=(last,)
    )
    attempt.processes.start(launch)
    attempt.wait_for_end()
    assert (attempt.run / "list").read_text().split() == ["Cpus_allowed_list:", str(last)]
    assert os.sched_getaffinity(0) == before


def test_cores_that_are_gone_keep_nobody_from_starting():
    before = os.sched_getaffinity(0)
    with kept_on((4095,)):
        assert os.sched_getaffinity(0) == before
    assert os.sched_getaffinity(0) == before
