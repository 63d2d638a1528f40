"""A screen that is cut to a terminal's height where a reader can spare it."""

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import replace

from client_tools.views.screen import Line, Screen, Table, laid_out
from client_tools.views.text import printable


def fitted(screen: Screen, *, width: int, height: int) -> Screen:
    """The screen in so many lines, if its tables can spare that many rows.

    Tables are shortened from the last one upwards, none below its ``rows_least``, and say below how
    many rows they had. What is still too high is for the terminal to cut, at the bottom.
    """
    parts = list(screen.parts)
    for number in reversed(range(len(parts))):
        over = _height(parts, width) - height
        if over <= 0:
            break
        part = parts[number]
        if isinstance(part, Table):
            parts[number] = _shortened(part, over)
    return Screen(screen.document, parts)


def _shortened(table: Table, over: int) -> Table:
    """Lower by so many lines, as far as it may be; the line that tells of it takes one itself."""
    spared = over if table.beyond else over + 1
    least = len(table.rows) if table.rows_least is None else table.rows_least
    kept = max(len(table.rows) - spared, least)
    if len(table.rows) - kept < 1 + (not table.beyond):
        return table  # nothing would be won
    gone = len(table.rows) - kept
    return replace(table, rows=table.rows[:kept], beyond=table.beyond + gone)


def _height(parts: Iterable[Line | Table], width: int) -> int:
    return sum(
        1 + len(part.rows) if isinstance(part, Table) else len(in_lines(part, width))
        for part in laid_out(parts)
    )


def in_lines(line: Line, width: int) -> Sequence[str]:
    """The text in as many lines as it takes; at least one."""
    text = printable(line.text)
    return [text] if len(text) <= width else textwrap.wrap(text, width)
