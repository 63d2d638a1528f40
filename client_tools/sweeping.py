"""Parameter families: one deck with placeholders, and a job for each case of their values."""

import csv
import io
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import typer

from client_tools.errors import LocalFile
from spool_layout.names import STEM_LENGTH_MAX, safe_stem
from wamspool.clock import Clock
from wamspool.decks.placeholders import is_parameter_name, placeholders_in, problem_of_value
from wamspool.errors import BadInput, Gone
from wamspool.open_share import local_folder

CASES_UNASKED: Final = 200
CASES_MAX: Final = 10_000
NAME_COLUMN: Final = "name"


@dataclass(frozen=True, slots=True)
class Case:
    """One job of the family. ``label`` is the part of its name that tells it from the others."""

    label: str
    values: Mapping[str, str]


def cases_asked(sweeps: Sequence[str], file: Path | None, clock: Clock, *, yes: bool) -> list[Case]:
    """The cases that the command line asks for; none when it does not.

    Raises typer.BadParameter, BadInput naming the line of the file, LocalFile.
    """
    if sweeps and file:
        raise typer.BadParameter("give either this or --sweep", param_hint="--sweep-file")
    cases = list(
        itertools.islice(_from_file(file, clock) if file else _product(sweeps), CASES_MAX + 1)
    )
    if len(cases) > CASES_MAX:
        raise BadInput(f"more than {CASES_MAX} cases", cure="Sweep fewer values at a time.")
    if len(cases) > CASES_UNASKED and not yes:
        raise BadInput(
            f"this makes {len(cases)} jobs",
            cure="Say --yes if so many are meant; nothing was queued.",
        )
    return cases


def _product(sweeps: Sequence[str]) -> Iterator[Case]:
    axes: dict[str, list[str]] = {}
    for text in sweeps:
        name, equals, values = text.partition("=")
        name = name.strip()
        if not equals or not is_parameter_name(name):
            raise typer.BadParameter(f"'{text}' is not NAME=VALUE,VALUE,...", param_hint="--sweep")
        if name in axes:
            raise typer.BadParameter(f"'{name}' is given twice", param_hint="--sweep")
        axes[name] = [value.strip() for value in values.split(",")]
        for value in axes[name]:
            if problem := problem_of_value(value):
                raise typer.BadParameter(f"{name}: '{value}' {problem}", param_hint="--sweep")
    if axes:
        for number, values_ in enumerate(itertools.product(*axes.values()), start=1):
            yield _case(number, dict(zip(axes, values_, strict=True)))


def _from_file(file: Path, clock: Clock) -> Iterator[Case]:
    text = _text_of(file, clock)
    first = text.partition("\n")[0]
    delimiter = next((mark for mark in ("\t", ";") if mark in first), ",")
    rows = csv.reader(io.StringIO(text), delimiter=delimiter)
    try:
        header = [name.strip() for name in next(rows, [])]
        _check_header(file, header)
        for number, row in enumerate((row for row in rows if any(map(str.strip, row))), start=1):
            yield _row(f"{file}:{rows.line_num}", number, header, [cell.strip() for cell in row])
    except csv.Error as error:
        raise BadInput(f"{file}:{rows.line_num}: {error}", cure="Save it as plain CSV.") from None


def _text_of(file: Path, clock: Clock) -> str:
    try:
        return b"".join(local_folder(file.parent, clock).chunks(file.name)).decode("utf-8-sig")
    except Gone:
        raise LocalFile(f"{file}: there is no such file") from None
    except UnicodeDecodeError:
        raise BadInput(f"{file}: is no text in UTF-8", cure="Save it as 'CSV UTF-8'.") from None


def _check_header(file: Path, header: Sequence[str]) -> None:
    for name in header:
        if not is_parameter_name(name):
            raise BadInput(
                f"{file}:1: '{name}' is not the name of a parameter",
                cure="The first line names the placeholders, such as: T,E",
            )
    if twice := next((name for name in header if header.count(name) > 1), None):
        raise BadInput(f"{file}:1: '{twice}' is there twice", cure="Remove one of the columns.")
    if not header:
        raise BadInput(f"{file}: is empty", cure="The first line names the placeholders: T,E")


def _row(place: str, number: int, header: Sequence[str], row: Sequence[str]) -> Case:
    if len(row) != len(header):
        raise BadInput(
            f"{place}: has {len(row)} values, and there are {len(header)} names",
            cure="Give each row a value for each name; put values with commas in double quotes.",
        )
    values = dict(zip(header, row, strict=True))
    for name, value in values.items():
        if problem := problem_of_value(value):
            raise BadInput(f"{place}: {name}: '{value}' {problem}", cure="Correct the value.")
    label = values.pop(NAME_COLUMN, None)
    return Case(label, values) if label else _case(number, values)


def _case(number: int, values: Mapping[str, str]) -> Case:
    return Case("-".join([f"{number:03}", *(f"{k}{v}" for k, v in values.items())]), values)


def name_of(stem: str, case: Case) -> str:
    """The job's name: the deck's stem gives way, the case does not."""
    label = safe_stem(case.label)
    return f"{safe_stem(stem)[: max(1, STEM_LENGTH_MAX - len(label) - 1)]}-{label}"


def refuse_mismatch(pieces: Iterator[bytes], deck: str, cases: Sequence[Case]) -> None:
    """Raise BadInput unless the deck's placeholders and the cases' names are the same."""
    there = placeholders_in(pieces, file=deck)
    given = set(cases[0].values)
    lacking = [
        f"{deck}:{line}: {{{{{n}}}}} has no value" for n, line in there.items() if n not in given
    ]
    if lacking:
        raise BadInput("; ".join(lacking), cure="Give it values with --sweep, or in the file.")
    if unused := sorted(given - set(there)):
        known = ", ".join(f"{{{{{name}}}}}" for name in there) or "none"
        raise BadInput(
            f"{deck} has no {{{{{unused[0]}}}}}; its placeholders are: {known}",
            cure=f"Write {{{{{unused[0]}}}}} in the deck where the value belongs, or leave it out.",
        )
