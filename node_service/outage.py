"""What is known of the share's being away: said once when it begins, and once when it is over."""

import logging
import threading
from collections.abc import Callable
from typing import Final

from spool_layout.ticket import format_time
from wamspool.clock import Clock
from wamspool.errors import ShareError

STANDSTILL_S: Final = 20.0


class Outage:
    """The trouble that the service has with its share now, if any. Used by several threads."""

    def __init__(self, clock: Clock, log: logging.Logger) -> None:
        self._clock = clock
        self._log = log
        self._said = ""
        self._since = ""
        self._since_s = 0.0

    @property
    def problem(self) -> str:
        """A sentence for the node's status; empty while the share answers."""
        return f"{self._said} (since {self._since})" if self._said else ""

    def note(self, error: ShareError) -> None:
        """The share has refused, or did not answer; solving goes on, the rest waits."""
        self.note_problem(error.message, error.cure)

    def note_problem(self, problem: str, cure: str) -> None:
        """As ``note``, in words. Logged when it is new: an outage of hours is no log of gigabytes."""
        if not self._said:
            self._since = format_time(self._clock.utc_now())
            self._since_s = self._clock.monotonic_s()
        if problem != self._said:
            self._log.error("share", extra={"why": problem, "cure": cure})
        self._said = problem

    def over(self) -> None:
        """The share answers."""
        if self._said:
            lasted_s = round(self._clock.monotonic_s() - self._since_s, 1)
            self._log.warning("share answers again", extra={"after_s": lasted_s})
        self._said = ""


class StandstillWatch:
    """Tells that a call to the share hangs, as calls on a mounted folder do while it is away.

    The loop itself cannot: it is the one that hangs. ``turned_s`` gives the monotonic time of its
    last sign of life, ``tell`` is called when it hangs for long, and again while it goes on.
    """

    def __init__(
        self, clock: Clock, turned_s: Callable[[], float], tell: Callable[[float], None]
    ) -> None:
        self._clock = clock
        self._turned_s = turned_s
        self._tell = tell
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="standstill", daemon=True)

    def start(self) -> None:
        """Watching begins, on a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Nothing is told from now on."""
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(STANDSTILL_S / 4):
            self.look()

    def look(self) -> None:
        """One look at the loop."""
        hangs_s = self._clock.monotonic_s() - self._turned_s()
        if hangs_s >= STANDSTILL_S:
            self._tell(hangs_s)
