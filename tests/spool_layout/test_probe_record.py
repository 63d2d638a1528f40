"""What was measured, as text: read back equal, with a verdict that follows from the findings."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spool_layout.errors import FormatError, TooNew
from spool_layout.probe_record import Finding, Mark, ProbeRecord, format_probe, parse_probe

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LINES = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]), max_size=40)
NAMES = st.text("abcdefgh_", min_size=1, max_size=8)
FIGURES = st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.floats(-1e6, 1e6) | LINES
FINDINGS = st.builds(
    Finding, NAMES, st.sampled_from(Mark), LINES, LINES, st.dictionaries(NAMES, FIGURES, max_size=4)
)


def record(*findings, **more):
    return ProbeRecord("cougar", NOON, "0.1.0", "/srv/spool", tuple(findings), **more)


@given(st.lists(FINDINGS, max_size=4), st.dictionaries(NAMES, st.booleans(), max_size=3), NAMES)
def test_a_record_is_read_back_equal(findings, traits, partner):
    made = record(*findings, traits=traits, partner=partner)
    assert parse_probe(format_probe(made), source="c.yaml") == made


@pytest.mark.parametrize(
    ("marks", "verdict"),
    [
        ([], Mark.OK),
        ([Mark.OK, Mark.UNKNOWN], Mark.OK),
        ([Mark.LIMITED, Mark.OK], Mark.LIMITED),
        ([Mark.LIMITED, Mark.FAILED, Mark.OK], Mark.FAILED),
    ],
)
def test_the_worst_finding_is_the_verdict(marks, verdict):
    assert record(*(Finding("x", mark, "said") for mark in marks)).verdict is verdict


def test_a_mark_of_a_later_version_is_unknown():
    text = format_probe(record(Finding("x", Mark.OK, "said"))).replace("mark: ok", "mark: superb")
    assert parse_probe(text, source="c.yaml").findings[0].mark is Mark.UNKNOWN


@pytest.mark.parametrize("text", ["findings: 3", "at: soon", "findings: [{figures: {a: [1]}}]"])
def test_what_is_no_record(text):
    with pytest.raises(FormatError, match=r"c\.yaml"):
        parse_probe(text, source="c.yaml")


def test_a_record_of_a_newer_format_is_refused():
    with pytest.raises(TooNew):
        parse_probe("wam: 2", source="c.yaml")
