"""``wam history`` as a table and as comma-separated values."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any, Final

from client_tools.documents import account_document
from client_tools.phrases import outcome_tone
from client_tools.views.screen import Column, Line, Screen, Table, Tone
from client_tools.views.text import duration
from spool_layout.states import State
from spool_layout.ticket import format_time
from spool_layout.units import format_size
from wamspool.find import Account, Found
from wamspool.history import EndedJob
from wamspool.local_times import local_time
from wamspool.share import Share

CSV_COLUMNS: Final = (
    "job name outcome reason node attempt owner cpus submitted started ended waited_s solved_s cpu_s "
    "efficiency memory_peak tokens results"
).split()
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def history_screen(
    jobs: Sequence[EndedJob], documents: Sequence[dict[str, Any]], *, looked_at: int | None
) -> Screen:
    """The jobs, the newest first. ``looked_at``: of so many, where there are more."""
    parts: list[Line | Table] = [history_table(jobs)] if jobs else [Line("no job has ended so")]
    if looked_at is not None:
        words = f"the last {looked_at} jobs were looked at; --since or --name narrows it"
        parts.append(Line(words, Tone.QUIET))
    return Screen({"jobs": list(documents), "looked_at": looked_at}, parts)


def done_document(share: Share, ended: EndedJob) -> dict[str, Any]:
    """A done job with what it took."""
    record = ended.outcome
    found = Found(ended.ticket.job, State.DONE, folder=ended.folder)
    efficiency = ended.efficiency
    return account_document(share, Account(found, ended.ticket, record)) | {
        "cpus": ended.ticket.draft.resources.cpus,
        "waited": ended.waited_s,
        "solved": ended.solved_s,
        "cpu_s": record.cpu_s,
        "efficiency": None if efficiency is None else round(efficiency, 3),
        "memory_peak": record.memory_peak_bytes,
        "tokens": record.tokens,
    }


def history_table(jobs: Sequence[EndedJob]) -> Table:
    """The jobs, one a row."""
    has_memory = any(job.outcome.memory_peak_bytes for job in jobs)
    has_tokens = any(job.outcome.tokens for job in jobs)
    columns = (
        Column("job", gives_way=True),
        Column("outcome"),
        Column("node", gives_way=True),
        Column("owner", gives_way=True),
        Column("ended"),
        Column("waited", right=True),
        Column("solved", right=True),
        Column("eff", right=True),
        *([Column("memory", right=True)] if has_memory else []),
        *([Column("tokens", right=True)] if has_tokens else []),
    )
    rows = []
    for job in jobs:
        record = job.outcome
        memory, tokens = record.memory_peak_bytes, record.tokens
        rows.append(
            (
                job.ticket.job,
                str(record.outcome),
                record.node or "-",
                job.ticket.owner or "-",
                local_time(record.ended)[:16],
                _took(job.waited_s),
                _took(job.solved_s),
                "-" if job.efficiency is None else f"{100 * job.efficiency:.0f} %",
                *([format_size(memory) if memory else "-"] if has_memory else []),
                *([str(tokens) if tokens else "-"] if has_tokens else []),
            )
        )
    tones = {number: outcome_tone(job.outcome.outcome) for number, job in enumerate(jobs)}
    return Table(columns, rows, tones)


def _took(seconds: float | None) -> str:
    return "-" if seconds is None else duration(seconds)


def csv_lines(jobs: Sequence[EndedJob]) -> Iterator[str]:
    """A header and a line a job, for spreadsheets."""
    yield ",".join(CSV_COLUMNS)
    for job in jobs:
        text = io.StringIO()
        csv.writer(text, lineterminator="").writerow([_cell(value) for value in _values(job)])
        yield text.getvalue()


def _values(job: EndedJob) -> tuple[object, ...]:
    record, ticket = job.outcome, job.ticket
    return (
        ticket.job, ticket.draft.name or ticket.draft.input, record.outcome, record.reason,
        record.node, record.attempt, ticket.owner, ticket.draft.resources.cpus,
        format_time(ticket.submitted), record.started and format_time(record.started),
        record.ended and format_time(record.ended), job.waited_s, job.solved_s, record.cpu_s,
        job.efficiency and round(job.efficiency, 3), record.memory_peak_bytes, record.tokens,
        job.folder,
    )  # fmt: skip


def _cell(value: object) -> str:
    """The value; a text that a spreadsheet would compute as a formula is shown as a text."""
    if value is None:
        return ""
    is_text = isinstance(value, str) and value.startswith(_FORMULA)
    return f"'{value}" if is_text else str(value)
