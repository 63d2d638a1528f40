"""The rows of Abaqus' status file, as text.

Abaqus/Standard writes one row an attempt: step, increment, attempt (U: it did not converge),
severe discontinuity, equilibrium and all iterations, total time, step time, increment of time,
and perhaps more. Abaqus/Explicit writes ``STEP n  ORIGIN t``, then rows of increment, step time,
total time, CPU time as h:mm:ss, stable increment, ...; not one for each increment.
After the vendor's output of 2025 (Standard) and published output (Explicit); never run here.
"""

import re
from dataclasses import dataclass
from typing import Final

from wamspool.decks.progress import StaRow

_STANDARD: Final = (
    r"(?P<step>\d+) +(?P<inc>\d+) +(?P<att>\d+)(?P<u>U?) +\d+ +\d+ +(?P<iters>\d+)"
    r" +(?P<total>\S+) +(?P<time>\S+) +(?P<dt>\S+)(?: [^\n]*)?"
)
_BEGUN: Final = r"STEP +(?P<begun>\d+) +ORIGIN\b[^\n]*"
_EXPLICIT: Final = (
    r"(?P<x_inc>\d+) +(?P<x_time>\S+) +(?P<x_total>\S+) +\d+:\d\d:\d\d +(?P<x_dt>\S+)[^\n]*"
)
_LINE: Final = re.compile(rf"^ *(?:{_STANDARD}|{_BEGUN}|{_EXPLICIT})\r?\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows that were written to their end. ``explicit``: by Abaqus/Explicit."""

    rows: tuple[StaRow, ...]
    explicit: bool = False

    @property
    def is_continued(self) -> bool:
        """Whether an earlier job's steps came first: a job of its own begins with step 1."""
        return bool(self.rows) and self.rows[0].step > 1


def parse_rows(text: str) -> Rows:
    """The rows in the text of a status file."""
    rows: list[StaRow] = []
    step, explicit = 0, False
    for match in _LINE.finditer(text):
        if match["begun"]:
            step = int(match["begun"])
            continue
        try:
            row = _explicit_row(match, step) if match["x_inc"] else _standard_row(match)
        except ValueError:
            continue  # Fortran writes stars where a number has no room
        explicit = explicit or match["x_inc"] is not None
        rows.append(row)
    return Rows(tuple(rows), explicit)


def _standard_row(match: re.Match[str]) -> StaRow:
    return StaRow(
        step=int(match["step"]),
        increment=int(match["inc"]),
        attempt=int(match["att"]),
        converged=not match["u"],
        iterations=int(match["iters"]),
        total_time=float(match["total"]),
        step_time=float(match["time"]),
        increment_time=float(match["dt"]),
    )


def _explicit_row(match: re.Match[str], step: int) -> StaRow:
    return StaRow(
        step=step,
        increment=int(match["x_inc"]),
        attempt=1,
        converged=True,
        iterations=0,
        total_time=float(match["x_total"]),
        step_time=float(match["x_time"]),
        increment_time=float(match["x_dt"]),
    )
