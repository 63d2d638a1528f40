"""A clock that stands still until somebody sleeps or a test moves it."""

import hashlib
import threading
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 22, 9, 30, 0, 123000, tzinfo=UTC)


class FakeClock:
    """Time goes on only by ``sleep`` and ``advance``; chance repeats itself for each seed."""

    def __init__(self, *, seed: str = "a", start: datetime = START) -> None:
        self._seed = seed
        self._start = start
        self._lock = threading.Lock()
        self._drawn = 0
        self.passed_s = 0.0
        self.slept: list[float] = []

    def monotonic_s(self) -> float:
        return 1000.0 + self.passed_s

    def utc_now(self) -> datetime:
        return self._start + timedelta(seconds=self.passed_s)

    def sleep(self, duration_s: float) -> None:
        self.slept.append(duration_s)
        self.advance(duration_s)

    def advance(self, duration_s: float) -> None:
        self.passed_s += duration_s

    def random_bytes(self, count: int) -> bytes:
        with self._lock:
            self._drawn += 1
            return hashlib.shake_128(f"{self._seed}/{self._drawn}".encode()).digest(count)
