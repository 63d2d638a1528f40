"""The letter: nothing of a job becomes a header."""

from email import message_from_bytes, policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node_service.mail.letter import LINE_LENGTH_MAX, Letter, compose
from tests.clocks import START
from tests.spools import JOB

HEADERS = {
    "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version",
    "Content-Type", "Content-Transfer-Encoding",
}  # fmt: skip


def read(*lines, to=("jo@example.com", "ann@example.com")):
    letter = Letter(subject=f"{JOB} failed", lines=lines, mark=f"{JOB}.g1.abc", written=START)
    text = compose(letter, sender="wam@example.com", to=to)
    return message_from_bytes(text, policy=policy.default)


def test_the_headers():
    message = read("one", "two")
    assert message["Subject"] == f"[WAM] {JOB} failed"
    assert message["To"] == "jo@example.com, ann@example.com"
    assert message["From"] == "WAM <wam@example.com>"
    assert message["Message-ID"] == f"<{JOB}.g1.abc@example.com>"
    assert message.get_content().splitlines() == ["one", "two"]
    assert read("one", to=())["To"] is None


def test_long_lines_are_cut():
    assert max(map(len, read("x" * 4000).get_content().splitlines())) <= LINE_LENGTH_MAX


@given(st.text(), st.text())
def test_nothing_that_a_job_says_becomes_a_header_or_a_line_of_its_own(said, more):
    message = read(said, f"{more}\r\nBcc: all@example.com", f"{said}\r\n.\r\nMAIL FROM:<x>")
    assert set(message.keys()) == HEADERS
    assert message["To"] == "jo@example.com, ann@example.com"
    assert message.get_content().count("\n") == 3


def test_an_address_that_is_none_is_refused():
    with pytest.raises(ValueError):
        read("x", to=["jo@example.com\r\nBcc: all@example.com"])
