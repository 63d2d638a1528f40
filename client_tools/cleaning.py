"""``wam clean``: which done jobs go, who may remove them, and how it is done."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from client_tools.errors import NotInThisState, NotPermitted
from client_tools.requester import Requester
from spool_layout import folders
from spool_layout.states import Outcome, State
from wamspool.cleaning import (
    DoneJob,
    Needs,
    done_job,
    done_jobs,
    half_removed,
    hide,
    is_due,
    needs,
    removal,
    size_below,
)
from wamspool.errors import Exists, Gone, ShareError
from wamspool.find import find_jobs
from wamspool.journal import Journal
from wamspool.publish import months
from wamspool.rights import owner_of_done, why_not_on_job
from wamspool.spool import Spool


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What goes: the named jobs, else those that fit; with neither age nor outcome, by policy."""

    names: tuple[str, ...] = ()
    older_s: float | None = None
    outcomes: frozenset[Outcome] = frozenset()
    mine: bool = False

    @property
    def is_policy(self) -> bool:
        """Whether it is left to the site's policy which jobs go."""
        return not self.names and self.older_s is None and not self.outcomes


@dataclass(frozen=True, slots=True)
class Chosen:
    """A done job that may go, and what that frees."""

    done: DoneJob
    owner: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A done job that was meant, and stays."""

    job: str
    why: str


@dataclass(slots=True)
class Cleaning:
    """Removes done jobs for who runs this. ``passing`` gets lines about how far it is."""

    spool: Spool
    requester: Requester
    passing: Callable[[str], None]

    def choose(self, wanted: Wanted) -> tuple[list[Chosen], list[Kept]]:
        """The jobs that go, and those that fit and stay.

        Of jobs that were not named, others' do not count. Raises NotPermitted, NotInThisState
        for a named one.
        """
        share, now = self.spool.share, self.spool.share.now()
        chosen, kept = [], []
        need: Needs | None = None
        for done in self._fitting(wanted, now):
            need = need or needs(share)
            if why := need.why_kept(done.job):
                kept.append(Kept(done.job, why))
                continue
            self.passing(f"looking at {done.job} ...")
            with suppress(Gone):
                owner = owner_of_done(share, done.folder)
                why = why_not_on_job(self.spool, self.requester.who, owner)
                if why and wanted.names:
                    raise NotPermitted(f"clean {done.job}: {why}")
                if why or (wanted.mine and owner != self.requester.who):
                    kept += [Kept(done.job, why)] if why and not wanted.mine else []
                    continue
                chosen.append(Chosen(done, owner, size_below(share, done.folder)))
        return chosen, kept

    def _fitting(self, wanted: Wanted, now: datetime) -> Iterable[DoneJob]:
        if wanted.names:
            yield from self._named(wanted.names)
            return
        retention = self.spool.settings.retention
        least_s = min(retention.values(), default=0.0) if wanted.is_policy else wanted.older_s or 0
        until = now - timedelta(seconds=least_s)
        for done in done_jobs(self.spool.share, ended_before=until):
            record = done.record
            if wanted.is_policy:
                if is_due(record, retention, now):
                    yield done
            elif (not wanted.outcomes or record.outcome in wanted.outcomes) and (
                record.ended is not None and record.ended <= until
            ):
                yield done

    def _named(self, names: Iterable[str]) -> Iterable[DoneJob]:
        for found in find_jobs(self.spool, names):
            if found.state is not State.DONE or found.folder is None:
                raise NotInThisState(
                    f"{found.job} is in flight; only done jobs are removed",
                    cure=f"End it first: wam kill {found.job}",
                )
            yield done_job(self.spool.share, found.job, found.folder)

    def remove(self, chosen: Chosen) -> bool:
        """The job is gone, and the journal says by whom; False: another has removed it.

        Raises ShareError: then it is whole, or nobody is shown it any more and the next call of
        ``finish`` removes the rest.
        """
        done = chosen.done
        self.passing(f"removing {done.job} ...")
        hidden = hide(self.spool.share, done.folder)
        if hidden is None:
            return False
        detail = f"{done.record.outcome}, {chosen.size_bytes} bytes"
        journal = Journal(self.spool.share, self.requester.writer)
        journal.note("clean", done.job, detail=detail)
        journal.flush()
        for _ in removal(self.spool.share, hidden):
            pass
        return True

    def finish(self) -> int:
        """How many jobs, of which another call had removed a part only, are gone now.

        What belongs to others, or is in use, stays hidden.
        """
        share, finished = self.spool.share, 0
        for folder in half_removed(share, months(share)):
            with suppress(ShareError):
                for _ in removal(share, folder):
                    pass
                finished += 1
        return finished


def remove_empty_months(spool: Spool) -> None:
    """Months in which nothing is left are gone, but for the present one."""
    present = folders.month(spool.share.now())
    for month in months(spool.share):
        if month < present:
            with suppress(ShareError, Exists):
                spool.share.remove(folders.done_month(month))
