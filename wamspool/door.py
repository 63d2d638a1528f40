"""The one door for every contended change of a ticket.

Whoever wants to change a ticket that others may want to change too first makes the folder
``doors/<job>.g<n+1>``. Exactly one succeeds, on every kind of share; only that one then moves
the ticket, to a name that carries n+1. A door whose ticket has not followed for a grace time
belongs to somebody who died or sleeps: it is passed over, with n+2. The sleeper, on waking,
finds the ticket's old name gone and is fenced. A door made in vain costs time, never safety.

The grace is measured on the watcher's own monotonic clock, from its own first sight.
"""

import itertools

from spool_layout import folders
from spool_layout.names import TicketName, parse_door_name
from wamspool.clock import Clock
from wamspool.errors import Exists
from wamspool.share import Share


class Doors:
    """Opens doors, and remembers since when it has seen those of others."""

    def __init__(self, share: Share, clock: Clock, *, grace_s: float) -> None:
        self._share = share
        self._clock = clock
        self._grace_s = grace_s
        self._seen: dict[str, float] = {}

    def lead(self, name: TicketName) -> int | None:
        """The generation into which the caller alone may now lead the ticket.

        None while somebody else's door is within its grace: try again later. That the caller
        may lead it does not mean that the ticket is still there; the move that follows tells.
        """
        has_passed_over = False
        for generation in itertools.count(name.generation + 1):
            door = folders.door(name.job, generation)
            if door in self._seen:
                if self._within_grace(door):
                    return None
                has_passed_over = True
                continue
            try:
                self._share.make_folder(door)
            except Exists:
                self._see(door)
                if has_passed_over:
                    self._see_all(name)
                if self._within_grace(door):
                    return None
            else:
                return generation
        raise AssertionError("numbers have no end")

    def _see(self, door: str) -> None:
        self._seen.setdefault(door, self._clock.monotonic_s())

    def _see_all(self, name: TicketName) -> None:
        """The graces of all doors begin: one after the other they would take an hour where a
        ticket could not be moved for long, and each try has left one.
        """
        for entry in self._share.list(folders.DOORS):
            parsed = parse_door_name(entry.name)
            if parsed and parsed[0] == name.job and parsed[1] > name.generation:
                self._see(folders.door(*parsed))

    def _within_grace(self, door: str) -> bool:
        return self._clock.monotonic_s() - self._seen[door] < self._grace_s

    def forget_all_but(self, jobs: frozenset[str]) -> None:
        """Drop what is remembered of jobs that are in nobody's way any more."""
        prefix = len(folders.DOORS) + 1
        self._seen = {
            door: seen
            for door, seen in list(self._seen.items())  # threads add to it
            if door[prefix:].rpartition(".g")[0] in jobs
        }
