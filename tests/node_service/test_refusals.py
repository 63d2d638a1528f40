"""How long a node leaves a solver alone that got no licence."""

from datetime import timedelta

import pytest

from node_service.refusals import PAUSE_FIRST_S, PAUSE_MOST_S, Refusals
from spool_layout.ticket import parse_time
from tests.clocks import FakeClock


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def refusals(clock):
    return Refusals(clock)


def pause_s(refusals, clock):
    began_s = clock.monotonic_s()
    while refusals.stands("abaqus", 8):
        clock.sleep(1.0)
    return clock.monotonic_s() - began_s


def test_each_refusal_in_a_row_doubles_the_pause(refusals, clock):
    pauses = []
    for _ in range(6):
        refusals.note("abaqus", 8)
        pauses.append(pause_s(refusals, clock))
    assert pauses == [PAUSE_FIRST_S, 120.0, 240.0, 480.0, PAUSE_MOST_S, PAUSE_MOST_S]


def test_what_stands_is_announced_and_told_until_its_time(refusals, clock):
    refusals.note("abaqus", 8)
    until = clock.utc_now() + timedelta(seconds=PAUSE_FIRST_S)
    said = refusals.announced()["abaqus"]
    assert (said["tokens"], parse_time(said["until"])) == (8, until)
    (problem,) = refusals.problems()
    assert "abaqus got no licence; jobs that take 8 tokens or more" in problem
    clock.sleep(PAUSE_FIRST_S)
    assert refusals.announced() == {} and refusals.problems() == ()


def test_what_needs_less_may_be_tried_and_what_needs_more_may_not(refusals):
    refusals.note("abaqus", 8)
    assert [refusals.stands("abaqus", n) for n in (5, 7, 8, 12)] == [False, False, True, True]
    assert not refusals.stands("calculix", 8)


def test_a_run_that_has_ended_gave_its_licences_back(refusals, clock):
    refusals.note("abaqus", 8)
    refusals.forget("abaqus")
    assert not refusals.stands("abaqus", 8)
    refusals.note("abaqus", 8)
    assert pause_s(refusals, clock) == PAUSE_FIRST_S
