"""The status file of Abaqus: how far a run is, and its last line.

Abaqus/Standard writes one row an attempt: step, increment, attempt (U: it did not converge),
severe discontinuity, equilibrium and all iterations, total time, step time, increment of time,
and perhaps more. Abaqus/Explicit writes ``STEP n  ORIGIN t``, then rows of increment, step time,
total time, CPU time as h:mm:ss, stable increment, ...; not one for each increment.
After the vendor's output of 2025 (Standard) and published output (Explicit); never run here.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from pathlib import Path
from typing import Final

from node_service.solvers.output import read_tail
from wamspool.decks.deck import Step
from wamspool.decks.progress import Progress, StaRow, percent

WINDOW_BYTES: Final = 16 * 1024 * 1024
_CLOSING_BYTES: Final = 4096
_STANDARD: Final = (
    r"(?P<step>\d+) +(?P<inc>\d+) +(?P<att>\d+)(?P<u>U?) +\d+ +\d+ +(?P<iters>\d+)"
    r" +(?P<total>\S+) +(?P<time>\S+) +(?P<dt>\S+)(?: [^\n]*)?"
)
_BEGUN: Final = r"STEP +(?P<begun>\d+) +ORIGIN\b[^\n]*"
_EXPLICIT: Final = (
    r"(?P<x_inc>\d+) +(?P<x_time>\S+) +(?P<x_total>\S+) +\d+:\d\d:\d\d +(?P<x_dt>\S+)[^\n]*"
)
_LINE: Final = re.compile(rf"^ *(?:{_STANDARD}|{_BEGUN}|{_EXPLICIT})\r?\n", re.MULTILINE)
_SHOWN_DIGITS: Final = 0.006  # times are written with three digits
_NO_TIME: Final = 1e-20  # what a perturbation step is given as its time is smaller


class Closing(Enum):
    """The last line of the status file."""

    NONE = auto()
    COMPLETED = auto()
    NOT_COMPLETED = auto()


_CLOSINGS: Final = {
    b"THE ANALYSIS HAS COMPLETED SUCCESSFULLY": Closing.COMPLETED,
    b"THE ANALYSIS HAS NOT BEEN COMPLETED": Closing.NOT_COMPLETED,
}


def closing(path: Path) -> Closing:
    """What the last line that is not empty says of the analysis; NONE without a file."""
    lines = [line.strip() for line in read_tail(path, _CLOSING_BYTES).splitlines()]
    last = next((line for line in reversed(lines) if line), b"")
    return _CLOSINGS.get(last.upper(), Closing.NONE)


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows that were written to their end. ``explicit``: by Abaqus/Explicit."""

    rows: tuple[StaRow, ...]
    explicit: bool = False

    @property
    def is_continued(self) -> bool:
        """Whether an earlier job's steps came first: a job of its own begins with step 1."""
        return bool(self.rows) and self.rows[0].step > 1


def read_rows(path: Path) -> Rows:
    """The rows of a status file; of one over 16 MiB, those of its end."""
    return parse_rows(read_tail(path, WINDOW_BYTES).decode("ascii", "replace"))


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


def progress_of(found: Rows, steps: Sequence[Step]) -> Progress:
    """Where the run of these steps is.

    The steps of a job that continues an earlier one are counted from its first row, so its
    percentage may lag behind; it is None where the rows do not fit the deck.
    """
    before = found.rows[0].step - 1 if found.is_continued else 0
    rows = tuple(replace(row, step=row.step - before) for row in found.rows)
    progress = percent(steps, rows, steps_started=0)
    if rows and rows[-1].step > len(steps):
        progress = replace(progress, percent=None)
    if found.explicit:  # it writes a row now and then, which tells the increment's number
        progress = replace(progress, increments=max(row.increment for row in rows))
    return progress


def find_short_step(found: Rows, steps: Sequence[Step]) -> str | None:
    """Which timed step ended before its time, as a phrase. It may have been told to."""
    if found.is_continued:
        return None
    reached = {row.step: row.step_time for row in found.rows if row.converged}
    for step in steps:
        time = reached.get(step.number, 0.0)
        if step.period is None or time < _NO_TIME or time > step.period:
            continue
        if not math.isclose(time, step.period, rel_tol=_SHOWN_DIGITS):
            return f"step {step.number} ended at the time {time:g} of {step.period:g}"
    return None
