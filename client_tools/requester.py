"""Who uses this command, and what he may do: asked before anything is changed.

A courtesy that spares a surprise, not a fence: whoever may write in the spool could do it by hand.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from client_tools import wiring
from client_tools.changing import note
from client_tools.errors import NotPermitted
from client_tools.views.output import Output
from spool_layout.errors import WamError
from spool_layout.ticket import Ticket, parse_ticket
from wamspool.errors import Gone, TicketGone
from wamspool.find import Found
from wamspool.rights import owner_of, shown, who_am_i, why_not_on_job
from wamspool.spool import Spool
from wamspool.transition import Place

T = TypeVar("T")


@dataclass(slots=True)
class Requester:
    """The account that runs this, as it calls itself and as the share names it."""

    spool: Spool
    said: str = field(default_factory=wiring.user_name)
    writer: str = field(default_factory=wiring.journal_writer)
    _who: str | None = None

    @property
    def who(self) -> str:
        """As the share names it; found out when it is needed first."""
        if self._who is None:
            self._who = who_am_i(self.spool, said=self.said)
        return self._who

    @property
    def shown(self) -> str:
        """For people to read."""
        return shown(self.who, said=self.said)

    def check(self, place: Place, verb: str) -> Ticket:
        """The job's ticket, which this account may change. Raises NotPermitted, TicketGone.

        A refusal stands in the journal.
        """
        share = self.spool.share
        try:
            ticket = parse_ticket(share.read(place.path), source=place.path)
            owner = owner_of(share, place, ticket)
        except Gone as error:
            raise TicketGone(f"{place.name.job}: somebody else changed it first") from error
        if why := why_not_on_job(self.spool, self.who, owner):
            note(self.spool, "refused", place, self.writer, detail=f"{verb}: {why}")
            raise NotPermitted(f"{verb} {place.name.job}: {why}")
        return ticket


@dataclass(frozen=True, slots=True)
class NotDone:
    """One of several that could not be done."""

    subject: str
    error: WamError


def on_each(
    found: Sequence[Found], act: Callable[[Found], T], output: Output
) -> tuple[list[T], list[NotDone]]:
    """What came of each. An error about the only one is raised; of several, each is told of."""
    if len(found) == 1:
        return [act(found[0])], []
    done: list[T] = []
    not_done: list[NotDone] = []
    for one in found:
        try:
            done.append(act(one))
        except WamError as error:
            not_done.append(NotDone(one.job, error))
            output.warn(f"{error.message}\n  -> {error.cure}")
    return done, not_done


def not_done_documents(not_done: Sequence[NotDone]) -> list[dict[str, str]]:
    """The same for programs."""
    return [
        {"job": one.subject, "error": type(one.error).__name__, "message": one.error.message}
        for one in not_done
    ]
