"""Each limit, from figures that a test writes down."""

import pytest

from node_service.limits import limit_reached
from spool_layout.limits import Limits, OverMemory
from tests.node_service.test_decide import attempt

NOW_S = 1000.0
END = Limits(memory=OverMemory.END)
MB = 1 << 20


def reached(run, limits=END, stall_s=None):
    return limit_reached(run, now_s=NOW_S, limits=limits, stall_s=stall_s)


@pytest.mark.parametrize(("walltime_s", "is_over"), [(None, False), (100.5, False), (100.0, True)])
def test_walltime(walltime_s, is_over):
    found = reached(attempt(walltime_s=walltime_s))
    assert bool(found) == is_over
    if found:
        assert found.reason == "walltime"
        assert found.sentence == "It ran for 1 min 40 s; its walltime is 1 min 40 s."


@pytest.mark.parametrize(
    ("used_mb", "limits", "is_over"),
    [
        (110, END, False),
        (111, END, True),
        (111, Limits(memory=OverMemory.WARN), False),
        (111, Limits(memory=OverMemory.OFF), False),
        (111, Limits(memory=OverMemory.END, memory_tolerance=0.2), False),
    ],
)
def test_memory_over_the_claim_and_the_tolerance(used_mb, limits, is_over):
    run = attempt(memory_bytes=100 * MB)
    run.used.memory_bytes = used_mb * MB
    found = reached(run, limits)
    assert bool(found) == is_over
    if found:
        assert found.reason == "memory"
        assert found.sentence == "It used 111.0 MB of memory; it had asked for 100.0 MB."


def test_a_job_that_asked_for_no_memory_has_no_limit_of_it():
    run = attempt()
    run.used.memory_bytes = 1 << 40
    assert reached(run) is None


@pytest.mark.parametrize(("quiet_s", "is_over"), [(59.9, False), (60.0, True)])
def test_a_stall_is_judged_as_of_the_last_look(quiet_s, is_over):
    run = attempt()
    assert reached(run, stall_s=60.0) is None  # never looked at
    run.used.sampled_s, run.used.active_s = NOW_S - 1, NOW_S - 1 - quiet_s
    assert reached(run) is None
    found = reached(run, stall_s=60.0)
    assert bool(found) == is_over
    if found:
        assert found.reason == "stalled"
        assert "for 1 min 00 s; its solver profile allows 1 min 00 s" in found.sentence
