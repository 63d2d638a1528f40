"""The results of a family of jobs as one table: parameters, outcomes, and numbers taken from texts."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

import typer

from client_tools.results import results_of
from client_tools.views.screen import Column, Table
from spool_layout.records import OutcomeRecord
from spool_layout.ticket import format_time
from wamspool.find import Account
from wamspool.share import Share

LINE_BYTES_MAX: Final = 1 << 16
_EXPONENT: Final = re.compile(r"(?<=[0-9.])[dD](?=[+-]?[0-9])")
_HOW: Final = ("first", "last", "min", "max")
FIXED: Final = ("job", "outcome", "reason", "node", "started", "ended", "run_s", "cpu_s")


@dataclass(frozen=True, slots=True)
class Take:
    """A column: of the lines of ``file`` that ``pattern`` fits, one value, by ``how``."""

    name: str
    file: str
    pattern: re.Pattern[str]
    how: str = "last"


def takes_asked(words: Iterable[str]) -> list[Take]:
    """``NAME=FILE:REGEX`` or ``NAME=max:FILE:REGEX``. Raises typer.BadParameter."""
    takes = [_take(word) for word in words]
    names = [*FIXED, *(take.name for take in takes)]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise typer.BadParameter(f"there are two columns '{twice}'", param_hint="--take")
    return takes


def _take(word: str) -> Take:
    name, equals, rest = word.partition("=")
    how, colon, after = rest.partition(":")
    if how in _HOW and colon:
        rest = after
    else:
        how = "last"
    file, colon, pattern = rest.partition(":")
    if not (name.strip() and equals and file and colon and pattern):
        raise typer.BadParameter(f"'{word}' is not NAME=FILE:REGEX", param_hint="--take")
    try:
        return Take(name.strip(), file, re.compile(pattern), how)
    except re.error as error:
        problem = f"'{pattern}' is no regular expression: {error}"
        raise typer.BadParameter(problem, param_hint="--take") from None


@dataclass(frozen=True, slots=True)
class Row:
    """One job; ``taken`` has an empty text for what its results do not tell."""

    account: Account
    taken: tuple[str, ...]


def row_of(share: Share, account: Account, takes: Sequence[Take]) -> Row:
    """The job's row. Reads each of its texts that a column is taken from, once a column."""
    folder = account.found.folder
    if folder is None or not takes:
        return Row(account, ("",) * len(takes))
    names = [file.name for file in results_of(share, folder)]
    taken = (_taken(share, folder, names, take) for take in takes)
    return Row(account, tuple(taken))


def _taken(share: Share, folder: str, names: Iterable[str], take: Take) -> str:
    best = ""
    for name in names:
        if not (fnmatchcase(name, take.file) or name.endswith(f"/{take.file}")):
            continue
        for value in _values(share.chunks(f"{folder}/{name}"), take.pattern):
            best = _better(best, value, take.how)
            if take.how == "first":
                return best
    return best


def _values(pieces: Iterable[bytes], pattern: re.Pattern[str]) -> Iterator[str]:
    for line in _lines(pieces):
        if match := pattern.search(line):
            yield _EXPONENT.sub("E", (match[1] if pattern.groups else match[0]) or "").strip()


def _lines(pieces: Iterable[bytes]) -> Iterator[str]:
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        for line in whole:
            yield line[:LINE_BYTES_MAX].rstrip(b"\r").decode("utf-8", "replace")
    if rest:
        yield rest[:LINE_BYTES_MAX].decode("utf-8", "replace")


def _better(best: str, value: str, how: str) -> str:
    if how == "last":
        return value
    if how == "first":
        return best or value
    try:
        number = float(value)
    except ValueError:  # such as a heading that the pattern fits too
        return best
    if not best:
        return value
    return value if (number > float(best)) == (how == "max") else best


def header_of(rows: Sequence[Row], takes: Sequence[Take]) -> list[str]:
    """The columns: the job, all parameters that one of them has, how it went, what was taken."""
    return [FIXED[0], *parameters_of(rows), *FIXED[1:], *(take.name for take in takes)]


def parameters_of(rows: Iterable[Row]) -> list[str]:
    """The names of the parameters, in the order of the tickets."""
    return list(dict.fromkeys(name for r in rows for name in r.account.ticket.draft.parameters))


def cells_of(row: Row, parameters: Sequence[str]) -> list[str]:
    """The row, a text a column; empty for what is not known, as of a job that has not ended."""
    given, outcome = row.account.ticket.draft.parameters, row.account.outcome
    return [
        row.account.ticket.job,
        *(given.get(name, "") for name in parameters),
        *(_how_it_went(outcome) if outcome else [str(row.account.state), *[""] * 6]),
        *row.taken,
    ]


def family_table(accounts: Iterable[Account]) -> Table:
    """The jobs of a sweep for people: their parameters, how each went, and for how long."""
    rows = [Row(account, ()) for account in accounts]
    names = parameters_of(rows)
    shown = ("job", *names, "outcome", "node", "run_s", "cpu_s")
    header = header_of(rows, ())
    kept = [header.index(name) for name in shown]
    cells = [[row[index] or "-" for index in kept] for row in (cells_of(r, names) for r in rows)]
    numbers = {*names, "run_s", "cpu_s"}
    columns = (Column(name, right=name in numbers, gives_way=name == "job") for name in shown)
    return Table(tuple(columns), cells)


def run_s(outcome: OutcomeRecord) -> float | None:
    """Seconds from the start of the last run to its end."""
    if outcome.started and outcome.ended:
        return round((outcome.ended - outcome.started).total_seconds(), 3)
    return None


def _how_it_went(outcome: OutcomeRecord) -> list[str]:
    times = (format_time(moment) if moment else "" for moment in (outcome.started, outcome.ended))
    lasted = run_s(outcome)
    return [
        str(outcome.outcome),
        outcome.reason,
        outcome.node or "",
        *times,
        "" if lasted is None else f"{lasted:g}",
        "" if outcome.cpu_s is None else f"{outcome.cpu_s:g}",
    ]


def as_csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The table as RFC 4180 has it."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
