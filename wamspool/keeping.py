"""Room kept for a large job, so that smaller ones behind it do not keep it waiting for ever.

Pure: who is too large for now and since when (``LargeJobs``), who of several nodes keeps room
(``may_keep``), and what may run beside (``KeptRoom``). Why so: docs/decisions/007.
"""

import zlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Final

from spool_layout.names import TicketName
from spool_layout.ticket import Ticket
from wamspool.ageing import turn_of
from wamspool.choose import Offer, why_not

LARGE_MAX: Final = 32


@dataclass(frozen=True, slots=True)
class Run:
    """A job that a node holds. ``ends_s``: when its walltime is over; None: nobody knows."""

    ticket: Ticket
    ends_s: float | None


@dataclass(frozen=True, slots=True)
class KeptRoom:
    """What one node keeps for one ticket. ``begins_s``: when that can start at the latest, by the
    walltimes of what runs; None where nobody knows. ``spare``: what it will leave to others then.
    """

    name: TicketName
    now_s: float
    begins_s: float | None
    spare: Offer
    ageing_s: float | None

    def admits(self, name: TicketName, ticket: Ticket) -> bool:
        """Whether this one may start: it comes earlier in the queue, ends in time by its
        walltime, or needs only what the large job leaves.
        """
        if turn_of(name, self.ageing_s) <= turn_of(self.name, self.ageing_s):
            return True
        walltime_s = ticket.draft.resources.walltime_s
        if (
            self.begins_s is not None
            and walltime_s is not None
            and self.now_s + walltime_s <= self.begins_s
        ):
            return True
        return why_not(ticket.draft, self.spare) is None

    def less(self, name: TicketName, ticket: Ticket) -> "KeptRoom | None":
        """The room when this one was chosen; None when it was kept for this one."""
        if name.job == self.name.job:
            return None
        return replace(self, spare=self.spare.less(ticket))


def room_for(
    name: TicketName,
    ticket: Ticket,
    free: Offer,
    runs: Iterable[Run],
    *,
    now_s: float,
    ageing_s: float | None,
) -> KeptRoom:
    """The room that a node keeps for the ticket, while it has ``free`` and these jobs run."""
    known = sorted((r.ends_s, i, r.ticket) for i, r in enumerate(runs) if r.ends_s is not None)
    at_hand, begins_s = free, now_s
    for ends_s, _, ending in known:
        if why_not(ticket.draft, at_hand) is None:
            break
        at_hand, begins_s = at_hand.plus(ending), max(now_s, ends_s)
    if why_not(ticket.draft, at_hand) is None:
        return KeptRoom(name, now_s, begins_s, at_hand.less(ticket), ageing_s)
    return KeptRoom(name, now_s, None, _beyond(free, ticket), ageing_s)


def _beyond(free: Offer, ticket: Ticket) -> Offer:
    """What of the free share the job could not use, whatever becomes free beside it."""
    left = free.less(ticket)
    return replace(
        left,
        cpus=max(0, left.cpus),
        memory_bytes=max(0, left.memory_bytes),
        gpus=max(0, left.gpus),
        scratch_bytes=None if left.scratch_bytes is None else max(0, left.scratch_bytes),
    )


@dataclass(frozen=True, slots=True)
class LargeJob:
    """A waiting job that was passed by for want of room; ``since_s`` on the node's own clock."""

    name: TicketName
    ticket: Ticket
    since_s: float


class LargeJobs:
    """The first of the waiting jobs that one node passed by, though it has enough in all."""

    def __init__(self, ageing_s: float | None) -> None:
        self._ageing_s = ageing_s
        self._known: dict[str, LargeJob] = {}

    def note(self, name: TicketName, ticket: Ticket, *, whole: Offer, now_s: float) -> None:
        """The job does not fit what is free now. What does not fit the whole is not noted."""
        if name.job in self._known:
            return
        is_full = len(self._known) >= LARGE_MAX
        last = max(self._known.values(), key=self._turn) if is_full else None
        if last and turn_of(name, self._ageing_s) >= self._turn(last):
            return
        if why_not(ticket.draft, whole) is not None:
            return
        if last:
            del self._known[last.name.job]
        self._known[name.job] = LargeJob(name, ticket, now_s)

    def forget_all_but(self, waiting: Collection[TicketName]) -> None:
        """A new listing: what left the queue is forgotten. A name that has changed (by another
        priority) is another one.
        """
        self._known = {job: large for job, large in self._known.items() if large.name in waiting}

    def overdue(self, *, now_s: float, after_s: float) -> list[LargeJob]:
        """Those that have been passed by for so long, in the order of the queue."""
        found = [large for large in self._known.values() if now_s - large.since_s >= after_s]
        return sorted(found, key=self._turn)

    def _turn(self, large: LargeJob) -> tuple[float, str, str]:
        return turn_of(large.name, self._ageing_s)


def may_keep(
    job: str, node: str, others: Collection[str], *, keeps: bool, waited_s: float, after_s: float
) -> bool:
    """Whether this node keeps room for the job while these ``others`` say that they do.

    One node does; another one more for each ``after_s`` that the job goes on waiting. Where too
    many have begun at the same time, the same ones stay for all who look.
    """
    allowed = max(1, int(waited_s // after_s))
    if not keeps:
        return len(others) < allowed
    ranked = sorted({*others, node}, key=lambda name: (zlib.crc32(f"{job}/{name}".encode()), name))
    return ranked.index(node) < allowed
