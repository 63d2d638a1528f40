"""Time and chance, behind one seam, so that tests and the simulator own both.

No wall clock decides anything: leases and graces are measured by ``monotonic_s`` of the one
who waits. ``utc_now`` is for people to read.
"""

import os
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What the protocol asks of time and chance."""

    def monotonic_s(self) -> float:
        """Seconds that only grow; mean nothing to another process."""

    def utc_now(self) -> datetime:
        """This machine's idea of the time, with UTC as its zone."""

    def sleep(self, duration_s: float) -> None:
        """Return after about this long."""

    def random_bytes(self, count: int) -> bytes:
        """Bytes that nobody else gets."""


def local_now(clock: Clock) -> datetime:
    """What the clock on this machine's wall shows, in its own zone: for hours that people mean."""
    return clock.utc_now().astimezone()


class SystemClock:
    """The machine's own clock and randomness."""

    def monotonic_s(self) -> float:
        """Seconds since some moment in the past."""
        return time.monotonic()

    def utc_now(self) -> datetime:
        """The wall clock."""
        return datetime.now(UTC)

    def sleep(self, duration_s: float) -> None:
        """Return after about this long."""
        time.sleep(duration_s)

    def random_bytes(self, count: int) -> bytes:
        """Bytes of the system's generator."""
        return os.urandom(count)
