"""Output on a terminal: tables that fit its width, colours where it has them."""

import sys
import textwrap
from collections.abc import Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from client_tools.views.screen import (
    Bar,
    Cell,
    Line,
    Screen,
    Table,
    Tone,
    laid_out,
    without_those_that_may_go,
)
from client_tools.views.text import bar, printable

BAR_WIDTH = 10
GAP = 2
NARROWEST = 8
STYLES = {
    Tone.PLAIN: "",
    Tone.GOOD: "green",
    Tone.BAD: "bold red",
    Tone.WARN: "yellow",
    Tone.QUIET: "dim",
    Tone.TITLE: "bold",
}


class TerminalOutput:
    """Prints for a person who watches."""

    is_live = True

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False, markup=False, emoji=False)
        self._passing = 0

    def show(self, screen: Screen) -> None:
        """All lines and tables."""
        self._clear()
        for part in laid_out(screen.parts):
            if isinstance(part, Line):
                for text in folded(part, self._console.width):
                    self._line(text, part.tone)
            else:
                self._console.print(rich_table(part, self._console.width))

    def line(self, text: str, tone: Tone = Tone.PLAIN) -> None:
        """The line, instead of a passing one."""
        self._clear()
        self._line(text, tone)

    def _line(self, text: str, tone: Tone) -> None:
        # A path that is cut or folded cannot be copied: long lines are the terminal's matter.
        self._console.print(Text(printable(text), style=STYLES[tone]), soft_wrap=True)

    def warn(self, text: str) -> None:
        """The warning on stderr."""
        self._clear()
        print(f"warning: {printable(text)}", file=sys.stderr)

    def passing(self, text: str) -> None:
        """The line is there until the next one."""
        shown = printable(text)[: max(10, self._console.width - 1)]
        self._clear()
        sys.stderr.write(shown)
        sys.stderr.flush()
        self._passing = cell_len(shown)

    def _clear(self) -> None:
        if self._passing:
            sys.stderr.write("\r" + " " * self._passing + "\r")
            sys.stderr.flush()
            self._passing = 0


def folded(line: Line, width: int) -> list[str]:
    """The line as it is, or in several between words, below its own beginning."""
    text = printable(line.text)
    if not line.folds or cell_len(text) <= width:
        return [text]
    indent = " " * (len(text) - len(text.lstrip(" ->")))
    return textwrap.wrap(
        text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def rich_table(table: Table, width: int) -> RichTable:
    """The table without lines around it; only columns that give way are ever shortened, when those
    that may go have gone.
    """
    if _width_in_all([_width(table, index) for index in range(len(table.columns))]) > width:
        table = without_those_that_may_go(table)
    made = RichTable(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="dim")
    for column, fitted in zip(table.columns, fitted_widths(table, width), strict=True):
        made.add_column(
            column.name,
            justify="right" if column.right else "left",
            no_wrap=True,
            overflow="ellipsis",
            width=fitted,
        )
    for number, row in enumerate(table.rows):
        tone = STYLES[table.tones.get(number, Tone.PLAIN)]
        made.add_row(*(Text(_text(cell)) for cell in row), style=tone)
    return made


def fitted_widths(table: Table, width: int) -> list[int]:
    """The columns' widths; where there is too little room, the widest that gives way does so.

    rich by itself would shorten all columns alike, or drop the last one.
    """
    widths = [_width(table, index) for index in range(len(table.columns))]
    yielding = [index for index, column in enumerate(table.columns) if column.gives_way]
    while yielding and _width_in_all(widths) > width:
        widest = max(yielding, key=lambda index: widths[index])
        if widths[widest] <= NARROWEST:
            break
        widths[widest] -= 1
    return widths


def _width_in_all(widths: Sequence[int]) -> int:
    return sum(widths) + GAP * (len(widths) - 1)


def _width(table: Table, index: int) -> int:
    cells = (cell_len(_text(row[index])) for row in table.rows)
    return max([cell_len(table.columns[index].name), *cells])


def _text(cell: Cell) -> str:
    if isinstance(cell, Bar):
        return f"{bar(cell.percent, BAR_WIDTH)} {cell.words}"
    return printable(cell)
