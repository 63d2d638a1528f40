"""How often a node looks at the spool: hints wake it, this is the contract when none come.

Budget: all nodes together take about ten idle looks a second, however many they are. On sixty
nodes a look comes every six seconds; a handful look every second while there is something going
on, every three when the spool has been quiet for a while.
"""

from typing import Final

from node_service.settings import POLL_S, POLL_WITH_EVENTS_S
from wamspool.clock import Clock

QUIET_AFTER_S: Final = 60.0
POLL_QUIET_S: Final = 3.0
LOOKS_A_SECOND: Final = 10.0
JITTER: Final = 0.2
# Of the time of a node whose queue is long, so much is left for claiming from what a look showed.
REST: Final = 9.0


class Pace:
    """The time until the next look. ``fixed_s``: the administrator's word, obeyed as it is."""

    def __init__(self, clock: Clock, *, fixed_s: float | None) -> None:
        self._clock = clock
        self._fixed_s = fixed_s
        self._active_s = clock.monotonic_s()
        self._seen: object = None
        self._nodes = 1
        self.notified = False
        self.rests_until_s = 0.0

    def obey(self, fixed_s: float | None) -> None:
        """The administrator's word from now on; None: none."""
        self._fixed_s = fixed_s

    def note_seen(self, seen: object) -> None:
        """What a look saw of the queue; where it differs from the last, something goes on."""
        if seen != self._seen:
            self._seen = seen
            self._active_s = self._clock.monotonic_s()

    def note_look(self, *, began_s: float) -> None:
        """A look ends now. However much happens, the next one waits nine times as long as it took:
        the listing of a hundred thousand tickets must not be all that a node does.
        """
        now_s = self._clock.monotonic_s()
        self.rests_until_s = now_s + REST * (now_s - began_s)

    def note_nodes(self, count: int) -> None:
        """So many nodes share the spool."""
        self._nodes = max(1, count)

    def next_s(self, *, at_most_s: float | None = None) -> float:
        """When to look again; sooner than ``at_most_s`` where a drop waits to settle."""
        if self._fixed_s is not None:
            return self._fixed_s
        base_s = POLL_WITH_EVENTS_S if self.notified else self._unhinted_s()
        if at_most_s is not None:
            base_s = min(base_s, POLL_S, at_most_s)
        return max(base_s, self._nodes / LOOKS_A_SECOND) * self._spread()

    def _unhinted_s(self) -> float:
        quiet_s = self._clock.monotonic_s() - self._active_s
        return POLL_S if quiet_s < QUIET_AFTER_S else POLL_QUIET_S

    def _spread(self) -> float:
        """A factor about 1, so that nodes which began together do not look in step."""
        return 1 + JITTER * (self._clock.random_bytes(1)[0] / 127.5 - 1)
