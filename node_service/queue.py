"""Reading tickets of the queue once, and what they wait for."""

from collections.abc import Callable, Collection

from node_service.node import Node
from node_service.settings import TICKETS_KEPT, TICKETS_READ_AT_ONCE
from spool_layout.after import After
from spool_layout.errors import FormatError, WamError
from spool_layout.names import TicketName
from spool_layout.states import Outcome, State
from spool_layout.ticket import Ticket, parse_ticket
from wamspool.dependencies import dependency
from wamspool.errors import Denied, Gone, ShareError
from wamspool.spool import Spool
from wamspool.transition import Place

ASK_AGAIN_S = 5.0


class Tickets:
    """Tickets by name. A name's content never changes, so each is read once.

    ``gone`` hears of those that another has claimed since they were listed.
    """

    def __init__(self, node: Node, gone: Callable[[TicketName], None] = lambda _: None) -> None:
        self._node = node
        self._gone = gone
        self._known: dict[str, tuple[TicketName, Ticket | None]] = {}
        self._waiting: Collection[TicketName] = ()
        self._budget = TICKETS_READ_AT_ONCE

    def read(self, name: TicketName) -> Ticket | None:
        """The ticket; None when it is gone or damaged, or when this look has read enough."""
        known = self._known.get(name.job)
        if known is not None:
            return known[1]
        if self._budget <= 0:
            return None
        self._budget -= 1
        place = Place(State.QUEUED, name)
        try:
            ticket = parse_ticket(self._node.spool.share.read(place.path), source=place.path)
        except (Denied, FormatError) as error:
            self._node.log.warning("ticket", extra={"ticket": place.path, "why": error.message})
            return self._keep(name, None)
        except Gone:
            self._gone(name)
            return None
        except ShareError:  # out of reach: seen again at the next look
            return None
        return self._keep(name, ticket if ticket.job == name.job else None)

    def _keep(self, name: TicketName, ticket: Ticket | None) -> Ticket | None:
        if len(self._known) >= TICKETS_KEPT:
            del self._known[next(iter(self._known))]
        self._known[name.job] = (name, ticket)
        return ticket

    def forget_all_but(self, waiting: Collection[TicketName]) -> None:
        """A new look: what left the queue is forgotten, and reading may go on."""
        self.read_on()
        if waiting is not self._waiting:
            self._waiting = waiting
            self._known = {job: of for job, of in self._known.items() if of[0] in waiting}

    def read_on(self) -> None:
        """As many tickets may be read as at a new look."""
        self._budget = TICKETS_READ_AT_ONCE


class Dependencies:
    """Whether the jobs that a ticket waits for have ended as they must; outcomes are kept."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._final: dict[str, Outcome] = {}
        self._asked_s: dict[str, float] = {}

    def are_met(self, ticket: Ticket) -> bool:
        """An outcome is final: what it does not meet it never will."""
        return all(self._is_met(after) for after in ticket.draft.after)

    def _is_met(self, after: After) -> bool:
        outcome = self._final.get(after.job) or self._ask(after)
        return outcome is not None and after.is_met_by(outcome)

    def _ask(self, after: After) -> Outcome | None:
        now_s = self._spool.clock.monotonic_s()
        if now_s - self._asked_s.get(after.job, float("-inf")) < ASK_AGAIN_S:
            return None
        self._asked_s[after.job] = now_s
        try:
            outcome = dependency(self._spool, after).outcome
        except WamError:
            return None
        if outcome is not None:
            self._final[after.job] = outcome
        return outcome
