"""Finishing what somebody left half done. Costs one listing when there is nothing to finish.

A crash leaves a door, or a folder in ``jobs/``, of a job that has no ticket in flight. What is
seen so twice, a grace apart, belongs to nobody who is still at it.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Final

from spool_layout import folders
from spool_layout.names import parse_door_name, parse_ticket_name
from wamspool.adoption import complete_adoption, taken_drop
from wamspool.errors import BadInput, Busy, Denied, Exists, Gone
from wamspool.publish import Publication, finish_publishing, holds_ticket, months_at_hand
from wamspool.reject import reject
from wamspool.share import Kind, Share
from wamspool.spool import Spool

CUT_OFF_S: Final = 7 * 24 * 3600.0
SEEN_S: Final = 3600.0
_CUT_OFF_CURE: Final = (
    "Hand it in again; this folder holds what had arrived, and may be removed or copied into "
    "incoming."
)


class Sweep:
    """Remembers suspects from one sweep to the next."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._share = spool.share
        self._suspects: dict[str, float] = {}
        self._rests_until_s: dict[str, float] = {}

    def sweep(self, goes_on: Callable[[], bool] = lambda: True) -> list[str]:
        """The jobs for which something was finished or tidied now; not all of them where
        ``goes_on``, which is asked after each, says no.
        """
        doors = _doors(self._share)
        folders_of_jobs = _jobs_with_folder(self._share)
        if not doors and not folders_of_jobs:
            self._suspects.clear()
            self._rests_until_s.clear()
            return []
        flying = jobs_in_flight(self._share)
        self._spool.doors.forget_all_but(flying)
        suspects = (set(doors) | folders_of_jobs) - flying
        due = [job for job in sorted(suspects) if self._is_due(job)]
        self._rests_until_s = {job: s for job, s in self._rests_until_s.items() if job in suspects}
        self._suspects = {job: since for job, since in self._suspects.items() if job in suspects}
        finished = []
        for job in due:
            if self._finish(job, doors.get(job, 0), folders_of_jobs):
                finished.append(job)
            if not goes_on():
                break
        return finished

    def has_unfinished(self) -> bool:
        """Whether a drop has left ``incoming/`` and is no job in the queue yet."""
        return any(taken_drop(self._share, job) for job in sorted(_jobs_with_folder(self._share)))

    def _is_due(self, job: str) -> bool:
        now_s = self._spool.clock.monotonic_s()
        if now_s < self._rests_until_s.get(job, 0.0):
            return False
        return now_s - self._suspects.setdefault(job, now_s) >= self._spool.settings.door_grace_s

    def _finish(self, job: str, generation: int, folders_of_jobs: set[str]) -> bool:
        publication = self._published(job, generation)
        if publication:
            finish_publishing(self._share, publication)
            return True
        if job in folders_of_jobs:
            # A job with a door has been in the queue: whatever draft lies there is a late
            # adopter's, and to finish it would run the job again.
            try:
                finished = self._bring_inputs(job) if generation else self._adopted(job)
            except (Busy, Denied):  # while the doors stay we come back for the inputs
                return False
            if finished:
                return True
        for number in range(1, generation + 1):
            with suppress(Gone, Exists, Busy):
                self._share.remove(folders.door(job, number))
        return generation > 0 or self._is_given_up(job)

    def _adopted(self, job: str) -> bool:
        """Whether the job is queued now, of which nobody has done the last steps of its adoption."""
        taken = taken_drop(self._share, job)
        if taken is None:
            return False
        with suppress(Gone):
            complete_adoption(self._share, taken)
            return True
        return False

    def _is_given_up(self, job: str) -> bool:
        """Whether the folder, which no ticket has ever named, lies in ``rejected/`` now.

        Whoever copied into it has not come to an end in a week, by the share's own times. Nothing
        is thrown away: for a drop that was cut off it may be the only copy. Until then it is looked
        at ever more rarely.
        """
        now_s = self._spool.clock.monotonic_s()
        found = self._share.examine(folders.job(job))
        age_s = self._share.now().timestamp() - found.changed_ns / 1e9
        if age_s >= CUT_OFF_S and self._seen_for_s(job) >= SEEN_S:
            problem = BadInput("it was handed in by somebody who was cut off", cure=_CUT_OFF_CURE)
            return reject(self._share, folders.job(job), problem) is not None
        self._rests_until_s[job] = now_s + min(self._seen_for_s(job), SEEN_S)
        return False

    def _seen_for_s(self, job: str) -> float:
        now_s = self._spool.clock.monotonic_s()
        return now_s - self._suspects.get(job, now_s)

    def _published(self, job: str, generation: int) -> Publication | None:
        for month in months_at_hand(self._share):
            for number in range(generation, 0, -1):  # behind no door nothing is published
                publication = Publication(job, month, number)
                if holds_ticket(self._share, publication):
                    return publication
        return None

    def _bring_inputs(self, job: str) -> bool:
        """The inputs of a done job, which somebody had open when it ended, lie with it.

        Raises Busy, Denied when somebody has them open still.
        """
        for month in months_at_hand(self._share):
            with suppress(Gone, Exists):
                shown = folders.done(month, job)
                self._share.examine(f"{shown}/{folders.TICKET_FILE}")
                self._share.move(folders.job(job), f"{shown}/{folders.INPUTS}")
                return True
        return False


def _doors(share: Share) -> dict[str, int]:
    newest: dict[str, int] = {}
    for entry in share.list(folders.DOORS):
        parsed = parse_door_name(entry.name)
        if parsed:
            newest[parsed[0]] = max(parsed[1], newest.get(parsed[0], 0))
    return newest


def _jobs_with_folder(share: Share) -> set[str]:
    return {entry.name for entry in share.list(folders.JOBS) if entry.kind is Kind.FOLDER}


def jobs_in_flight(share: Share, *, with_held: bool = True) -> frozenset[str]:
    """The jobs that have a ticket; listed in the order in which tickets travel, and once more.

    Those that somebody has moved into ``cancel/`` are among the held ones.
    """
    jobs = _moved_to_cancel(share) if with_held else set()
    for folder in (
        *((folders.HELD,) if with_held else ()),
        folders.INCOMING,
        folders.CLAIMED,
        folders.RUNNING,
        folders.INCOMING,
    ):
        names = (parse_ticket_name(entry.name) for entry in share.list(folder))
        jobs |= {name.job for name in names if name}
    return frozenset(jobs)


def _moved_to_cancel(share: Share) -> set[str]:
    with suppress(Gone):  # a spool of before there was such a folder
        names = (parse_ticket_name(entry.name) for entry in share.list(folders.CANCEL))
        return {name.job for name in names if name}
    return set()
