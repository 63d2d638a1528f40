"""Removing done jobs: the only thing in WAM that takes away results.

A job's folder first gets a hidden name, by one move: from then on nobody is shown the job, and
what is killed half way leaves no half of it to be taken for a whole. Then what is in it goes.
"""

from collections.abc import Generator, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from spool_layout import folders
from spool_layout.errors import FormatError
from spool_layout.names import parse_ticket_name
from spool_layout.records import OutcomeRecord, parse_outcome
from spool_layout.retention import Retention
from spool_layout.states import FOLDERS
from spool_layout.ticket import Ticket, parse_ticket
from wamspool.errors import Exists, Gone
from wamspool.publish import months
from wamspool.share import Kind, Share
from wamspool.snapshot import THERE_AND_BACK
from wamspool.sweep import jobs_in_flight
from wamspool.tree import files_below


@dataclass(frozen=True, slots=True)
class DoneJob:
    """A job in ``done/``, by its outcome; ``folder`` is as people see it."""

    job: str
    folder: str
    record: OutcomeRecord


def done_jobs(share: Share, *, ended_before: datetime | None = None) -> Iterator[DoneJob]:
    """The done jobs, the oldest months first; of months after ``ended_before`` not even the names.

    Costs one read a job. Those whose record cannot be read are passed over: nobody can say how
    they ended. Raises ShareError.
    """
    for month in sorted(months(share)):
        if ended_before and month > folders.month(ended_before):
            return
        for entry in sorted(share.list(folders.done_month(month))):
            if entry.kind is Kind.FOLDER and not entry.name.startswith("."):
                with suppress(Gone, FormatError):
                    yield done_job(share, entry.name, folders.done(month, entry.name))


def done_job(share: Share, job: str, folder: str) -> DoneJob:
    """The job whose folder this is. Raises Gone, FormatError."""
    path = f"{folder}/{folders.OUTCOME_FILE}"
    return DoneJob(job, folder, parse_outcome(share.read(path), source=path))


def is_due(record: OutcomeRecord, retention: Retention, now: datetime) -> bool:
    """Whether the site's policy lets the job go. One of which the end is not known stays."""
    kept_s = retention.get(record.outcome)
    if kept_s is None or record.ended is None:
        return False
    return (now - record.ended).total_seconds() >= kept_s


@dataclass(frozen=True, slots=True)
class Needs:
    """Which done jobs must stay: the machinery is not through with some, jobs wait for others."""

    unfinished: frozenset[str]
    awaited: frozenset[str]

    def why_kept(self, job: str) -> str | None:
        """Why the job must not go; None: it may."""
        if job.partition("~")[0] in self.unfinished:
            return "its end is still being shown"
        if any(text in job for text in self.awaited):
            return "a job that waits needs it"
        return None


def needs(share: Share) -> Needs:
    """As it is now. Costs thirteen listings, and one read for each job in flight."""
    steps = gather_needs(share)
    while True:
        try:
            next(steps)
        except StopIteration as gathered:
            return cast(Needs, gathered.value)


def gather_needs(share: Share) -> Generator[None, None, Needs]:
    """As ``needs``; yields after the listings, and after each read."""
    unfinished = {entry.name for entry in share.list(folders.JOBS)} | jobs_in_flight(share)
    # A job that runs may wait again when its node dies, and then asks once more for what it
    # comes after; and some move while they are listed.
    paths = [
        f"{FOLDERS[state]}/{entry.name}"
        for state in THERE_AND_BACK
        for entry in share.list(FOLDERS[state])
        if parse_ticket_name(entry.name)
    ]
    yield
    awaited: set[str] = set()
    for path in dict.fromkeys(paths):
        with suppress(Gone, FormatError):
            awaited |= _named_in(parse_ticket(share.read(path), source=path))
        yield
    return Needs(frozenset(unfinished), frozenset(awaited))


def _named_in(ticket: Ticket) -> set[str]:
    options = {str(value).lower() for value in ticket.draft.options.values() if value}
    return {after.job.lower() for after in ticket.draft.after if after.job} | {
        text for text in options if len(text) > 8 and "-" in text
    }


def size_below(share: Share, folder: str) -> int:
    """The bytes of all files of a done job. Costs one trip a file."""
    size_bytes = 0
    for name in files_below(share, folder):
        with suppress(Gone):
            size_bytes += share.examine(f"{folder}/{name}").size_bytes
    return size_bytes


def hide(share: Share, folder: str) -> str | None:
    """The job is shown to nobody any more; the hidden folder that is to be removed.

    None when another has done so. Raises Busy where somebody has a file of it open, Denied.
    """
    month, _, name = folder.rpartition("/")
    hidden = f"{month}/{folders.removed(name)}"
    try:
        share.move(folder, hidden)
    except (Gone, Exists):
        return None
    return hidden


def removal(share: Share, folder: str) -> Iterator[None]:
    """The folder and all in it go, one operation at a time; each ``next`` costs one.

    What another removes meanwhile is no error. Raises Busy, Denied.
    """
    try:
        entries = share.list(folder)
    except Gone:
        return
    yield
    for entry in entries:
        path = f"{folder}/{entry.name}"
        if entry.kind is Kind.FOLDER:
            yield from removal(share, path)
        else:
            with suppress(Gone):
                share.remove(path)
            yield
    with suppress(Gone):
        share.remove(folder)
    yield


def half_removed(share: Share, months_: Iterable[str]) -> list[str]:
    """The hidden folders that somebody was removing; each may be gone in a moment."""
    found = []
    for month in months_:
        with suppress(Gone):
            names = [e.name for e in share.list(folders.done_month(month))]
            found += [folders.done(month, n) for n in names if folders.is_removed(n)]
    return sorted(found)
