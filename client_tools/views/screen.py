"""What a command has to say, before it is decided how it looks."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any


class Tone(StrEnum):
    """What a line or a cell is to the reader; a terminal may colour it."""

    PLAIN = "plain"
    GOOD = "good"
    BAD = "bad"
    WARN = "warn"
    QUIET = "quiet"
    TITLE = "title"


@dataclass(frozen=True, slots=True)
class Line:
    """One line for people. ``folds``: it is prose, and goes on below where a terminal is narrow;
    others are left to the terminal, so that a path can be copied whole.
    """

    text: str
    tone: Tone = Tone.PLAIN
    folds: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``gives_way``: narrow terminals shorten it, others never. ``may_go``: it is there
    only where none has to be shortened for it.
    """

    name: str
    right: bool = False
    gives_way: bool = False
    may_go: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """A cell that shows how far something is; ``words`` where there is no room for a bar."""

    percent: float
    words: str


Cell = str | Bar


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under columns; ``tones`` by row number, plain where it has none.

    ``beyond``: so many more rows there are, which ``see`` (a command) would show. Where a screen is
    low, no fewer than ``rows_least`` rows stay; None: all do.
    """

    columns: tuple[Column, ...]
    rows: Sequence[Sequence[Cell]]
    tones: Mapping[int, Tone] = field(default_factory=dict)
    beyond: int = 0
    see: str = ""
    rows_least: int | None = None


@dataclass(frozen=True, slots=True)
class Screen:
    """The same for people and for programs; which of the two is shown is the output's choice."""

    document: Mapping[str, Any]
    parts: Sequence[Line | Table] = ()


def laid_out(parts: Iterable[Line | Table]) -> Iterator[Line | Table]:
    """The parts, each table with a line below it that says how many rows are not in it."""
    for part in parts:
        yield part
        if isinstance(part, Table) and part.beyond:
            see = f" ({part.see})" if part.see else ""
            yield Line(f"... and {part.beyond} more{see}", Tone.QUIET)


def without_those_that_may_go(table: Table) -> Table:
    """The table as a terminal shows it that has no room for all of it."""
    stays = [number for number, column in enumerate(table.columns) if not column.may_go]
    return replace(
        table,
        columns=tuple(table.columns[number] for number in stays),
        rows=[tuple(row[number] for number in stays) for row in table.rows],
    )


def words_of(cell: Cell) -> str:
    """The cell as text."""
    return cell.words if isinstance(cell, Bar) else cell
