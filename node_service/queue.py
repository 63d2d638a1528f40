"""Reading tickets of the queue once, and what they wait for."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final

from node_service.node import Node
from node_service.settings import TICKETS_KEPT, TICKETS_READ_AT_ONCE
from spool_layout.after import After
from spool_layout.errors import FormatError, WamError
from spool_layout.names import TicketName, is_job_name
from spool_layout.states import Outcome, State
from spool_layout.ticket import Ticket, parse_ticket
from wamspool.dependencies import Dependency, dependency, dependency_on
from wamspool.errors import Denied, Gone, ShareError
from wamspool.find import Found, done_exactly, find_flying
from wamspool.spool import Spool
from wamspool.transition import Place

ASK_AGAIN_S: Final = 5.0
ASK_MOST_S: Final = 600.0
ASKED_AT_ONCE: Final = 50
READ_AGAIN_S: Final = 60.0
READ_MOST_S: Final = 3600.0


@dataclass(frozen=True, slots=True)
class _Again:
    """When something is asked again, and how long the pause before was."""

    at_s: float
    pause_s: float


class Tickets:
    """Tickets by name. A name's content never changes, so each is read once.

    One that cannot be read is tried again, ever more rarely: a copy that somebody makes by hand
    is empty at first, and who may not read it today may tomorrow. ``gone`` hears of those that
    another has claimed since they were listed.
    """

    def __init__(self, node: Node, gone: Callable[[TicketName], None] = lambda _: None) -> None:
        self._node = node
        self._gone = gone
        self._known: dict[str, tuple[TicketName, Ticket | _Again]] = {}
        self._waiting: Collection[TicketName] = ()
        self._budget = TICKETS_READ_AT_ONCE

    def read(self, name: TicketName) -> Ticket | None:
        """The ticket; None when it is gone or damaged, or when this look has read enough."""
        _, known = self._known.get(name.job, (name, None))
        if isinstance(known, Ticket):
            return known
        if known is not None and known.at_s > self._node.spool.clock.monotonic_s():
            return None
        if self._budget <= 0:
            return None
        self._budget -= 1
        if not self._node.turn.goes_on():  # this one, and no more at this look
            self._budget = 0
        place = Place(State.QUEUED, name)
        try:
            ticket = parse_ticket(self._node.spool.share.read(place.path), source=place.path)
        except (Denied, FormatError) as error:
            if known is None:
                self._node.log.warning("ticket", extra={"ticket": place.path, "why": error.message})
            self._put_off(name, known)
            return None
        except Gone:
            self._gone(name)
            return None
        except ShareError:  # out of reach: seen again at the next look
            return None
        if ticket.job != name.job:
            self._put_off(name, known)
            return None
        self._keep(name, ticket)
        return ticket

    def _put_off(self, name: TicketName, before: _Again | None) -> None:
        pause_s = min(READ_MOST_S, 2 * before.pause_s) if before else READ_AGAIN_S
        self._keep(name, _Again(self._node.spool.clock.monotonic_s() + pause_s, pause_s))

    def _keep(self, name: TicketName, found: Ticket | _Again) -> None:
        if name.job not in self._known and len(self._known) >= TICKETS_KEPT:
            del self._known[next(iter(self._known))]
        self._known[name.job] = name, found

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
    """Whether the jobs that a ticket waits for have ended as they must; outcomes are kept.

    What is in flight is listed once for all that wait: a queue of chains must not cost a look at
    the whole spool for each of them. What is found nowhere is looked for in ``done/`` ever more
    rarely, since that costs the more, the more is there.
    """

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._final: dict[str, Outcome] = {}
        self._again: dict[str, _Again] = {}
        self._flying: Mapping[str, Found] = {}
        self._listed_s = float("-inf")
        self._budget = 0

    def are_met(self, ticket: Ticket) -> bool:
        """An outcome is final: what it does not meet it never will."""
        return all(self._is_met(after, ticket.job) for after in ticket.draft.after)

    def _is_met(self, after: After, job: str) -> bool:
        outcome = self._final.get(after.job) or self._ask(after, job)
        return outcome is not None and after.is_met_by(outcome)

    def _ask(self, after: After, job: str) -> Outcome | None:
        now_s = self._spool.clock.monotonic_s()
        again = self._again.get(after.job)
        if again and now_s < again.at_s:
            return None
        try:
            found = self._found(after, job, now_s)
        except WamError:
            return None
        if found is None:
            return None
        if found.outcome is not None:
            self._again.pop(after.job, None)
            return self._keep(after.job, found.outcome)
        is_nowhere = found.state is None
        pause_s = min(ASK_MOST_S, 2 * again.pause_s) if again and is_nowhere else ASK_AGAIN_S
        if len(self._again) >= TICKETS_KEPT:
            self._again.clear()
        self._again[after.job] = _Again(now_s + pause_s, pause_s)
        return None

    def _found(self, after: After, job: str, now_s: float) -> Dependency | None:
        """None: this is not the time to ask. Raises WamError."""
        if now_s - self._listed_s >= ASK_AGAIN_S:
            self._listed_s, self._budget, self._flying = now_s, 0, {}
            self._flying = find_flying(self._spool.share)
            self._budget = ASKED_AT_ONCE
        name = after.job.strip().lower()
        if name in self._flying and name != job:
            return Dependency(after, self._flying[name].state)
        if self._budget <= 0:
            return None
        self._budget -= 1
        if is_job_name(name) and (done := done_exactly(self._spool.share, name)):
            return dependency_on(self._spool, after, done)
        return dependency(self._spool, after, of=job)

    def _keep(self, job: str, outcome: Outcome) -> Outcome:
        if len(self._final) >= TICKETS_KEPT:
            del self._final[next(iter(self._final))]
        self._final[job] = outcome
        return outcome
