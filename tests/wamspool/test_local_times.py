"""Moments in the zone of whoever reads them."""

import time
from datetime import UTC, datetime

import pytest

from wamspool.local_times import local_time, with_local_times

pytestmark = pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone cannot be set here")


@pytest.fixture(autouse=True)
def in_the_east(monkeypatch):
    monkeypatch.setenv("TZ", "EAST-09:00")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_a_moment_is_shown_as_the_clock_on_the_wall_has_it():
    assert local_time(datetime(2026, 11, 23, 16, 0, 5, tzinfo=UTC)) == "2026-11-24 01:00:05"
    assert local_time(None) == "-"


def test_moments_in_a_sentence_are_and_nothing_else_in_it():
    said = "away (since 2026-11-23T16:00:05.763Z), deck 2026-11-23.inp, 2026-13-01T00:00:00Z"
    wanted = "away (since 2026-11-24 01:00:05), deck 2026-11-23.inp, 2026-13-01T00:00:00Z"
    assert with_local_times(said) == wanted


def test_the_last_days_of_a_month_are_moments_too():
    said = "since 2026-11-30T16:00:05Z, 2026-12-31T16:00:05Z"
    assert with_local_times(said) == "since 2026-12-01 01:00:05, 2027-01-01 01:00:05"


@pytest.mark.parametrize(
    "said", ["2026-02-29T00:00:00Z", "2026-11-23T24:30:00Z", "0000-01-01T00:00:00Z",
             "9999-12-31T23:59:59Z"]
)  # fmt: skip
def test_what_only_looks_like_a_moment_stays_as_it_is(said):
    assert with_local_times(f"until {said}.") == f"until {said}."
