"""Which waiting ticket a node takes next: pure, and the same for nodes and for ``wam`` asking why."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Protocol

from spool_layout.names import TicketName
from spool_layout.ticket import Draft, Ticket
from spool_layout.units import format_size

SHOWN_MAX = 4
PASSED_BY_MAX = 200_000
BEHIND_MAX = 100
"""So many tickets a pass that would fit, but for the room kept for another, are looked at."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a node has to give: in all, or what is free of it at the moment."""

    node: str
    cpus: int
    memory_bytes: int
    gpus: int = 0
    scratch_bytes: int | None = None
    tags: tuple[str, ...] = ()
    solvers: tuple[str, ...] = ()

    def less(self, ticket: Ticket) -> "Offer":
        """What is left when this job runs too."""
        return self._with(ticket, -1)

    def plus(self, ticket: Ticket) -> "Offer":
        """What there is when this job, which runs, has ended."""
        return self._with(ticket, 1)

    def _with(self, ticket: Ticket, times: int) -> "Offer":
        asked = ticket.draft.resources
        return replace(
            self,
            cpus=self.cpus + times * asked.cpus,
            memory_bytes=self.memory_bytes + times * (asked.memory_bytes or 0),
            gpus=self.gpus + times * asked.gpus,
            scratch_bytes=None
            if self.scratch_bytes is None
            else self.scratch_bytes + times * (asked.scratch_bytes or 0),
        )


class Want(StrEnum):
    """What of a node a job may want in vain."""

    NODE = "node"
    TAG = "tag"
    SOLVER = "solver"
    CPUS = "cpus"
    MEMORY = "memory"
    GPUS = "gpus"
    SCRATCH = "scratch"


@dataclass(frozen=True, slots=True)
class Lack:
    """One thing that an offer lacks for a job; the phrase goes on after the job's name."""

    want: Want
    phrase: str


def _node(draft: Draft, offer: Offer) -> str | None:
    if draft.nodes and offer.node not in draft.nodes:
        return f"is pinned to {', '.join(draft.nodes)}"
    return None


def _tag(draft: Draft, offer: Offer) -> str | None:
    missing = [tag for tag in draft.tags if tag not in offer.tags]
    return f"wants a node tagged {', '.join(missing)}" if missing else None


def _solver(draft: Draft, offer: Offer) -> str | None:
    return None if draft.solver in offer.solvers else f"wants the solver '{draft.solver}'"


def _cpus(draft: Draft, offer: Offer) -> str | None:
    cpus = draft.resources.cpus
    return f"wants {_count(cpus, 'core')}, {offer.cpus} to be had" if cpus > offer.cpus else None


def _memory(draft: Draft, offer: Offer) -> str | None:
    return _bytes("memory", draft.resources.memory_bytes or 0, offer.memory_bytes)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _gpus(draft: Draft, offer: Offer) -> str | None:
    gpus = draft.resources.gpus
    return (
        f"wants {_count(gpus, 'GPU')}, {offer.gpus} to be had"
        if gpus > max(0, offer.gpus)
        else None
    )


def _scratch(draft: Draft, offer: Offer) -> str | None:
    if offer.scratch_bytes is None:
        return None
    return _bytes("scratch", draft.resources.scratch_bytes or 0, offer.scratch_bytes)


def _bytes(of: str, asked: int, had: int) -> str | None:
    # What a node offers may be made less than its jobs have: who wants none of it need not wait.
    if asked <= max(0, had):
        return None
    return f"wants {format_size(asked)} of {of}, {format_size(max(0, had))} to be had"


_CHECKS: Final[dict[Want, Callable[[Draft, Offer], str | None]]] = {
    Want.NODE: _node,
    Want.TAG: _tag,
    Want.SOLVER: _solver,
    Want.CPUS: _cpus,
    Want.MEMORY: _memory,
    Want.GPUS: _gpus,
    Want.SCRATCH: _scratch,
}


def lacks(draft: Draft, offer: Offer) -> Iterator[Lack]:
    """All that the offer lacks for the job; nothing when it fits."""
    for want, check in _CHECKS.items():
        if phrase := check(draft, offer):
            yield Lack(want, phrase)


def why_not(draft: Draft, offer: Offer) -> str | None:
    """The first thing that the offer lacks for the job, as a phrase; None when it fits."""
    return next((lack.phrase for lack in lacks(draft, offer)), None)


def never_fits(draft: Draft, offers: Sequence[Offer]) -> str | None:
    """What each of the nodes lacks for the job even if it were idle; None when one lacks nothing,
    or when no node is known. ``offers`` are all that the nodes have, not what is free.
    """
    firsts = [(offer.node, why_not(draft, offer)) for offer in offers]
    if not firsts or any(lack is None for _, lack in firsts):
        return None
    shown = "; ".join(f"{node}: it {lack}" for node, lack in firsts[:SHOWN_MAX])
    more = f"; and {len(firsts) - SHOWN_MAX} more" * (len(firsts) > SHOWN_MAX)
    return shown + more


class PassedBy:
    """Jobs that did not fit an offer: while the same is offered, nobody asks them again."""

    def __init__(self) -> None:
        self._offer: Offer | None = None
        self._jobs: set[str] = set()

    def of(self, offer: Offer) -> set[str]:
        """The jobs known not to fit the offer, to be added to."""
        if offer != self._offer or len(self._jobs) > PASSED_BY_MAX:
            self._offer = offer
            self._jobs = set()
        return self._jobs


class Room(Protocol):
    """What a node keeps free for one ticket (see ``wamspool.keeping``)."""

    def admits(self, name: TicketName, ticket: Ticket) -> bool:
        """Whether this one may be started all the same."""

    def less(self, name: TicketName, ticket: Ticket) -> "Room | None":
        """The room when this one was chosen; None when it was kept for this one."""


def _forget(name: TicketName, ticket: Ticket) -> None:
    """Nobody keeps room for what is passed by."""


def choose(
    waiting: Iterable[TicketName],
    free: Offer,
    *,
    ticket_of: Callable[[TicketName], Ticket | None],
    may_run: Callable[[Ticket], bool],
    passed_by: PassedBy,
    room: Room | None = None,
    note_unfit: Callable[[TicketName, Ticket], None] = _forget,
) -> Iterator[TicketName]:
    """The tickets to claim now, in the order of the queue; what does not fit is passed by.

    ``ticket_of`` gives None for one that cannot be read; ``may_run`` answers for what the
    ticket waits for; ``note_unfit`` hears of what does not fit. Tickets are read only until the
    cores are gone, so the cost does not grow with the queue. What did not fit is passed by unread
    for as long as no more is free. What comes behind a ticket for which ``room`` is kept is taken
    only where it leaves that room.
    """
    offered, unfit, behind = free, passed_by.of(free), 0
    for name in waiting:
        if free.cpus < 1:
            return
        ticket = None if name.job in unfit else ticket_of(name)
        if ticket is None:
            continue
        if why_not(ticket.draft, free) is not None:
            if free is offered:
                unfit.add(name.job)
            note_unfit(name, ticket)
        elif room is not None and not room.admits(name, ticket):
            behind += 1
            if behind >= BEHIND_MAX:
                return
        elif may_run(ticket):
            free = free.less(ticket)
            room = room.less(name, ticket) if room is not None else None
            yield name
