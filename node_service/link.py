"""This machine's link to the share, of which results take no more than the administrator allows."""

import threading
from collections.abc import Iterable, Iterator

from wamspool.clock import Clock

_PAUSE_S = 1.0


class CutOff(Exception):
    """The service is to end: what is being carried is left where it is, for the next one."""


class Link:
    """Paces what all threads of a service carry out together; ``rate_bytes_s`` None: at will.

    What is read back for verification travels the other way, and is not counted.
    """

    def __init__(self, clock: Clock, rate_bytes_s: float | None = None) -> None:
        self._clock = clock
        self._rate_bytes_s = rate_bytes_s
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._free_s = float("-inf")

    def close(self) -> None:
        """Whoever carries something is cut off at the next piece."""
        self._closed.set()

    def take(self, size_bytes: int) -> None:
        """So many bytes may be sent now. Raises CutOff."""
        due_s = self._book(size_bytes)
        while True:
            if self._closed.is_set():
                raise CutOff
            left_s = due_s - self._clock.monotonic_s()
            if left_s <= 0:
                return
            self._clock.sleep(min(left_s, _PAUSE_S))

    def _book(self, size_bytes: int) -> float:
        """When these bytes may be sent; those that ask later come after them."""
        if self._rate_bytes_s is None:
            return float("-inf")
        with self._lock:
            due_s = max(self._free_s, self._clock.monotonic_s())
            self._free_s = due_s + size_bytes / self._rate_bytes_s
        return due_s

    def note_sent(self, size_bytes: int) -> None:
        """So many bytes were sent without waiting; whoever is to send more waits for them."""
        self._book(size_bytes)

    def paced(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """The pieces, each when it may be sent. Raises CutOff."""
        for piece in pieces:
            self.take(len(piece))
            yield piece
