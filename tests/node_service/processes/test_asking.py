"""A program's version is what it prints first."""

from node_service.processes import asking
from node_service.processes.asking import first_line_said


def test_the_first_line_that_says_something():
    assert (
        first_line_said(("/bin/sh", "-c", "echo; echo ' This is 2.20 '; echo more"))
        == "This is 2.20"
    )


def test_what_goes_to_standard_error_counts_too():
    assert first_line_said(("/bin/sh", "-c", "echo oops >&2; exit 3")) == "oops"


def test_a_program_that_is_silent_absent_or_slow_has_no_version(monkeypatch):
    monkeypatch.setattr(asking, "LIMIT_S", 0.05)
    assert first_line_said(("/bin/true",)) == ""
    assert first_line_said(("/nowhere/program",)) == ""
    assert first_line_said(("/bin/sleep", "30")) == ""
