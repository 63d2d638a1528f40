"""How long one turn of the loop may go on with what can as well be done at the next one.

On a share that has become slow (seconds for each operation) fifty tickets in ``cancel/``, or a
few dozen drops, kept the loop for minutes: no heartbeat was written meanwhile, and the others
took the node for dead.
"""

from collections.abc import Callable

from wamspool.clock import Clock


class Turn:
    """Asked after each piece of such work. Without a clock, as before the loop begins, all goes on."""

    def __init__(self) -> None:
        self._clock: Clock | None = None
        self._beat: Callable[[], None] = lambda: None
        self._long_s = 0.0
        self._since_s: float | None = None

    def follow(self, clock: Clock, beat: Callable[[], None], *, long_s: float) -> None:
        """From now on work is put off after so long a time a turn; ``beat`` is called in between."""
        self._clock, self._beat, self._long_s = clock, beat, long_s

    def begin(self) -> None:
        """A turn begins."""
        self._since_s = self._clock.monotonic_s() if self._clock else None

    def goes_on(self) -> bool:
        """Whether there is time for another piece. Each kind of work does one a turn at least."""
        if self._clock is None or self._since_s is None:
            return True
        self._beat()
        return self._clock.monotonic_s() - self._since_s < self._long_s
