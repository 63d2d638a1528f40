"""Following jobs until they are done."""

from collections.abc import Iterable
from dataclasses import dataclass

from spool_layout.records import JobOnNode
from spool_layout.states import State
from wamspool.errors import NoSuchJob, Unreachable
from wamspool.find import Account, account_of, find_job
from wamspool.snapshot import Snapshot, take_snapshot
from wamspool.spool import Spool
from wamspool.transition import Place

LOOK_S = 1.0
NOWHERE_MAX_S = 120.0
"""A job that ends is in no folder that people see for as long as its end is being shown."""


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at some jobs has shown: those in flight, and those that have ended since."""

    flying: tuple[tuple[Place, JobOnNode | None], ...]
    ended: tuple[Account, ...]


class Watch:
    """Some jobs, until all of them are done."""

    def __init__(self, spool: Spool, jobs: Iterable[str]) -> None:
        self._spool = spool
        self._left = dict.fromkeys(jobs)
        self._unseen_since_s: dict[str, float] = {}

    @property
    def is_over(self) -> bool:
        """Whether every job has ended."""
        return not self._left

    def look(self) -> Look:
        """The jobs now; each that has ended is told of once.

        A share that does not answer is waited for. Raises NoSuchJob for a job that has been
        nowhere for so long that somebody must have removed it.
        """
        try:
            snapshot = take_snapshot(self._spool)
            flying = self._flying(snapshot)
            there = {place.name.job for place, _ in flying}
            ended = [self._ended(job) for job in self._left if job not in there]
        except Unreachable:
            return Look((), ())
        for account in filter(None, ended):
            self._left.pop(account.ticket.job)
        return Look(tuple(flying), tuple(filter(None, ended)))

    def _flying(self, snapshot: Snapshot) -> list[tuple[Place, JobOnNode | None]]:
        return [(p, snapshot.on_node(p.name)) for p in snapshot.places if p.name.job in self._left]

    def _ended(self, job: str) -> Account | None:
        try:
            found = find_job(self._spool, job)
            if found.state is State.DONE:
                return account_of(self._spool, found)
        except NoSuchJob:
            now_s = self._spool.clock.monotonic_s()
            if now_s - self._unseen_since_s.setdefault(job, now_s) > NOWHERE_MAX_S:
                raise
        else:
            self._unseen_since_s.pop(job, None)
        return None
