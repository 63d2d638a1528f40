"""A program's version is what it prints first."""

import sys

from node_service.processes import asking
from node_service.processes.asking import all_said, first_line_said


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


def test_all_that_a_command_says_is_told_or_why_there_is_nothing():
    script = "import sys; print('one'); print('two', file=sys.stderr)"
    said = all_said((sys.executable, "-c", script), 30.0)
    assert said.problem == "" and set(said.text.split()) == {"one", "two"}
    assert "ended with 3" in all_said((sys.executable, "-c", "exit(3)"), 30.0).problem
    assert "cannot be started" in all_said(("/no/such/program",), 30.0).problem
    waiting = (sys.executable, "-c", "import time; time.sleep(60)")
    assert "took longer than 0.2 s" in all_said(waiting, 0.2).problem
