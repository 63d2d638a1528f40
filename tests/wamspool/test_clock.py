"""The machine's clock, and that the tests' clock keeps the same promises."""

from datetime import timedelta

import pytest

from tests.clocks import FakeClock
from wamspool.clock import SystemClock


@pytest.fixture(params=[SystemClock, FakeClock])
def clock(request):
    return request.param()


def test_time_only_grows_and_sleep_lasts(clock):
    before = clock.monotonic_s()
    clock.sleep(0.01)
    assert clock.monotonic_s() - before >= 0.0099


def test_the_wall_clock_is_utc(clock):
    assert clock.utc_now().utcoffset() == timedelta(0)


def test_random_bytes_are_nobody_else_s(clock):
    drawn = [clock.random_bytes(8) for _ in range(100)]
    assert len(set(drawn)) == 100 and {len(one) for one in drawn} == {8}


def test_a_fake_clock_moves_both_times_together():
    clock = FakeClock()
    before = clock.utc_now()
    clock.sleep(90)
    assert clock.utc_now() - before == timedelta(seconds=90) and clock.slept == [90]
