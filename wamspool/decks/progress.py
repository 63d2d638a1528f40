"""How far CalculiX has come, from its .sta file and its standard output.

.sta has one row an attempt, flushed at once, in ``1x,i5,1x,i10,1x,i5[U],1x,i5,3(1x,e13.6)``: step,
increment, attempt (U: it did not converge), iterations, total time, step time, increment time.
There are rows only for timed procedures; a line `` STEP n`` goes to standard output as each step
of any kind begins. With this rule, 238 of the 238 sample decks that write rows end at 100 %.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from wamspool.decks.deck import Step

_ROW: Final = re.compile(
    r"^ *(\d+) +(\d+) +(\d+)(U?) +(\d+) +(\S+) +(\S+) +(\S+) *\r?\n", re.MULTILINE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StaRow:
    """One attempt at an increment; times in the deck's own unit."""

    step: int
    increment: int
    attempt: int
    converged: bool
    iterations: int
    total_time: float
    step_time: float
    increment_time: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run is. ``percent`` is None when no step has a period: show ``step`` of ``steps``.

    ``increments`` have converged, ``cutbacks`` have not and were tried again smaller.
    ``step_time`` is what the current step has reached, None before its first increment.
    """

    percent: float | None
    step: int
    steps: int
    increments: int
    cutbacks: int
    step_time: float | None


def sta_rows(text: str) -> tuple[StaRow, ...]:
    """The rows of a .sta file that have been written to their end."""
    rows = []
    for match in _ROW.finditer(text):
        step, increment, attempt, unconverged, iterations, *times = match.groups()
        try:
            total, in_step, in_increment = map(float, times)
        except ValueError:
            continue  # Fortran writes stars where a number has no room
        rows.append(
            StaRow(
                step=int(step),
                increment=int(increment),
                attempt=int(attempt),
                converged=not unconverged,
                iterations=int(iterations),
                total_time=total,
                step_time=in_step,
                increment_time=in_increment,
            )
        )
    return tuple(rows)


def percent(steps: Sequence[Step], rows: Sequence[StaRow], *, steps_started: int) -> Progress:
    """Where a run of ``steps`` is, by the share of the step times that has converged.

    Steps without *END STEP are never run and do not count. 0.0 before the first increment.
    Not promised: that the rest takes as long in proportion; increments grow and are cut.
    """
    run = [step for step in steps if step.closed]
    converged = [row for row in rows if row.converged]
    reached = max([steps_started, *(row.step for row in rows)])
    last = converged[-1] if converged else None
    return Progress(
        percent=_share(run, last),
        step=min(reached, len(run)),
        steps=len(run),
        increments=len(converged),
        cutbacks=len(rows) - len(converged),
        step_time=last.step_time if last is not None and last.step == reached else None,
    )


def _share(run: Sequence[Step], last: StaRow | None) -> float | None:
    periods = [step.period or 0.0 for step in run]
    whole = sum(periods)
    if not whole:
        return None
    if last is None or last.step < 1:
        return 0.0
    finished = sum(periods[: last.step - 1])
    current = periods[last.step - 1] if last.step <= len(periods) else 0.0
    return min(100.0, 100.0 * (finished + min(last.step_time, current)) / whole)
