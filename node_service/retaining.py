"""The site's policy of how long done jobs are kept, applied by every node a little at a time."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Final

from wamspool.cleaning import DoneJob, done_jobs, gather_needs, half_removed, hide, is_due, removal
from wamspool.errors import Gone, ShareError
from wamspool.journal import Journal
from wamspool.publish import months
from wamspool.spool import Spool

FIRST_S: Final = 3600.0
ROUND_S: Final = 24 * 3600.0
CLOCKS_APART_S: Final = 24 * 3600.0
AT_ONCE: Final = 100
"""Operations on the share a step: the loop has a heartbeat to keep."""


class Retaining:
    """Once a day looks at all done jobs, and removes those whose time is over.

    A job that begins to wait for another while a round is under way may come too late.
    """

    def __init__(
        self, spool: Spool, journal: Journal, goes_on: Callable[[], bool] = lambda: True
    ) -> None:
        """``goes_on`` tells whether a step may take longer still."""
        self._goes_on = goes_on
        self._spool = spool
        self._journal = journal
        self._due_s = spool.clock.monotonic_s() + FIRST_S
        self._round: Iterator[str | None] | None = None

    def step(self) -> list[str]:
        """The jobs that were removed now, at about ``AT_ONCE`` operations. Raises ShareError.

        Then the round is over, and the next one goes on with what is left.
        """
        now_s = self._spool.clock.monotonic_s()
        if self._round is None:
            if not self._spool.settings.retention or now_s < self._due_s:
                return []
            self._due_s = now_s + ROUND_S
            self._round = self._steps()
        removed = []
        for _ in range(AT_ONCE):
            try:
                job = next(self._round)
            except StopIteration:
                self._round = None
                break
            except ShareError:
                self._round = None
                raise
            if job is not None:
                removed.append(job)
            if not self._goes_on():
                break
        return removed

    def _steps(self) -> Iterator[str | None]:
        """Yields after each operation: the name of a job that is gone, else None."""
        share, policy = self._spool.share, self._spool.settings.retention
        if not self._clocks_agree():
            return
        for hidden in half_removed(share, months(share)):
            with suppress(ShareError):
                for _ in removal(share, hidden):
                    yield None
        due = []
        for done in done_jobs(share):
            if is_due(done.record, policy, share.now()):
                yield None
                if self._has_lain_there(done):
                    due.append(done)
            yield None
        if not due:
            return
        need = yield from gather_needs(share)
        for done in due:
            if need.why_kept(done.job) is None:
                yield from self._remove(done)

    def _clocks_agree(self) -> bool:
        """Whether the share's clock and this machine's tell about the same: one that has jumped
        ahead would have everything removed at once.
        """
        apart = self._spool.share.now() - self._spool.clock.utc_now()
        return abs(apart.total_seconds()) < CLOCKS_APART_S

    def _has_lain_there(self, done: DoneJob) -> bool:
        """Whether the job's folder, too, is as old as its record says: that was written by the
        clock of the node that ran it.
        """
        try:
            changed_s = self._spool.share.examine(done.folder).modified_ns / 1e9
        except Gone:
            return False
        kept_s = self._spool.settings.retention[done.record.outcome]
        return self._spool.share.now().timestamp() - changed_s >= kept_s

    def _remove(self, done: DoneJob) -> Iterator[str | None]:
        with suppress(ShareError):  # somebody has a file of it open, or it is not ours to remove
            hidden = hide(self._spool.share, done.folder)
            if hidden is None:
                return
            kept_s = self._spool.settings.retention[done.record.outcome]
            detail = f"{done.record.outcome}, kept for {kept_s / 86400:.1f} days by policy"
            self._journal.note("clean", done.job, detail=detail)
            yield done.job
            for _ in removal(self._spool.share, hidden):
                yield None
