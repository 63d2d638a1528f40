"""Which waiting ticket a node takes next: pure, and the same for nodes and for ``wam`` asking why."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from spool_layout.names import TicketName
from spool_layout.ticket import Draft, Ticket
from spool_layout.units import format_size

SHOWN_MAX = 4
PASSED_BY_MAX = 200_000


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
        asked = ticket.draft.resources
        return replace(
            self,
            cpus=self.cpus - asked.cpus,
            memory_bytes=self.memory_bytes - (asked.memory_bytes or 0),
            gpus=self.gpus - asked.gpus,
            scratch_bytes=None
            if self.scratch_bytes is None
            else self.scratch_bytes - (asked.scratch_bytes or 0),
        )


def why_not(draft: Draft, offer: Offer) -> str | None:
    """What the offer lacks for the job, as a phrase; None when it fits."""
    asked = draft.resources
    if draft.nodes and offer.node not in draft.nodes:
        return f"is pinned to {', '.join(draft.nodes)}"
    if missing := [tag for tag in draft.tags if tag not in offer.tags]:
        return f"wants a node tagged {', '.join(missing)}"
    if draft.solver not in offer.solvers:
        return f"wants the solver '{draft.solver}'"
    if asked.cpus > offer.cpus:
        return f"wants {asked.cpus} cores, {offer.cpus} to be had"
    if (asked.memory_bytes or 0) > offer.memory_bytes:
        had = format_size(offer.memory_bytes)
        return f"wants {format_size(asked.memory_bytes or 0)} of memory, {had} to be had"
    if asked.gpus > offer.gpus:
        return f"wants {asked.gpus} GPUs, {offer.gpus} to be had"
    if offer.scratch_bytes is not None and (asked.scratch_bytes or 0) > offer.scratch_bytes:
        had = format_size(offer.scratch_bytes)
        return f"wants {format_size(asked.scratch_bytes or 0)} of scratch, {had} to be had"
    return None


def never_fits(draft: Draft, offers: Sequence[Offer]) -> str | None:
    """What each of the nodes lacks for the job even if it were idle; None when one lacks nothing,
    or when no node is known. ``offers`` are all that the nodes have, not what is free.
    """
    lacks = [(offer.node, why_not(draft, offer)) for offer in offers]
    if not lacks or any(lack is None for _, lack in lacks):
        return None
    shown = "; ".join(f"{node}: it {lack}" for node, lack in lacks[:SHOWN_MAX])
    more = f"; and {len(lacks) - SHOWN_MAX} more" * (len(lacks) > SHOWN_MAX)
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


def choose(
    waiting: Iterable[TicketName],
    free: Offer,
    *,
    ticket_of: Callable[[TicketName], Ticket | None],
    may_run: Callable[[Ticket], bool],
    passed_by: PassedBy,
) -> Iterator[TicketName]:
    """The tickets to claim now, in the order of the queue; what does not fit is passed by.

    ``ticket_of`` gives None for one that cannot be read; ``may_run`` answers for what the
    ticket waits for. Tickets are read only until the cores are gone, so the cost does not grow
    with the queue. What did not fit is passed by unread for as long as no more is free.
    """
    offered, unfit = free, passed_by.of(free)
    for name in waiting:
        if free.cpus < 1:
            return
        ticket = None if name.job in unfit else ticket_of(name)
        if ticket is None:
            continue
        if why_not(ticket.draft, free) is not None:
            if free is offered:
                unfit.add(name.job)
        elif may_run(ticket):
            free = free.less(ticket)
            yield name
