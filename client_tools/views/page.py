"""A screen as one HTML page: no script, nothing from elsewhere, readable by a double-click."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Final

from client_tools.views.screen import Bar, Cell, Line, Table, Tone, laid_out
from client_tools.views.text import printable

_STYLE: Final = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 75em; padding: 0 1em; }
h1 { font-size: 1.3em; margin: 0; }
p { margin: .2em 0; }
table { border-collapse: collapse; margin: 1em 0; }
th { font-weight: normal; opacity: .65; border-bottom: 1px solid; }
th, td { padding: .15em 1.2em .15em 0; text-align: left; white-space: nowrap; }
.right { text-align: right; font-variant-numeric: tabular-nums; }
.good { color: #18794e; } .bad { color: #d13415; font-weight: 600; } .warn { color: #ad5700; }
.quiet { opacity: .65; } .title { font-weight: 600; margin-top: 1.2em; }
meter { width: 6em; vertical-align: middle; }
"""
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"


def html_page(
    title: str, parts: Sequence[Line | Table], *, made: str, refresh_s: float | None
) -> str:
    """The page. ``made``: when, for people. With ``refresh_s`` a browser loads it again so often."""
    again = f'<meta http-equiv="refresh" content="{refresh_s:g}">\n' if refresh_s else ""
    body = "\n".join(_of_parts(parts))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n{again}'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{_text(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f'<h1>{_text(title)}</h1>\n<p class="quiet">as of {_text(made)}</p>\n{body}\n'
        "</body>\n</html>\n"
    )


def _of_parts(parts: Iterable[Line | Table]) -> Iterator[str]:
    for part in laid_out(parts):
        if isinstance(part, Table):
            yield _table(part)
        elif part.text.strip():
            yield f"<p{_class(part.tone)}>{_text(part.text)}</p>"


def _table(table: Table) -> str:
    sides = [' class="right"' if column.right else "" for column in table.columns]
    head = "".join(
        f"<th{side}>{_text(column.name)}</th>"
        for column, side in zip(table.columns, sides, strict=True)
    )
    rows = [f"<tr>{head}</tr>"]
    for number, row in enumerate(table.rows):
        cells = "".join(f"<td{side}>{_cell(c)}</td>" for c, side in zip(row, sides, strict=True))
        rows.append(f"<tr{_class(table.tones.get(number, Tone.PLAIN))}>{cells}</tr>")
    return "<table>\n" + "\n".join(rows) + "\n</table>"


def _cell(cell: Cell) -> str:
    if isinstance(cell, Bar):
        return f'<meter max="100" value="{cell.percent:.0f}"></meter> {_text(cell.words)}'
    return _text(cell)


def _class(tone: Tone) -> str:
    return "" if tone is Tone.PLAIN else f' class="{tone}"'


def _text(text: str) -> str:
    return escape(printable(text))
