"""No more than the administrator allows, by a clock that the test moves."""

import pytest

from node_service.link import CutOff, Link
from tests.clocks import FakeClock


def test_what_is_sent_takes_as_long_as_the_rate_says():
    clock = FakeClock()
    link = Link(clock, 50.0)
    for _ in range(21):
        link.take(100)
    assert clock.passed_s == pytest.approx(40.0)


def test_what_was_sent_without_waiting_is_waited_for_by_the_next():
    clock = FakeClock()
    link = Link(clock, 50.0)
    link.note_sent(500)
    assert clock.passed_s == 0
    assert list(link.paced([b"x"])) == [b"x"]
    assert clock.passed_s == pytest.approx(10.0)


def test_time_that_has_passed_is_not_saved_up():
    clock = FakeClock()
    link = Link(clock, 50.0)
    link.take(100)
    clock.advance(1000.0)
    for _ in range(3):
        link.take(100)
    assert clock.passed_s == pytest.approx(1004.0)


def test_without_a_rate_nobody_waits():
    clock = FakeClock()
    Link(clock).take(10**15)
    assert clock.slept == []


def test_whoever_waits_is_cut_off_when_the_service_ends():
    clock = FakeClock()
    link = Link(clock, 1.0)
    link.take(3600)
    sleep = clock.sleep

    def sleep_and_end(duration_s):
        sleep(duration_s)
        link.close()

    clock.sleep = sleep_and_end
    with pytest.raises(CutOff):
        link.take(1)
    assert clock.passed_s <= 1.0
    with pytest.raises(CutOff):
        Link.take(link, 1)
