"""When a node takes jobs, by the hours of its settings: pure; whoever asks says what time it is.

Hours are those of a clock on the wall of ``zone`` (None: this machine's own zone). In the night in
which summer time begins, hours that the clock leaves out are left out here too; when it ends, an
hour that comes twice counts both times, and ``changes_at`` may be early or late by it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Final

from spool_layout.windows import DAY_MINUTES, Window, is_open, next_change

WEEK_MINUTES: Final = 7 * DAY_MINUTES
IN_USE: Final = "in use"
USED_BY_OTHERS: Final = "used by others"
_MONDAY: Final = datetime(2024, 1, 1)  # noqa: DTZ001 - a clock on a wall has no zone


class Outside(StrEnum):
    """What becomes of runs when the node's hours are over."""

    FINISH = "finish"
    SUSPEND = "suspend"


@dataclass(frozen=True, slots=True)
class KeptBack:
    """So many cores are not offered in the window; ``window`` None: while somebody uses the
    machine. ``by_load``: as many as other programs use at any time, these at most.
    """

    cpus: int
    window: Window | None
    by_load: bool = False


@dataclass(frozen=True, slots=True)
class Hours:
    """When jobs are taken, and what becomes of runs outside. Without windows: always."""

    windows: tuple[Window, ...] = ()
    outside: Outside = Outside.FINISH
    zone: tzinfo | None = None

    def is_open(self, now: datetime) -> bool:
        """Whether jobs are taken at that moment."""
        return not self.windows or is_open(self.windows, on_the_wall(now, self.zone))

    def changes_at(self, now: datetime) -> datetime | None:
        """When that will first be otherwise, in UTC; None: it never will."""
        return changes_at(self.windows, now, self.zone)

    def may_begin(self, now: datetime, walltime_s: float | None) -> bool:
        """Whether a job of this walltime may be begun now, hours being open.

        One that may run past the closing is left to others. Where runs stand still outside, one
        that is longer than any opening of the week is begun nevertheless: else it never would.
        One without a walltime may be begun: nobody knows when it ends.
        """
        closes = self.changes_at(now)
        if walltime_s is None or closes is None:
            return True
        if now + timedelta(seconds=walltime_s) <= closes:
            return True
        return self.outside is Outside.SUSPEND and walltime_s > longest_s(self.windows)


def on_the_wall(moment: datetime, zone: tzinfo | None) -> datetime:
    """What a clock in the zone shows, without a zone."""
    return moment.astimezone(zone).replace(tzinfo=None)


def changes_at(
    windows: Sequence[Window], now: datetime, zone: tzinfo | None = None
) -> datetime | None:
    """When the windows' being open or not will first be otherwise, in UTC; None: it never will."""
    edge = next_change(windows, on_the_wall(now, zone)) if windows else None
    return None if edge is None else _moment(edge, now, zone)


def _moment(wall: datetime, after: datetime, zone: tzinfo | None) -> datetime:
    """When the clock first shows the time, or has passed it by, after that moment; in UTC."""
    early, late = sorted(wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if early == late:
        return early
    if on_the_wall(late, zone) == wall:  # it comes twice
        return early if early > after else late
    while late - early > timedelta(seconds=1):  # it is left out: where the clock leaps
        middle = early + (late - early) / 2
        early, late = (early, middle) if on_the_wall(middle, zone) >= wall else (middle, late)
    return late.replace(microsecond=0)


def longest_s(windows: Iterable[Window]) -> float:
    """The longest that they are open without a break, in a week without a change of the clock."""
    known = tuple(windows)
    minutes = [is_open(known, _MONDAY + timedelta(minutes=m)) for m in range(WEEK_MINUTES)]
    longest = run = 0
    for is_one in minutes + minutes:  # the week is a circle
        run = run + 1 if is_one else 0
        longest = max(longest, run)
    return float("inf") if longest > WEEK_MINUTES else 60.0 * longest
