"""The screen of one run, at several widths."""

import io

from rich.console import Console

from client_tools.views.run import Run, run_screen
from client_tools.views.table import TerminalOutput
from wamspool.decks.progress import StaRow


def row(number, *, converged=True, iterations=3):
    return StaRow(
        step=1, increment=number, attempt=1, converged=converged, iterations=iterations,
        total_time=number / 100, step_time=number / 100, increment_time=0.01,
    )  # fmt: skip


def shown(run, width):
    text = io.StringIO()
    console = Console(width=width, file=text, no_color=True, highlight=False, markup=False)
    TerminalOutput(console).show(run_screen(run, width=width))
    return [line.rstrip() for line in text.getvalue().splitlines()]


def run(rows, residuals=(), percent=62.0):
    return Run("press-aaaaa", "runs on cougar", percent, ", step 1 of 2", tuple(rows), residuals)


def test_the_last_attempts_and_how_they_went():
    rows = [row(number, iterations=number % 5 + 1) for number in range(1, 200)]
    rows[-2] = row(198, converged=False, iterations=16)
    for width in (80, 160):
        lines = shown(run(rows, (10.0, 1.0, 0.1)), width)
        assert max(map(len, lines)) <= width
        assert lines[0] == "press-aaaaa  runs on cougar"
        assert lines[1].endswith(" 62 %, step 1 of 2")
        assert any(line.split()[:4] == ["1", "198", "1U", "16"] for line in lines)
        assert not any(line.split()[:2] == ["1", "189"] for line in lines)
        assert any("x" in line and line.lstrip().startswith("16 |") for line in lines)
        assert "residual of each iteration, in per cent" in lines


def test_before_the_first_increment():
    lines = shown(run((), percent=None), 80)
    assert lines == [
        "press-aaaaa  runs on cougar", "step 1 of 2", "",
        "the solver has told of no increment yet",
    ]  # fmt: skip


def test_a_run_without_iterations_shows_its_increments():
    lines = shown(run([row(1, iterations=0), row(2, iterations=0)]), 80)
    assert "increments of time" in lines
    assert any(line.split()[:4] == ["1", "2", "1", "-"] for line in lines)


def test_how_far_it_is_stays_on_one_line():
    long = ", step 1 of 12, 1023 increments, 17 cutbacks, ~2 h 10 min left"
    made = Run("press-aaaaa", "runs on cougar", 12.0, long, (), ())
    assert max(map(len, shown(made, 80))) <= 80
