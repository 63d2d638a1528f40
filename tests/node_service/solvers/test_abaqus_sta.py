"""Status files of both products: rows, progress, the last line."""

import pytest

from node_service.solvers.abaqus import AbaqusSolver
from node_service.solvers.abaqus_sta import Closing, closing, find_short_step
from tests.node_service.solvers.conftest import JOB, deck_step
from wamspool.decks.abaqus_sta import parse_rows

STANDARD = """\
Abaqus/Standard 2099.HF1                  DATE 01-Jan-2099 TIME 12:00:00
 SUMMARY OF JOB INFORMATION:
 STEP  INC ATT SEVERE EQUIL TOTAL  TOTAL      STEP       INC OF       DOF    IF
               DISCON ITERS ITERS  TIME/    TIME/LPF    TIME/LPF    MONITOR RIKS
               ITERS               FREQ
   1     1   1     3     3     6  0.500      0.500      0.5000
   1     2  1U     5     1     6  0.500      0.500      0.5000
   1     2   2     0     2     2  1.00       1.00       0.5000     -1.25e-03
   2     1   1     0     1     1  1.75       0.750      0.7500                   R
"""
EXPLICIT = """\
Abaqus/Explicit 2099.HF1

              STEP     TOTAL       CPU      STABLE    CRITICAL    KINETIC       TOTAL
 INCREMENT    TIME      TIME      TIME   INCREMENT     ELEMENT     ENERGY      ENERGY
 STEP 1  ORIGIN 0.0000
         0  0.000E+00 0.000E+00  00:00:00 1.819E-06         1   0.000E+00   0.000E+00
ODB Field Frame Number      0 of      4 requested intervals at increment zero.
      5500  1.000E-02 1.000E-02  00:00:02 1.819E-06        17   1.200E+01  -3.000E-04
 STEP 2  ORIGIN 0.10000E-01
      6050  5.000E-03 1.500E-02  01:10:03 1.819E-06        17   1.200E+01  -3.000E-04
"""


@pytest.fixture
def progress(tmp_path):
    def tell(text, *periods):
        (tmp_path / f"{JOB}.sta").write_text(text)
        steps = tuple(deck_step(n, period=p) for n, p in enumerate(periods, start=1))
        return AbaqusSolver().progress(tmp_path, JOB, steps)

    return tell


def test_rows_of_standard():
    found = parse_rows(STANDARD)
    assert not found.explicit
    shown = [(r.step, r.increment, r.attempt, r.converged, r.step_time) for r in found.rows]
    assert shown == [
        (1, 1, 1, True, 0.5),
        (1, 2, 1, False, 0.5),
        (1, 2, 2, True, 1.0),
        (2, 1, 1, True, 0.75),
    ]


def test_rows_of_explicit():
    found = parse_rows(EXPLICIT)
    assert found.explicit
    assert [(r.step, r.increment, r.step_time) for r in found.rows] == [
        (1, 0, 0.0),
        (1, 5500, 0.01),
        (2, 6050, 0.005),
    ]


def test_progress_of_standard_with_its_cutbacks(progress):
    told = progress(STANDARD, 1.0, 3.0)
    assert told.percent == pytest.approx(100 * 1.75 / 4)
    assert (told.step, told.steps, told.increments, told.cutbacks) == (2, 2, 3, 1)
    assert told.step_time == 0.75


def test_progress_of_explicit_shows_the_increments_number(progress):
    told = progress(EXPLICIT, 0.01, 0.01)
    assert told.percent == pytest.approx(75.0)
    assert (told.step, told.increments, told.cutbacks) == (2, 6050, 0)


def test_progress_before_the_first_row_is_nought(progress):
    assert progress(STANDARD.partition("   1")[0], 1.0).percent == 0.0


def test_progress_without_times_has_no_percentage(progress):
    told = progress(STANDARD, None, None)
    assert (told.percent, told.step, told.steps) == (None, 2, 2)


def test_a_row_that_is_being_written_does_not_count(progress):
    assert progress(STANDARD[:-1], 1.0, 3.0).percent == pytest.approx(25.0)


def test_stars_where_a_number_has_no_room_are_passed_over():
    assert len(parse_rows(STANDARD.replace("1.75  ", "******")).rows) == 3


@pytest.mark.parametrize(("periods", "percent"), [((1.0, 3.0), 43.75), ((1.0,), None)])
def test_a_continued_job_counts_from_its_first_step(progress, periods, percent):
    text = STANDARD.replace("\n   2 ", "\n   6 ").replace("\n   1 ", "\n   5 ")
    assert progress(text, *periods).percent == percent


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (STANDARD + "\n THE ANALYSIS HAS COMPLETED SUCCESSFULLY\n", Closing.COMPLETED),
        (EXPLICIT + "\n  THE ANALYSIS HAS COMPLETED SUCCESSFULLY\n\n\n", Closing.COMPLETED),
        (STANDARD + "\n THE ANALYSIS HAS NOT BEEN COMPLETED\n", Closing.NOT_COMPLETED),
        (" THE ANALYSIS HAS COMPLETED SUCCESSFULLY\n" + STANDARD, Closing.NONE),
        (STANDARD, Closing.NONE),
        ("", Closing.NONE),
    ],
)
def test_only_the_last_line_closes(tmp_path, text, said):
    (tmp_path / "a.sta").write_text(text)
    assert closing(tmp_path / "a.sta") is said
    assert closing(tmp_path / "b.sta") is Closing.NONE


@pytest.mark.parametrize(
    ("periods", "short"),
    [
        ((1.0, 0.75), None),
        ((1.001, 0.7519), None),  # written with three digits
        ((1.0, 3.0), "step 2 ended at the time 0.75 of 3"),
        ((1.0, None), None),
        ((1.0, 0.75, 1.0), None),  # no row at all: some procedures write none
    ],
)
def test_a_step_that_ended_before_its_time(periods, short):
    steps = tuple(deck_step(n, period=p) for n, p in enumerate(periods, start=1))
    assert find_short_step(parse_rows(STANDARD), steps) == short


def test_a_perturbation_step_has_no_time_to_reach():
    found = parse_rows(STANDARD.replace("0.750 ", "1e-36 "))
    assert find_short_step(found, (deck_step(), deck_step(2))) is None


def test_a_continued_job_is_not_measured_by_the_decks_steps():
    found = parse_rows(STANDARD.replace("\n   2 ", "\n   6 ").replace("\n   1 ", "\n   5 "))
    assert find_short_step(found, (deck_step(period=9.0),)) is None
