"""The letter: what people read, and that nothing of a job becomes a header."""

from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node_service.mail.letter import LINE_LENGTH_MAX, compose
from spool_layout.mail import MailSettings
from spool_layout.records import Evidence, OutcomeRecord
from spool_layout.states import Outcome
from tests.clocks import START
from tests.spools import JOB, ticket_for

SETTINGS = MailSettings(host="mail.example.com", port=25, sender="wam@example.com")
TICKET = ticket_for(email="jo@example.com, ann@example.com", note="mesh study 3")
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
HEADERS = {
    "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version",
    "Content-Type", "Content-Transfer-Encoding",
}  # fmt: skip


def read(ticket=TICKET, outcome=FAILED):
    text = compose(
        SETTINGS, ticket, outcome, mark=f"{JOB}.g1.abc", results="//s/w/done/x", written=START
    )
    return message_from_bytes(text, policy=policy.default)


def test_the_letter_as_people_read_it():
    message = read()
    assert message["Subject"] == f"[WAM] {JOB} failed"
    assert message["To"] == "jo@example.com, ann@example.com"
    assert message["From"] == "WAM <wam@example.com>"
    assert message["Message-ID"] == f"<{JOB}.g1.abc@example.com>"
    assert message.get_content().splitlines() == [
        f"{JOB} failed: The solver gave up in step 2.",
        "",
        "    solver.out:12  *ERROR: too many cutbacks",
        "    b.sta  x",
        "  warning: negative jacobian",
        "",
        "deck       bracket.inp",
        "note       mesh study 3",
        "node       cougar, attempt 1",
        "submitted  2026-11-22 09:30:00 UTC",
        "started    2026-11-22 09:30:00 UTC",
        "ended      2026-11-22 09:42:00 UTC, after 12 min 00 s",
        "results    //s/w/done/x",
        "",
        "To fetch the files:",
        f"wam get {JOB}",
    ]


@pytest.mark.parametrize("outcome", [o for o in Outcome if o is not Outcome.REJECTED])
def test_each_outcome_stands_in_the_subject_and_the_command_in_the_last_line(outcome):
    message = read(outcome=OutcomeRecord(job=JOB, outcome=outcome, reason="why", sentence=""))
    assert message["Subject"] == f"[WAM] {JOB} {outcome}"
    assert message.get_content().splitlines()[0] == f"{JOB} {outcome}: why"
    assert message.get_content().splitlines()[-1] == f"wam get {JOB}"


def test_long_outputs_are_cut():
    lines = tuple(Evidence("solver.out", n, "x" * 4000) for n in range(1, 51))
    text = read(outcome=replace(FAILED, lines=lines)).get_content()
    assert "... and 30 lines more" in text
    assert max(map(len, text.splitlines())) <= LINE_LENGTH_MAX


@given(st.text(), st.text(), st.text())
def test_nothing_that_a_job_says_becomes_a_header_or_a_line_of_its_own(note, said, sentence):
    ticket = replace(TICKET, draft=replace(TICKET.draft, note=note, input=said))
    lines = (Evidence(f"{said}\r\nBcc: all@example.com", 1, f"{said}\r\n.\r\nMAIL FROM:<x>"),)
    message = read(ticket, replace(FAILED, lines=lines, sentence=sentence, warnings=(said,)))
    assert set(message.keys()) == HEADERS
    assert message["To"] == "jo@example.com, ann@example.com"
    assert len(message.get_content().splitlines()) == 16 - (not note) - 1


@pytest.mark.parametrize("email", ["jo", "jo@example.com\r\nBcc: all@example.com"])
def test_a_ticket_from_before_addresses_were_judged_gets_no_letter(email):
    with pytest.raises(ValueError):
        read(replace(TICKET, draft=replace(TICKET.draft, email=email)))
