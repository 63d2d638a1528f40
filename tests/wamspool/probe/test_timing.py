"""Waiting and saying durations."""

import pytest

from tests.clocks import FakeClock
from wamspool.probe.timing import median_s, spoken, wait_until


def test_what_is_so_at_once_takes_no_time():
    clock = FakeClock()
    assert wait_until(clock, lambda: True, patience_s=0) == 0
    assert clock.slept == []


def test_what_comes_is_waited_for():
    clock = FakeClock()
    seen_s = wait_until(clock, lambda: clock.passed_s >= 0.3, patience_s=1, pause_s=0.1)
    assert seen_s == pytest.approx(0.3)


def test_what_never_comes_is_waited_for_so_long_and_no_longer():
    clock = FakeClock()
    assert wait_until(clock, lambda: False, patience_s=1, pause_s=0.25) is None
    assert clock.passed_s == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("duration_s", "said"),
    [
        (0.0, "0.0 ms"),
        (0.0041, "4.1 ms"),
        (0.041, "41 ms"),
        (-0.9, "0.9 s"),
        (75, "1 min"),
        (3600, "1 h 00 min"),
        (-7260, "2 h 01 min"),
    ],
)
def test_a_duration_in_words(duration_s, said):
    assert spoken(duration_s) == said


def test_the_middle_of_some_durations():
    assert median_s([3, 1, 2]) == 2
    assert median_s([]) == 0
