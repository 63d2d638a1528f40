"""The jobs that have ended, the newest first, at a cost that does not grow with their number.

The journals tell in which order jobs ended: each is read from its end, a piece at a time, and only
as far as is asked for. What a job came to is read from its own folder, so that nothing is told that
is not so. Nobody promises that every end is in a journal (one that cannot be written stops nobody);
so when the journals have no more to tell, the folders of ``done/`` are gone through as well.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from spool_layout import folders
from spool_layout.errors import FormatError
from spool_layout.names import is_job_name
from spool_layout.records import JournalEntry, OutcomeRecord, parse_journal, parse_outcome
from spool_layout.states import Event
from spool_layout.ticket import Ticket, parse_ticket, parse_time
from wamspool.errors import Denied, Gone
from wamspool.piecewise import read_span
from wamspool.publish import months
from wamspool.share import Kind, Share

PIECE_BYTES: Final = 64 * 1024
ENDS: Final = frozenset({str(Event.FINISH), str(Event.CANCEL), str(Event.GIVE_UP)})
_LATE: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class EndedJob:
    """A done job as its own files tell of it."""

    folder: str
    ticket: Ticket
    outcome: OutcomeRecord

    @property
    def waited_s(self) -> float | None:
        """From submitting to the last start of the solver: waiting, staging in, earlier attempts."""
        return _between(self.ticket.submitted, self.outcome.started)

    @property
    def solved_s(self) -> float | None:
        """From the last start to the end."""
        return _between(self.outcome.started, self.outcome.ended)

    @property
    def efficiency(self) -> float | None:
        """Processor time by (cores x wall time); 1.0: all cores were busy all the time."""
        solved_s, cpu_s = self.solved_s, self.outcome.cpu_s
        if cpu_s is None or not solved_s:
            return None
        return cpu_s / (self.ticket.draft.resources.cpus * solved_s)


def _between(begin: datetime | None, end: datetime | None) -> float | None:
    return max(0.0, (end - begin).total_seconds()) if begin and end else None


@dataclass(frozen=True, slots=True)
class _Noted:
    """An end that a journal tells of, or a folder of which none does."""

    job: str
    month: str
    at: datetime = _LATE
    node: str = ""
    outcome: str = ""


@dataclass(slots=True)
class History:
    """One walk back through the ends of jobs. ``looked_at`` counts those that were read."""

    share: Share
    since: datetime | None = None
    looked_at: int = 0

    def ended(self, may_fit: Callable[[str, str], bool]) -> Iterator[EndedJob]:
        """The jobs, the newest first; those that no journal tells of come last.

        ``may_fit(job, outcome)`` spares the reading of jobs that are not wanted; the outcome is
        empty where the journal does not tell it.
        """
        seen: set[str] = set()
        for noted in self._noted():
            if noted.job in seen:
                continue
            seen.add(noted.job)
            if may_fit(noted.job, noted.outcome) and (found := self._read(noted)):
                yield found

    def _noted(self) -> Iterator[_Noted]:
        for noted in self._in_journals():
            if self.since is not None and noted.at < self.since:
                return
            yield noted
        for month in months(self.share):
            if self.since is not None and month < folders.month(self.since):
                return
            names = [e.name for e in self.share.list(folders.done_month(month))
                     if e.kind is Kind.FOLDER and is_job_name(e.name)]  # fmt: skip
            yield from (_Noted(name, month) for name in sorted(names, reverse=True))

    def _in_journals(self) -> Iterator[_Noted]:
        entries = self.share.list(folders.JOURNAL)
        for month in sorted((e.name for e in entries if e.kind is Kind.FOLDER), reverse=True):
            with suppress(Gone):
                files = self.share.list(f"{folders.JOURNAL}/{month}")
                tails = [
                    _ends_in(self.share, f"{folders.JOURNAL}/{month}/{file.name}", month)
                    for file in files
                    if file.name.endswith(".jsonl")
                ]
                yield from heapq.merge(*tails, key=lambda noted: noted.at, reverse=True)

    def _read(self, noted: _Noted) -> EndedJob | None:
        self.looked_at += 1
        for month in (noted.month, *_next_and_last(noted.month)):
            folder = folders.done(month, noted.job)
            with suppress(Gone, Denied, FormatError):
                path = f"{folder}/{folders.OUTCOME_FILE}"
                outcome = parse_outcome(self.share.read(path), source=path)
                path = f"{folder}/{folders.TICKET_FILE}"
                ended = EndedJob(folder, parse_ticket(self.share.read(path), source=path), outcome)
                when = outcome.ended or ended.ticket.submitted
                return None if self.since and when < self.since else ended
        return None


def _next_and_last(month: str) -> tuple[str, ...]:
    """A job that was being published as the month ended lies in the other one."""
    year, number = int(month[:4]), int(month[5:7])
    after = f"{year + number // 12:04}-{number % 12 + 1:02}"
    before = f"{year - (number == 1):04}-{(number - 2) % 12 + 1:02}"
    return before, after


def _ends_in(share: Share, path: str, month: str) -> Iterator[_Noted]:
    """The ends of jobs in one journal, the last first."""
    for lines in _pieces_from_the_end(share, path):
        for entry in reversed(parse_journal(lines, source=path)):
            if entry.event in ENDS and is_job_name(entry.job):
                yield _Noted(entry.job, month, _moment(entry), entry.by, _outcome_of(entry))


def _moment(entry: JournalEntry) -> datetime:
    try:
        return parse_time(entry.time)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)


def _outcome_of(entry: JournalEntry) -> str:
    """``finish`` says how; who cancels a job, or gives it up, says why."""
    return entry.detail.partition(":")[0] if entry.event == Event.FINISH else ""


def _pieces_from_the_end(share: Share, path: str) -> Iterator[bytes]:
    """Whole lines of the file in pieces, the last piece first. A small file costs one trip."""
    try:
        first = share.read_from(path, 0, most_bytes=PIECE_BYTES)
        if len(first) < PIECE_BYTES:
            yield first
            return
        end = share.examine(path).size_bytes
        begun = b""
        while end > 0:
            begin = max(0, end - PIECE_BYTES)
            piece = read_span(share, path, begin, end - begin) if begin else first[:end]
            cut, _, whole = (piece + begun).partition(b"\n") if begin else (b"", b"", piece + begun)
            yield whole
            begun, end = cut + b"\n", begin
    except (Gone, Denied):
        return


def newest(
    history: History,
    *,
    limit: int,
    may_fit: Callable[[str, str], bool],
    fits: Callable[[EndedJob], bool],
    looked_at_max: int,
) -> tuple[list[EndedJob], bool]:
    """At most so many jobs that fit, and whether the walk ended before it had looked at all.

    No more than ``looked_at_max`` are read: with a filter that fits few jobs the walk would go
    through all that were ever run.
    """
    found: list[EndedJob] = []
    ended: Iterable[EndedJob] = history.ended(may_fit)
    for job in ended:
        if fits(job):
            found.append(job)
        if len(found) >= limit:
            return found, False
        if history.looked_at >= looked_at_max:
            return found, True
    return found, False
