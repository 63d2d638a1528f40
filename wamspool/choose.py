"""Which waiting ticket a node takes next: pure, and the same for nodes and for ``wam`` asking why."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Protocol

from spool_layout.names import TicketName
from spool_layout.ticket import Draft, Ticket
from spool_layout.units import count, format_size

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

    def less_scratch(self, ticket: Ticket) -> "Offer":
        """What is left when this job has ended, and its results still lie there."""
        if self.scratch_bytes is None:
            return self
        asked_bytes = ticket.draft.resources.scratch_bytes or 0
        return replace(self, scratch_bytes=self.scratch_bytes - asked_bytes)

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
    return f"wants {count(cpus, 'core')}, {offer.cpus} to be had" if cpus > offer.cpus else None


def _memory(draft: Draft, offer: Offer) -> str | None:
    return _bytes("memory", draft.resources.memory_bytes or 0, offer.memory_bytes)


def _gpus(draft: Draft, offer: Offer) -> str | None:
    gpus = draft.resources.gpus
    return (
        f"wants {count(gpus, 'GPU')}, {offer.gpus} to be had" if gpus > max(0, offer.gpus) else None
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


_OF_THE_NODE: Final = frozenset({Want.NODE, Want.TAG, Want.SOLVER})


class PassedBy:
    """Jobs that do not fit, by what they lack: nobody asks them again until there is more of that.

    What is free of a scratch disk changes all the time: what lacks that alone is asked each time.
    """

    def __init__(self) -> None:
        self._node: tuple[object, ...] = ()
        self._free: tuple[int, ...] = ()
        self._foreign: set[str] = set()
        self._large: set[str] = set()
        self._in_a_pass: int | None = None

    def begin(self, offer: Offer) -> None:
        """A pass begins; what may fit the offer, as something of it has grown, is forgotten."""
        self._in_a_pass = None
        node, free = _node_of(offer), _free_of(offer)
        if node != self._node or len(self._foreign) > PASSED_BY_MAX:
            self._foreign = set()
        if _has_grown(free, self._free) or len(self._large) > PASSED_BY_MAX:
            self._large = set()
        self._node, self._free = node, free

    def end(self, passed: int) -> None:
        """The pass has gone through all that it was given: so many, all passed by."""
        self._in_a_pass = passed

    def are_all(self, count: int, offer: Offer) -> bool:
        """Whether the last pass went by so many, and nothing else, and none fits this offer."""
        is_as_before = _node_of(offer) == self._node and not _has_grown(_free_of(offer), self._free)
        return is_as_before and self._in_a_pass == count

    def note(self, job: str, lack: Lack, *, is_whole: bool) -> None:
        """The job lacks this; ``is_whole``: of the offer with which the pass has begun."""
        if lack.want in _OF_THE_NODE:
            self._foreign.add(job)
        elif is_whole and lack.want is not Want.SCRATCH:
            self._large.add(job)

    def __contains__(self, job: str) -> bool:
        return job in self._foreign or job in self._large


def _node_of(offer: Offer) -> tuple[object, ...]:
    return offer.node, offer.tags, offer.solvers


def _free_of(offer: Offer) -> tuple[int, ...]:
    return offer.cpus, offer.memory_bytes, offer.gpus


def _has_grown(free: tuple[int, ...], before: tuple[int, ...]) -> bool:
    return not before or any(now > then for now, then in zip(free, before, strict=True))


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
    passed_by.begin(free)
    offered, behind, asked, passed = free, 0, 0, 0
    for name in waiting:
        if free.cpus < 1:
            return
        if name.job in passed_by:
            passed += 1
            continue
        asked += 1
        ticket = ticket_of(name)
        if ticket is None:
            continue
        lack = next(lacks(ticket.draft, free), None)
        if lack is not None:
            passed_by.note(name.job, lack, is_whole=free is offered)
            note_unfit(name, ticket)
        elif room is not None and not room.admits(name, ticket):
            behind += 1
            if behind >= BEHIND_MAX:
                return
        elif may_run(ticket):
            free = free.less(ticket)
            room = room.less(name, ticket) if room is not None else None
            yield name
    if not asked:
        passed_by.end(passed)
