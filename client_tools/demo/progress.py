"""What has become of the demo's jobs so far."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from client_tools.demo.examples import Example
from spool_layout.records import OutcomeRecord
from wamspool.errors import Gone, NoSuchJob, TicketGone
from wamspool.find import Account, account_of, find_job
from wamspool.publish import months
from wamspool.snapshot import Snapshot, take_snapshot
from wamspool.spool import Spool


@dataclass(frozen=True, slots=True)
class Ended:
    """A job that is done, and the example that it came from."""

    account: Account
    example: Example | None

    @property
    def outcome(self) -> OutcomeRecord:
        """Its outcome; a done job has one."""
        if self.account.outcome is None:
            raise NoSuchJob(f"{self.account.ticket.job} has ended without an outcome")
        return self.account.outcome

    @property
    def is_as_expected(self) -> bool:
        """Whether it ended as its example has to."""
        return self.example is not None and self.outcome.outcome is self.example.expected


@dataclass(slots=True)
class Progress:
    """Looks at the demo's spool, in which there is nothing but the examples."""

    spool: Spool
    examples: Sequence[Example]
    ended: dict[str, Ended] = field(default_factory=dict)

    def look(self) -> tuple[Snapshot, list[Ended]]:
        """What is in flight, and what has ended since the last look."""
        snapshot = take_snapshot(self.spool)
        new = []
        for month in months(self.spool.share):
            for entry in self.spool.share.list(f"done/{month}"):
                if entry.name.startswith(".") or entry.name in self.ended:
                    continue
                one = self._ended(entry.name)
                if one:
                    self.ended[entry.name] = one
                    new.append(one)
        return snapshot, new

    def _ended(self, job: str) -> Ended | None:
        try:
            account = account_of(self.spool, find_job(self.spool, job))
        except (Gone, NoSuchJob, TicketGone):
            return None
        if account.outcome is None:
            return None
        decks = {example.deck: example for example in self.examples}
        return Ended(account, decks.get(account.ticket.draft.input))

    def is_over(self, snapshot: Snapshot) -> bool:
        """Whether every example has ended or was rejected, and nothing is in flight."""
        finished = len(self.ended) + len(snapshot.rejected)
        return finished >= len(self.examples) and not (snapshot.places or snapshot.dropped)

    @property
    def is_as_expected(self) -> bool:
        """Whether each example has ended, and as it has to."""
        decks = {one.account.ticket.draft.input for one in self.ended.values()}
        return decks == {example.deck for example in self.examples} and all(
            one.is_as_expected for one in self.ended.values()
        )
