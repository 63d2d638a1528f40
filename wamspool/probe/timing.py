"""Measuring durations on a share, and saying them."""

import statistics
from collections.abc import Callable, Sequence

from wamspool.clock import Clock

PAUSE_S = 0.02


def wait_until(
    clock: Clock, is_so: Callable[[], bool], *, patience_s: float, pause_s: float = PAUSE_S
) -> float | None:
    """Seconds until it was so, as seen by looks that are ``pause_s`` apart; None if never.

    It is looked at once at least, however short the patience.
    """
    began_s = clock.monotonic_s()
    while True:
        if is_so():
            return clock.monotonic_s() - began_s
        if clock.monotonic_s() - began_s >= patience_s:
            return None
        clock.sleep(pause_s)


def median_s(durations_s: Sequence[float]) -> float:
    """The middle one; 0 of none."""
    return statistics.median(durations_s) if durations_s else 0.0


def spoken(duration_s: float) -> str:
    """``4 ms``, ``0.9 s``, ``1 h 05 min``."""
    size_s = abs(duration_s)
    if size_s < 0.1:
        return f"{size_s * 1000:.1f} ms" if size_s < 0.01 else f"{size_s * 1000:.0f} ms"
    if size_s < 60:
        return f"{size_s:.1f} s"
    minutes = round(size_s / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"
