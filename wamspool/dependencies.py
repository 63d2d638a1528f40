"""The jobs that a ticket comes after, and whether they have completed."""

from dataclasses import dataclass

from spool_layout.states import Outcome, State
from wamspool.errors import NoSuchJob
from wamspool.find import account_of, find_job
from wamspool.spool import Spool


@dataclass(frozen=True, slots=True)
class Dependency:
    """A job that another waits for, as it stands. ``state`` is None where no such job is found."""

    job: str
    state: State | None
    outcome: Outcome | None = None

    @property
    def is_met(self) -> bool:
        """Only a completed job meets a dependency."""
        return self.outcome is Outcome.COMPLETED

    @property
    def is_dead(self) -> bool:
        """It never will be met: the job has ended otherwise. One that is not found may have been
        taken for gone while it moved, so that is never sure.
        """
        return self.outcome is not None and not self.is_met


def dependency(spool: Spool, job: str) -> Dependency:
    """How the job stands. Raises WamError where that cannot be seen now."""
    try:
        found = find_job(spool, job)
    except NoSuchJob:
        return Dependency(job, None)
    if found.state is not State.DONE:
        return Dependency(job, found.state)
    outcome = account_of(spool, found).outcome
    return Dependency(job, found.state, outcome.outcome if outcome else None)
