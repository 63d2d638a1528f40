"""Output into a pipe or a file: no colour, no wrapping, and no column is ever shortened."""

import sys

from client_tools.views.screen import Line, Screen, Table, Tone, laid_out, words_of
from client_tools.views.text import printable

GAP = "  "


class PlainOutput:
    """Prints lines, and tables in columns of two blanks at least."""

    is_live = False

    def show(self, screen: Screen) -> None:
        """All lines and tables."""
        for part in laid_out(screen.parts):
            if isinstance(part, Line):
                print(printable(part.text))
            else:
                for row in plain_rows(part):
                    print(row)

    def line(self, text: str, tone: Tone = Tone.PLAIN) -> None:
        """The line, at once: who reads the pipe may be waiting for it."""
        del tone
        print(printable(text), flush=True)

    def warn(self, text: str) -> None:
        """The warning on stderr."""
        print(f"warning: {printable(text)}", file=sys.stderr)

    def passing(self, text: str) -> None:
        """Nothing: each would stay."""


def plain_rows(table: Table) -> list[str]:
    """The header and the rows, each column as wide as its widest cell, empty cells as '-'."""
    header = [column.name for column in table.columns]
    rows = [header, *([printable(words_of(cell)) or "-" for cell in row] for row in table.rows)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(header))]
    return [
        GAP.join(
            cell.rjust(width) if column.right else cell.ljust(width)
            for cell, width, column in zip(row, widths, table.columns, strict=True)
        ).rstrip()
        for row in rows
    ]
