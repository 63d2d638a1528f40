"""Telling that the share is away, and that it is back."""

import logging
import threading

import pytest

from node_service.outage import STANDSTILL_S, Outage, StandstillWatch
from tests.clocks import FakeClock
from wamspool.errors import Denied, Unreachable

GONE = Unreachable("incoming", "timed out")


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def outage(clock):
    return Outage(clock, logging.getLogger("wam-test.outage"))


def test_while_the_share_answers_there_is_no_problem(outage, caplog):
    outage.over()
    assert outage.problem == "" and caplog.records == []


def test_an_outage_of_hours_is_two_lines_of_log(outage, clock, caplog):
    for _ in range(1000):
        outage.note(GONE)
        clock.advance(2)
    outage.over()
    assert [r.getMessage() for r in caplog.records] == ["share", "share answers again"]
    assert caplog.records[1].after_s == 2000


def test_the_problem_says_since_when(outage, clock):
    outage.note(GONE)
    first = outage.problem
    clock.advance(100)
    outage.note(Denied("incoming", "no right"))
    assert "timed out" in first and "no right" in outage.problem
    assert first.split("since")[1] == outage.problem.split("since")[1]


def test_a_loop_that_hangs_is_told_of_and_one_that_waits_is_not(clock):
    told, turning = [], [float("inf")]
    watch = StandstillWatch(clock, lambda: turning[0], told.append)
    clock.advance(1000)
    watch.look()
    assert told == []
    turning[0] = clock.monotonic_s()
    clock.advance(STANDSTILL_S - 1)
    watch.look()
    assert told == []
    clock.advance(2)
    watch.look()
    assert told == [STANDSTILL_S + 1]


def test_the_watch_ends_when_told(clock):
    watch = StandstillWatch(clock, lambda: 0.0, lambda hangs_s: None)
    watch.start()
    watch.stop()
    assert not any(t.name == "standstill" for t in threading.enumerate())
