"""The screen of ``wam watch``: one run, its last attempts, and how it converges."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from client_tools.views.plot import column_plot
from client_tools.views.screen import Column, Line, Screen, Table, Tone
from client_tools.views.text import bar
from wamspool.decks.progress import StaRow

PLOT_HEIGHT = 5
ROWS_SHOWN = 10
COLUMNS = (
    Column("step", right=True),
    Column("incr", right=True),
    Column("attempt", right=True),
    Column("iter", right=True),
    Column("total time", right=True),
    Column("step time", right=True),
    Column("increment", right=True),
)


@dataclass(frozen=True, slots=True)
class Run:
    """What is seen of a run: a sentence on where it is, how far, and what the solver wrote."""

    job: str
    words: str
    percent: float | None
    details: str
    rows: tuple[StaRow, ...]
    residuals: tuple[float, ...]


def run_screen(run: Run, *, width: int) -> Screen:
    """The run as it is now, in lines of at most ``width``."""
    parts: list[Line | Table] = [Line(f"{run.job}  {run.words}", Tone.TITLE)]
    if run.percent is not None:
        told = f" {run.percent:.0f} %{run.details}"
        parts.append(Line(bar(run.percent, max(5, min(40, width - len(told)))) + told))
    elif run.details:
        parts.append(Line(run.details.removeprefix(", ")))
    parts += [Line(""), *_attempts(run.rows)]
    parts += _plots(run, width)
    return Screen(run_document(run), parts)


def _attempts(rows: Sequence[StaRow]) -> list[Line | Table]:
    if not rows:
        return [Line("the solver has told of no increment yet", Tone.QUIET)]
    last = rows[-ROWS_SHOWN:]
    tones = {number: Tone.WARN for number, row in enumerate(last) if not row.converged}
    return [Table(COLUMNS, [attempt_cells(row) for row in last], tones)]


def attempt_cells(row: StaRow) -> tuple[str, ...]:
    """The row as text; ``U`` behind the attempt: it did not converge."""
    return (
        str(row.step), str(row.increment), f"{row.attempt}{'' if row.converged else 'U'}",
        str(row.iterations) if row.iterations else "-", f"{row.total_time:.5g}",
        f"{row.step_time:.5g}", f"{row.increment_time:.3g}",
    )  # fmt: skip


def _plots(run: Run, width: int) -> list[Line | Table]:
    parts: list[Line | Table] = []
    if any(row.iterations for row in run.rows):
        drawn = column_plot(
            [float(row.iterations) for row in run.rows],
            [not row.converged for row in run.rows],
            width=width,
            height=PLOT_HEIGHT,
        )
        parts += [Line(""), Line("iterations of each attempt (x: did not converge)", Tone.QUIET)]
        parts += [Line(text) for text in drawn]
    elif run.rows:
        steps = [row.increment_time for row in run.rows]
        drawn = column_plot(
            steps, [False] * len(steps), width=width, height=PLOT_HEIGHT, is_log=True
        )
        parts += [Line(""), Line("increments of time", Tone.QUIET), *(Line(text) for text in drawn)]
    if run.residuals:
        plain = [False] * len(run.residuals)
        drawn = column_plot(run.residuals, plain, width=width, height=PLOT_HEIGHT, is_log=True)
        parts += [Line(""), Line("residual of each iteration, in per cent", Tone.QUIET)]
        parts += [Line(text) for text in drawn]
    return parts


def run_document(run: Run) -> dict[str, Any]:
    """As JSON shows it: all attempts and residuals."""
    return {
        "job": run.job,
        "percent": run.percent,
        "attempts": [
            {
                "step": row.step,
                "increment": row.increment,
                "attempt": row.attempt,
                "converged": row.converged,
                "iterations": row.iterations,
                "total_time": row.total_time,
                "step_time": row.step_time,
                "increment_time": row.increment_time,
            }
            for row in run.rows
        ],
        "residuals": list(run.residuals),
    }
