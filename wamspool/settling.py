"""Whether a dropped file has been written to its end.

No single sign tells (a copy from Explorer has its full size at once, a pause looks like an end),
so: the share itself where it sees writers, else a time of quiet on the watcher's own clock.
"""

from dataclasses import dataclass

from wamspool.clock import Clock
from wamspool.errors import Denied
from wamspool.share import Examined, Settled, Share


@dataclass(frozen=True, slots=True)
class Sight:
    """What a file looked like; equal for a file that nobody has touched."""

    size_bytes: int
    modified_ns: int
    changed_ns: int


def sight_of(examined: Examined) -> Sight:
    """The part of an examination that changes when somebody writes."""
    return Sight(examined.size_bytes, examined.modified_ns, examined.changed_ns)


class Settling:
    """Watches files until they are settled."""

    def __init__(self, share: Share, clock: Clock, *, quiet_s: float) -> None:
        self._share = share
        self._clock = clock
        self._quiet_s = quiet_s
        self._seen: dict[str, tuple[Sight, float]] = {}

    def settled(self, path: str) -> Examined | None:
        """The file as it is when its writer has finished, or None while that is open.

        Raises Gone, and Denied for what is no plain file or may not be read.
        """
        try:
            state = self._share.settled(path)
        except Denied:  # it rests too: who dropped it is told when it has done so for long
            self._resting_s(path, sight_of(self._share.examine(path)))
            raise
        examined = self._share.examine(path)
        rest_s = self._resting_s(path, sight_of(examined))
        if state is Settled.WRITING:
            return None
        if state is Settled.CLOSED or rest_s >= self._quiet_s:
            return examined
        return None

    def _resting_s(self, path: str, sight: Sight) -> float:
        now_s = self._clock.monotonic_s()
        known = self._seen.get(path)
        if known is None or known[0] != sight:
            self._seen[path] = (sight, now_s)
            return 0.0
        return now_s - known[1]

    def waiting_s(self, path: str) -> float:
        """How long the file has been as it is now, as far as this watcher saw."""
        known = self._seen.get(path)
        return self._clock.monotonic_s() - known[1] if known else 0.0

    def forget(self, path: str) -> None:
        """The file is not watched any more."""
        self._seen.pop(path, None)
