"""Outcome, node status and journal: read back equal, and newer fields do no harm."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spool_layout.errors import FormatError, TooNew
from spool_layout.records import (
    Evidence,
    JobOnNode,
    JournalEntry,
    NodeStatus,
    OutcomeRecord,
    format_journal_entry,
    format_outcome,
    format_status,
    parse_journal,
    parse_outcome,
    parse_status,
)
from spool_layout.states import Outcome

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LINES = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]), max_size=40)
TUPLES = st.lists(LINES, max_size=3).map(tuple)
COUNTS = st.integers(0, 10**6)
MOMENTS = st.none() | st.integers(-(10**12), 10**13).map(
    lambda thousandths: NOON + timedelta(milliseconds=thousandths)
)
OUTCOMES = st.builds(
    OutcomeRecord,
    job=LINES,
    outcome=st.sampled_from(Outcome),
    reason=LINES,
    sentence=LINES,
    attempt=COUNTS,
    node=st.none() | LINES.filter(bool),
    started=MOMENTS,
    ended=MOMENTS,
    exit_code=st.none() | st.integers(-(2**31), 2**32),
    signal=st.none() | LINES.filter(bool),
    cpu_s=st.none() | st.floats(0, 1e9),
    memory_peak_bytes=st.none() | st.integers(0, 2**62),
    solver_version=LINES,
    by=LINES,
    lines=st.lists(st.builds(Evidence, LINES, st.none() | COUNTS, LINES), max_size=3).map(tuple),
    warnings=TUPLES,
    warning_count=COUNTS,
    results=TUPLES,
    earlier=TUPLES,
)


ANY = st.text(max_size=40) | st.sampled_from(["x" * 5000, "é\x1b[31m" * 900, "a\x00b\r\n"])
MANY = st.lists(ANY, max_size=3).map(tuple) | ANY.map(lambda text: (text,) * 20_000)


@given(
    st.builds(
        OutcomeRecord,
        job=LINES,
        outcome=st.just(Outcome.FAILED),
        reason=ANY,
        sentence=ANY,
        solver_version=ANY,
        by=ANY,
        lines=st.lists(st.builds(Evidence, ANY, COUNTS, ANY)).map(lambda all_: tuple(all_) * 40),
        warnings=MANY,
        results=MANY,
        earlier=MANY,
    )
)
def test_whatever_a_solver_has_said_the_outcome_can_be_read(record):
    read = parse_outcome(format_outcome(record).encode(), source="outcome.yaml")
    assert read.outcome is record.outcome and len(read.sentence) <= len(record.sentence)
    assert bool(read.results) == bool(record.results)


@given(OUTCOMES)
def test_an_outcome_is_read_back_equal(record):
    assert parse_outcome(format_outcome(record), source="outcome.yaml") == record


def test_an_outcome_says_only_what_is_known():
    text = format_outcome(OutcomeRecord("a-k7f3x", Outcome.LOST, "run-lost", "The node went away."))
    assert "node:" not in text and "warnings" not in text and "outcome: lost\n" in text


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("job: a", "outcome: '' is not one of completed, failed"),
        ("outcome: splendid", "'splendid' is not one of"),
        ("outcome: failed\nended: soon", "ended: "),
        ("outcome: failed\nlines: [x]", "lines: must be a list of mappings"),
        ("outcome: failed\nexit_code: x", "exit_code: must be a whole number"),
    ],
)
def test_what_is_no_outcome(text, problem):
    with pytest.raises(FormatError, match=problem):
        parse_outcome(text, source="outcome.yaml")


def test_an_outcome_of_a_newer_format_is_refused():
    with pytest.raises(TooNew):
        parse_outcome("wam: 2\noutcome: splendid", source="outcome.yaml")


TEXTS = st.text(max_size=20)
JOBS = st.builds(
    JobOnNode,
    job=TEXTS,
    generation=COUNTS,
    phase=TEXTS,
    attempt=COUNTS,
    memory_bytes=st.integers(0, 2**60),
    started=st.none() | TEXTS,
    percent=st.none() | st.floats(0, 100),
    step=st.none() | COUNTS,
    note=TEXTS,
)
STATUSES = st.builds(
    NodeStatus,
    node=TEXTS,
    state=st.sampled_from(["up", "draining", "stopped"]),
    every_s=st.floats(0, 100),
    tags=st.lists(TEXTS, max_size=2).map(tuple),
    jobs=st.lists(JOBS, max_size=2).map(tuple),
    problems=st.lists(st.text(st.characters(), max_size=9), max_size=2).map(tuple),
    extra=st.dictionaries(TEXTS.map("later_".__add__), TEXTS | COUNTS, max_size=2),
)


@given(STATUSES)
def test_a_status_is_read_back_equal(status):
    assert parse_status(format_status(status), source="n.json") == status


def test_what_a_newer_node_says_more_is_kept_or_passed_over():
    document = {
        "node": "n",
        "state": "up",
        "mood": 3,
        "jobs": [{"job": "a", "generation": 1, "phase": "solving", "colour": 1}],
    }
    status = parse_status(json.dumps(document).encode(), source="n.json")
    assert status.extra == {"mood": 3}
    assert status.jobs == (JobOnNode("a", 1, "solving"),)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"\x00" * 100,
        b"{}",
        b'{"node": "n"}',
        b'{"node": "n", "state": "up", "jobs": 3}',
        b'{"node": "n", "state": "up", "jobs": [3]}',
        b'{"node": "n", "state": "up", "jobs": [{}]}',
        b'{"node": "n", "state": "up", "jobs": {"a": 1}}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_status_is_a_format_error(text):
    with pytest.raises(FormatError, match=r"n\.json"):
        parse_status(text, source="n.json")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("cpus", '"8"'),
        ("cpus_free", "null"),
        ("tags", '"a"'),
        ("node", "3"),
        ("memory_bytes", "[1]"),
        ("state", "{}"),
    ],
)
def test_a_status_with_values_of_another_kind_is_a_format_error(field, value):
    """It is shown and counted with; one bad file must not end `wam status` for all."""
    text = f'{{"node": "n", "state": "up", "{field}": {value}}}'.encode()
    with pytest.raises(FormatError, match=rf"n\.json: .*{field}"):
        parse_status(text, source="n.json")


@pytest.mark.parametrize("version", ["2", '"1"', "1.5", "null", "[]"])
def test_a_status_of_a_newer_format_is_refused(version):
    with pytest.raises(TooNew):
        parse_status(f'{{"wam": {version}, "node": "n", "state": "up"}}'.encode(), source="n.json")


SAID = st.text(st.characters(), min_size=1, max_size=20)  # half surrogates too, as in file names
ENTRIES = st.builds(JournalEntry, SAID, SAID, SAID, SAID, COUNTS, COUNTS, st.just("") | SAID)


def test_a_journal_entry_leaves_out_what_says_nothing():
    entry = JournalEntry("2026", "claim", "a-k7f3x", "cougar", generation=1)
    assert json.loads(format_journal_entry(entry)) == {
        "time": "2026",
        "event": "claim",
        "job": "a-k7f3x",
        "by": "cougar",
        "generation": 1,
    }


@given(st.lists(ENTRIES))
def test_a_journal_is_read_back_equal(entries):
    text = b"".join(map(format_journal_entry, entries))
    assert parse_journal(text, source="n.jsonl") == tuple(entries)


def test_lines_cut_off_or_foreign_are_passed_over():
    whole = format_journal_entry(JournalEntry("t", "claim", "a", "n"))
    text = whole + b'{"time": "t", "ev\n' + b"\x00\x00\n[1]\n{}\n" + whole + whole[:-9]
    assert len(parse_journal(text, source="n.jsonl")) == 2
