"""Who uses this command, and what he may do: asked before anything is changed.

A courtesy that spares a surprise, not a fence: whoever may write in the spool could do it by hand.
"""

from dataclasses import dataclass, field

from client_tools import wiring
from client_tools.errors import NotPermitted
from spool_layout.ticket import Ticket, parse_ticket
from wamspool.errors import Gone, TicketGone
from wamspool.journal import Journal
from wamspool.rights import owner_of, shown, who_am_i, why_not_on_job
from wamspool.spool import Spool
from wamspool.transition import Place


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
        why = why_not_on_job(
            self.spool, self.who, owner, who_says=self.said, owner_says=ticket.owner
        )
        if why:
            self.note("refused", place, detail=f"{verb}: {why}")
            raise NotPermitted(f"{verb} {place.name.job}: {why}")
        return ticket

    def note(self, event: str, place: Place, *, detail: str = "") -> None:
        """The user's journal says what he has done."""
        journal, name = Journal(self.spool.share, self.writer), place.name
        journal.note(
            event, name.job, generation=name.generation, attempt=name.attempt, detail=detail
        )
        journal.flush()
