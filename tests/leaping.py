"""Time that a sleeper leaps over, for the machine and for its share alike."""

import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from wamspool.clock import SystemClock
from wamspool.share import Examined
from wamspool.shares.local import LocalShare

LEAST_S = 0.01


class LeapingClock(SystemClock):
    """The machine's clock; of a sleep only a hundredth of a second is really slept."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def monotonic_s(self) -> float:
        return super().monotonic_s() + self.ahead_s

    def utc_now(self) -> datetime:
        return super().utc_now() + timedelta(seconds=self.ahead_s)

    def sleep(self, duration_s: float) -> None:
        slept_s = min(duration_s, LEAST_S)
        time.sleep(slept_s)
        self.ahead_s += duration_s - slept_s


class LeapingShare(LocalShare):
    """A local folder whose files have the times of such a clock."""

    def __init__(self, root: Path, clock: LeapingClock) -> None:
        super().__init__(root, clock, durable=False)
        self._leaping = clock

    def examine(self, path: str) -> Examined:
        found, ahead_ns = super().examine(path), round(self._leaping.ahead_s * 1e9)
        return replace(
            found,
            modified_ns=found.modified_ns + ahead_ns,
            changed_ns=found.changed_ns + ahead_ns,
        )
