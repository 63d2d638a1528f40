"""Rows of .sta as CalculiX 2.20 writes them, and the percentage made from them."""

import pytest

from wamspool.decks.deck import Step
from wamspool.decks.progress import percent, sta_rows

HEAD = "SUMMARY OF JOB INFORMATION\n  STEP      INC     ATT  ITRS     TOT TIME     STEP TIME      INC TIME\n"
ROWS = """\
     1          1     1     4  0.100000E+01  0.100000E+01  0.100000E+01
     2          1     1U    7  0.100000E+01  0.000000E+00  0.100000E+00
     2          1     2     7  0.125000E+01  0.250000E+00  0.250000E+00
"""


def steps(*periods, last_closed=True):
    return [
        Step(
            number=number, procedure="STATIC", period=period, file="a.inp", line=number,
            closed=last_closed or number < len(periods),
        )
        for number, period in enumerate(periods, 1)
    ]  # fmt: skip


def test_rows_are_read_with_their_cutbacks():
    rows = sta_rows(HEAD + ROWS)
    assert [(r.step, r.increment, r.attempt, r.converged) for r in rows] == [
        (1, 1, 1, True), (2, 1, 1, False), (2, 1, 2, True)
    ]  # fmt: skip
    assert (rows[2].iterations, rows[2].total_time) == (7, 1.25)
    assert (rows[2].step_time, rows[2].increment_time) == (0.25, 0.25)


@pytest.mark.parametrize("cut", range(1, 70))
def test_a_row_counts_only_when_it_is_whole(cut):
    assert len(sta_rows(HEAD + ROWS[:-cut])) == 2


def test_rows_with_windows_line_ends_or_without_room_for_a_number():
    assert len(sta_rows((HEAD + ROWS).replace("\n", "\r\n"))) == 3
    assert sta_rows(ROWS.splitlines()[0].replace("0.100000E+01", "*" * 12) + "\n") == ()


def test_percent_is_the_share_of_the_step_times():
    reached = percent(steps(1.0, 1.0, None, 2.0), sta_rows(ROWS), steps_started=2)
    assert reached.percent == pytest.approx(100 * 1.25 / 4)
    assert (reached.step, reached.steps) == (2, 4)
    assert (reached.increments, reached.cutbacks) == (2, 1)
    assert reached.step_time == 0.25


def test_a_step_reaches_no_more_than_its_period():
    assert (
        percent(steps(0.5), sta_rows(ROWS.splitlines()[0] + "\n"), steps_started=1).percent == 100
    )


def test_before_the_first_row():
    reached = percent(steps(1.0), (), steps_started=1)
    assert (reached.percent, reached.step, reached.step_time) == (0.0, 1, None)
    assert percent(steps(1.0), (), steps_started=0).step == 0


def test_steps_without_periods_have_a_number_only():
    reached = percent(steps(None, None), (), steps_started=2)
    assert (reached.percent, reached.step, reached.steps) == (None, 2, 2)


def test_a_step_that_has_begun_without_rows_has_no_step_time_yet():
    rows = sta_rows(ROWS.splitlines()[0] + "\n")
    assert percent(steps(1.0, 1.0), rows, steps_started=2).step_time is None


def test_a_step_without_its_end_is_not_run():
    rows = sta_rows(ROWS.splitlines()[0] + "\n")
    reached = percent(steps(1.0, 1.0, last_closed=False), rows, steps_started=1)
    assert (reached.percent, reached.steps) == (100.0, 1)
