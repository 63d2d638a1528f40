"""What letters say, as people read it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from node_service.mail.wording import (
    digest_lines,
    digest_subject,
    end_lines,
    lost_lines,
    start_lines,
    waiting_lines,
)
from spool_layout.records import Evidence, OutcomeRecord
from spool_layout.states import Outcome
from tests.clocks import START
from tests.spools import JOB, ticket_for

TICKET = ticket_for(email="jo@example.com", note="mesh study 3")
FAILED = OutcomeRecord(
    job=JOB,
    outcome=Outcome.FAILED,
    reason="no-convergence",
    sentence="The solver gave up in step 2.",
    attempt=1,
    node="cougar",
    started=START,
    ended=START + timedelta(minutes=12),
    lines=(Evidence("solver.out", 12, "*ERROR: too many cutbacks"), Evidence("b.sta", None, "x")),
    warnings=("negative jacobian",),
)


def read(outcome=FAILED, tails=()):
    return list(end_lines(TICKET, outcome, results="//s/w/done/x", tails=tails))


def test_an_end_as_people_read_it():
    tails = (Evidence("b.msg", None, "one"), Evidence("b.msg", None, "two"))
    assert read(tails=(*tails, Evidence("b.sta", None, "three"))) == [
        f"{JOB} failed: The solver gave up in step 2.",
        "",
        "    solver.out:12  *ERROR: too many cutbacks",
        "    b.sta  x",
        "  warning: negative jacobian",
        "",
        "The last lines of b.msg:",
        "    one",
        "    two",
        "",
        "The last lines of b.sta:",
        "    three",
        "",
        "deck       bracket.inp",
        "note       mesh study 3",
        "submitted  2026-11-22 09:30:00 UTC",
        "node       cougar, attempt 1",
        "reason     no-convergence",
        "started    2026-11-22 09:30:00 UTC",
        "ended      2026-11-22 09:42:00 UTC, after 12 min 00 s",
        "results    //s/w/done/x",
        "",
        "To fetch the files:",
        f"wam get {JOB}",
    ]


@pytest.mark.parametrize("outcome", [o for o in Outcome if o is not Outcome.REJECTED])
def test_each_outcome_is_said_first_and_the_command_last(outcome):
    lines = read(OutcomeRecord(job=JOB, outcome=outcome, reason="why", sentence=""))
    assert lines[0] == f"{JOB} {outcome}: why"
    assert lines[-1] == f"wam get {JOB}"


def test_long_outputs_are_cut():
    lines = tuple(Evidence("solver.out", n, "x") for n in range(1, 51))
    assert "    ... and 30 lines more" in read(replace(FAILED, lines=lines))


def test_a_start_a_loss_and_a_long_wait_name_the_command_that_helps():
    waited = timedelta(hours=5)
    start = list(start_lines(TICKET, node="cougar", attempt=2, waited=waited))
    assert start[0] == f"{JOB} runs on cougar, after 5 h 00 min of waiting"
    assert start[-1] == f"wam log -f {JOB}"
    lost = list(lost_lines(TICKET, node="puma", why="puma has been silent for 90 s"))
    assert "was lost on puma (puma has been silent for 90 s)" in lost[0]
    late = list(waiting_lines(TICKET, waited=waited))
    assert late[0] == f"{JOB} has been waiting for 5 h 00 min"
    assert late[-1] == lost[-1] == f"wam show {JOB}"


def test_a_digest_counts_and_puts_first_what_did_not_complete():
    good = [replace(FAILED, job=f"good{n}-aaaaa", outcome=Outcome.COMPLETED) for n in range(3)]
    records = [*good, FAILED]
    assert digest_subject("study", records) == "study: 3 completed, 1 failed"
    lines = list(digest_lines("study", records))
    assert lines[0].startswith("All 4 jobs of the batch have ended.")
    assert lines[2].startswith(f"{JOB}  failed: The solver gave up")
    assert lines[-4:] == [f"wam get {JOB}", *(f"wam get good{n}-aaaaa" for n in range(3))]
