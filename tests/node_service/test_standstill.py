"""What is kept of a run that stands still."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node_service.processes.records import RECORD_SIZE_BYTES
from node_service.standstill import Standstill, format_standstill, parse_standstill

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(
    st.builds(
        Standstill, asked=st.booleans(), by=WORDS, why=WORDS, since=st.just("2026-11-23T01:02:03Z"),
        halted=st.booleans(), stood_s=st.floats(0, 1e9),
    )
)  # fmt: skip
def test_what_is_written_is_read_back(standstill):
    assert parse_standstill(format_standstill(standstill)) == standstill


def test_long_words_are_cut_so_that_the_line_fits_the_record():
    line = format_standstill(
        Standstill(asked=True, by="ö" * 500, why="€" * 500, since="2026-11-23T01:02:03Z")
    )
    assert len(line.encode()) < RECORD_SIZE_BYTES
    assert parse_standstill(line).asked


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"asked": "yes"}', '{"stood_s": "x"}', " " * 9])
def test_what_is_damaged_is_of_a_run_that_runs(text):
    assert parse_standstill(text) == Standstill()


def test_the_reason_is_told_only_while_it_stands():
    assert Standstill(asked=True, by="jo").reason == ""
    asked = Standstill(asked=True, by="jo", why="lunch", since="2026-11-23T01:02:03Z")
    assert asked.reason == "asked by jo: lunch"
    assert Standstill(since="2026-11-23T01:02:03Z").reason == "outside of the node's hours"
