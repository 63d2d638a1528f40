"""The jobs that a ticket comes after, and whether they have ended as they must."""

from dataclasses import dataclass

from spool_layout.after import After
from spool_layout.states import Outcome, State
from wamspool.errors import NoSuchJob
from wamspool.find import Found, account_of, find_flying, find_job
from wamspool.spool import Spool


@dataclass(frozen=True, slots=True)
class Dependency:
    """A job that another waits for, as it stands. ``state`` is None where no such job is found."""

    after: After
    state: State | None
    outcome: Outcome | None = None

    @property
    def is_met(self) -> bool:
        """The job has ended, and in a way that the ticket lets count."""
        return self.outcome is not None and self.after.is_met_by(self.outcome)

    @property
    def job(self) -> str:
        """The job, as the ticket names it."""
        return self.after.job

    @property
    def is_dead(self) -> bool:
        """It never will be met: the job has ended otherwise. One that is not found may have been
        taken for gone while it moved, so that is never sure.
        """
        return self.outcome is not None and not self.is_met


def dependency(spool: Spool, after: After, *, of: str = "") -> Dependency:
    """How the job stands, which is never the one ``of`` whose ticket says so: a part of a name
    may be in its own as well. Raises WamError where that cannot be seen now.
    """
    flying = find_flying(spool.share)
    if after.job.strip().lower() in of:
        flying.pop(of, None)
    try:
        found = find_job(spool, after.job, flying=flying, suggests=False)
    except NoSuchJob:
        return Dependency(after, None)
    return dependency_on(spool, after, found)


def dependency_on(spool: Spool, after: After, found: Found) -> Dependency:
    """How the job that is meant, and was found, stands. Raises WamError."""
    if found.state is not State.DONE:
        return Dependency(after, found.state)
    outcome = account_of(spool, found).outcome
    return Dependency(after, found.state, outcome.outcome if outcome else None)
