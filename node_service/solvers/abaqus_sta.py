"""The status file of Abaqus: how far a run is, and its last line."""

import math
from collections.abc import Sequence
from dataclasses import replace
from enum import Enum, auto
from pathlib import Path
from typing import Final

from node_service.solvers.output import read_tail
from wamspool.decks.abaqus_sta import Rows, parse_rows
from wamspool.decks.deck import Step
from wamspool.decks.progress import Progress, percent

WINDOW_BYTES: Final = 16 * 1024 * 1024
_CLOSING_BYTES: Final = 4096
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


def read_rows(path: Path) -> Rows:
    """The rows of a status file; of one over 16 MiB, those of its end."""
    return parse_rows(read_tail(path, WINDOW_BYTES).decode("ascii", "replace"))


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
