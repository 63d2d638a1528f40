"""A node as far as drops go: it looks, considers each drop, and sweeps; nothing is claimed."""

import itertools
from typing import Any

from spool_layout import folders
from spool_layout.names import parse_ticket_name
from spool_layout.states import State
from spool_layout.ticket import Ticket, parse_ticket
from tests.clocks import FakeClock
from tests.spools import as_seen_by
from wamspool.adopt import Adopter
from wamspool.drops import Considered, Step
from wamspool.incoming import Incoming
from wamspool.settling import Settling
from wamspool.spool import Spool
from wamspool.sweep import Sweep
from wamspool.transition import Place

LONG_S = 200.0  # longer than a grace and the wait for an include together


class Adopting:
    """One process that adopts, with its own clock, chance and memory."""

    _numbers = itertools.count()

    def __init__(self, spool: Spool, share: Any = None) -> None:
        self.spool = as_seen_by(spool, FakeClock(seed=f"adopter {next(self._numbers)}"), share)
        settings = self.spool.settings
        self.incoming = Incoming(self.spool)
        settling = Settling(self.spool.share, self.spool.clock, quiet_s=settings.quiet_s)
        self.adopter = Adopter(self.spool, settling, lambda solver: "calculix")
        self.sweep = Sweep(self.spool)

    def turn(self) -> list[Considered]:
        """Every drop, one step further."""
        queue = self.incoming.look_everywhere()
        return [
            self.adopter.consider(drop, folder.names)
            for folder in queue.folders
            for drop in folder.drops
        ]

    def settle(self, *, for_s: float = LONG_S, every_s: float = 5.0) -> list[Considered]:
        """Turns and sweeps for that long; what they came to, but for waiting."""
        came: list[Considered] = []
        for _ in range(int(for_s / every_s)):
            came += [c for c in self.turn() if c.step is not Step.WAITING]
            self.sweep.sweep()
            self.spool.clock.sleep(every_s)
        return came


def jobs(spool: Spool) -> dict[str, Ticket]:
    """The jobs that have a ticket, which is read; a job with two tickets fails here."""
    found: dict[str, Ticket] = {}
    for state in (State.QUEUED, State.HELD, State.CLAIMED, State.RUNNING):
        folder = Place(state, parse_ticket_name("5-20261122-093000-123-a-aaaaa.yaml")).path
        for entry in spool.share.list(folder.partition("/")[0]):
            name = parse_ticket_name(entry.name)
            if name:
                assert name.job not in found, f"{name.job} has two tickets"
                path = Place(state, name).path
                found[name.job] = parse_ticket(spool.share.read(path), source=path)
    return found


def inputs_of(spool: Spool, ticket: Ticket) -> dict[str, bytes]:
    """The inputs of a job, each of which is there and as the ticket says."""
    import hashlib

    contents = {}
    for copied in ticket.inputs:
        content = spool.share.read(f"{folders.job(ticket.job)}/{copied.name}")
        assert len(content) == copied.size_bytes
        assert hashlib.sha256(content).hexdigest() == copied.sha256
        contents[copied.name] = content
    return contents
