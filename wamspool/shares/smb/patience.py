"""Trying again while a handle is in the way: scanners and readers hold files for moments."""

from collections.abc import Callable
from typing import TypeVar

from wamspool.clock import Clock
from wamspool.errors import Busy

FIRST_PAUSE_S = 0.005
LONGEST_PAUSE_S = 0.25
READER_S = 0.3
WRITER_S = 2.0

T = TypeVar("T")


def pause_s(clock: Clock, number: int) -> float:
    """How long to wait before the n-th further try: longer each time, never twice the same."""
    jitter = 0.5 + clock.random_bytes(1)[0] / 256
    return min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 1.7**number) * jitter


def insist(clock: Clock, attempt: Callable[[], T], *, patience_s: float) -> T:
    """What the attempt returns. Raises Busy when it has said so for ``patience_s``."""
    end_s = clock.monotonic_s() + patience_s
    number = 0
    while True:
        try:
            return attempt()
        except Busy:
            if clock.monotonic_s() >= end_s:
                raise
        clock.sleep(pause_s(clock, number))
        number += 1
