"""Hours of the week, as people write them: ``mon-fri 18:00-07:00``, ``sat,sun``, ``08:00-18:00``.

A window begins on each of its days. One whose end is not after its beginning ends on the next day:
``fri 22:00-06:00`` holds until Saturday at six. Pure: whoever asks says what time it is, in the
zone that is meant.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVERY_DAY: Final = frozenset(range(7))
DAY_MINUTES: Final = 24 * 60
LENGTH_MAX: Final = 100
_CLOCK: Final = r"(?:[01]?[0-9]|2[0-3]):[0-5][0-9]"
_HOURS: Final = re.compile(rf"({_CLOCK})\s*-\s*({_CLOCK}|24:00)\Z")
_FORM: Final = "write it as 'mon-fri 18:00-07:00', 'sat,sun' or '08:00-18:00'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """So many minutes from ``begins_min`` (after midnight) on each of the days (0: Monday)."""

    days: frozenset[int]
    begins_min: int
    lasts_min: int

    def holds(self, moment: datetime) -> bool:
        """Whether the moment lies in it; the end does not belong to it any more."""
        minute = moment.hour * 60 + moment.minute
        today, yesterday = moment.weekday(), (moment.weekday() - 1) % 7
        if today in self.days and 0 <= minute - self.begins_min < self.lasts_min:
            return True
        return yesterday in self.days and minute + DAY_MINUTES - self.begins_min < self.lasts_min


def parse_window(text: object) -> Window:
    """The window that the text says. Raises ValueError with a phrase that shows the form."""
    words = str(text).strip().lower()
    if len(words) > LENGTH_MAX:
        raise ValueError(f"is longer than {LENGTH_MAX} characters")
    digit = next((i for i, letter in enumerate(words) if letter.isdigit()), len(words))
    days, hours = words[:digit].strip(), words[digit:].strip()
    if not words:
        raise ValueError(f"says no hours: {_FORM}")
    begins_min, lasts_min = _hours(hours, words) if hours else (0, DAY_MINUTES)
    return Window(days=_days(days, words), begins_min=begins_min, lasts_min=lasts_min)


def _hours(text: str, whole: str) -> tuple[int, int]:
    match = _HOURS.match(text)
    if not match:
        raise ValueError(f"'{whole}' does not say from when to when: {_FORM}")
    begins_min, ends_min = _minutes(match[1]), _minutes(match[2])
    if begins_min == ends_min:
        raise ValueError(f"'{whole}' ends when it begins: {_FORM}")
    return begins_min, (ends_min - begins_min) % DAY_MINUTES or DAY_MINUTES


def _minutes(clock: str) -> int:
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes)


def _days(text: str, whole: str) -> frozenset[int]:
    if text in {"", "daily"}:
        return EVERY_DAY
    found: set[int] = set()
    for part in (word.strip() for word in text.split(",")):
        first, dash, last = (word.strip() for word in part.partition("-"))
        if first not in DAYS or (dash and last not in DAYS):
            raise ValueError(f"'{part}' in '{whole}' is no day: {_FORM}")
        begin, end = DAYS.index(first), DAYS.index(last if dash else first)
        found.update((begin + n) % 7 for n in range((end - begin) % 7 + 1))
    return frozenset(found)


def window_text(window: Window) -> str:
    """The window as text; ``parse_window`` reads it back equal."""
    days = "" if window.days == EVERY_DAY else ",".join(DAYS[day] for day in sorted(window.days))
    if (window.begins_min, window.lasts_min) == (0, DAY_MINUTES):
        return days or "daily"
    ends_min = window.begins_min + window.lasts_min
    ends_min = ends_min if ends_min <= DAY_MINUTES else ends_min - DAY_MINUTES
    return f"{days} {_clock(window.begins_min)}-{_clock(ends_min)}".strip()


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def is_open(windows: Iterable[Window], moment: datetime) -> bool:
    """Whether one of the windows holds at the moment."""
    return any(window.holds(moment) for window in windows)


def next_change(windows: Iterable[Window], moment: datetime) -> datetime | None:
    """When ``is_open`` will first be otherwise than now; None when it never will.

    In the wall time of the moment's zone: a change of summer time in between is not reckoned with.
    """
    known = tuple(windows)
    now = is_open(known, moment)
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    edges = sorted(
        midnight + timedelta(days=day, minutes=minutes)
        for day in range(-1, 9)
        for window in known
        for minutes in (window.begins_min, window.begins_min + window.lasts_min)
    )
    return next((edge for edge in edges if edge > moment and is_open(known, edge) != now), None)
