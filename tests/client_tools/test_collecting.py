"""The table of a batch's results."""

import csv
import json

import pytest

from spool_layout.names import marked_suffix
from spool_layout.states import Outcome
from spool_layout.ticket import Draft, format_ticket

HOT, COLD, LATE = (f"{stem}-{marked_suffix('aaaaa', 'study')}" for stem in ("hot", "cold", "late"))
DAT = b" displacements\n\n  1 -1.5D+00\n  2 2.5E-01\n  3 none\n  4 7.0E-02\n"


@pytest.fixture
def study(spool, made):
    for job, kelvin, outcome in ((HOT, "300", Outcome.COMPLETED), (COLD, "20", Outcome.FAILED)):
        folder = made.done(spool, job, outcome, {"bracket.dat": DAT})
        draft = Draft("bracket.inp", solver="calculix", batch="study", parameters={"T": kelvin})
        text = format_ticket(made.a_ticket(job, draft)).encode()
        spool.share.replace(f"{folder}/ticket.yaml", text)


def _taken(wam, take):
    rows = json.loads(wam("collect", HOT, "--take", take, "--json").out)["rows"]
    return rows[0]["taken"]["u"]


@pytest.mark.parametrize(
    ("take", "value"),
    [
        (r"u=*.dat:^ +\d (\S+)$", "7.0E-02"),
        (r"u=first:*.dat:^ +\d (\S+)$", "-1.5E+00"),
        (r"u=max:*.dat:^ +\d (\S+)$", "2.5E-01"),
        (r"u=min:*.dat:^ +\d (\S+)$", "-1.5E+00"),
        (r"u=*.dat:displ\w+", "displacements"),
        (r"u=*.sta:.*", None),
        (r"u=*.dat:nothing", None),
    ],
)
def test_a_column_is_taken_from_a_result(wam, study, take, value):
    assert _taken(wam, take) == value


def test_the_table_is_written_as_csv_and_not_over_another(wam, study, tmp_path):
    file = tmp_path / "table.csv"
    take = r"u=max:*.dat:^ +\d (\S+)$"
    run = wam("collect", "@study", "--csv", file, "--take", take)
    assert (run.code, run.out) == (0, f"2 jobs written to {file}\n")
    header, cold, hot = csv.reader(file.read_text().splitlines())
    assert header == "job T outcome reason node started ended run_s cpu_s u".split()
    assert cold[:4] == [COLD, "20", "failed", "deck_error"]
    assert hot == [HOT, "300", "completed", "", "cougar", "2026-11-23T08:30:00.000Z",
                   "2026-11-23T08:34:05.000Z", "245", "12.5", "2.5E-01"]  # fmt: skip
    assert wam("collect", "@study", "--csv", file).code == 62
    assert wam("collect", "@study", "--csv", file, "--force").code == 0


def test_what_is_not_done_is_a_row_too_and_the_answer_is_no(wam, spool, study, made):
    made.job(spool, LATE, batch="study")
    run = wam("collect", "@study")
    assert run.code == 1
    assert "3 jobs; 1 not done yet" in run.out
    late = next(line for line in run.out.splitlines() if line.startswith(LATE))
    assert late.split()[1:3] == ["-", "queued"]


@pytest.mark.parametrize(
    ("take", "text"),
    [
        ("u", "'u' is not NAME=FILE:REGEX"),
        ("u=*.dat", "is not NAME=FILE:REGEX"),
        ("u=*.dat:(", "'(' is no regular expression"),
        ("job=*.dat:x", "there are two columns 'job'"),
    ],
)
def test_takes_that_are_none(wam, spool, take, text):
    run = wam("collect", "x", "--take", take)
    assert run.code == 2
    assert text in run.err
