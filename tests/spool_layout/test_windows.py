"""Hours of the week: what holds when, and how people write it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spool_layout.windows import (
    DAY_MINUTES,
    Window,
    is_open,
    next_change,
    parse_window,
    window_text,
)

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)


def at(day: int, clock: str) -> datetime:
    hours, minutes = clock.split(":")
    return MONDAY + timedelta(days=day, hours=int(hours), minutes=int(minutes))


@pytest.mark.parametrize(
    ("text", "day", "clock", "holds"),
    [
        ("mon-fri 08:00-18:00", 0, "08:00", True),
        ("mon-fri 08:00-18:00", 0, "17:59", True),
        ("mon-fri 08:00-18:00", 0, "18:00", False),
        ("mon-fri 08:00-18:00", 5, "12:00", False),
        ("mon-fri 18:00-07:00", 0, "06:59", False),  # Sunday night is not one of its nights
        ("mon-fri 18:00-07:00", 1, "06:59", True),
        ("mon-fri 18:00-07:00", 5, "06:59", True),
        ("mon-fri 18:00-07:00", 5, "07:00", False),
        ("sat,sun", 6, "23:59", True),
        ("sat,sun", 0, "00:00", False),
        ("fri-mon 0:00-24:00", 0, "23:59", True),
        ("fri-mon 00:00-24:00", 1, "00:00", False),
        ("8:30-9:00", 3, "08:30", True),
        ("Daily 22:00 - 06:00", 3, "05:00", True),
        ("sun 22:00-06:00", 0, "05:59", True),  # the week is a circle
    ],
)
def test_holds(text: str, day: int, clock: str, holds: bool) -> None:
    assert parse_window(text).holds(at(day, clock)) is holds


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no hours"),
        ("monday 08:00-18:00", "'monday'"),
        ("mon- 08:00-18:00", "no day"),
        ("mon-fri 8-18", "from when to when"),
        ("mon-fri 25:00-26:00", "from when to when"),
        ("mon 08:00-08:00", "ends when it begins"),
        ("mon 08:00-18:00 tue", "from when to when"),
        ("m" * 101, "longer"),
    ],
)
def test_says_what_is_wrong(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_window(text)


WINDOWS = st.builds(
    Window,
    days=st.frozensets(st.integers(0, 6), min_size=1),
    begins_min=st.integers(0, DAY_MINUTES - 1),
    lasts_min=st.integers(1, DAY_MINUTES - 1),
)
MOMENTS = st.integers(0, 7 * DAY_MINUTES - 1).map(lambda m: MONDAY + timedelta(minutes=m))


@given(WINDOWS)
def test_text_is_read_back(window: Window) -> None:
    assert parse_window(window_text(window)) == window


@given(st.lists(WINDOWS, max_size=3), MOMENTS)
def test_the_next_change_is_the_first(windows: list[Window], moment: datetime) -> None:
    change = next_change(windows, moment)
    minutes = (moment + timedelta(minutes=m) for m in range(1, 8 * DAY_MINUTES))
    now = is_open(windows, moment)
    assert change == next((m for m in minutes if is_open(windows, m) != now), None)


def test_never_changes() -> None:
    assert next_change([parse_window("daily")], MONDAY) is None
    assert next_change([], MONDAY) is None
