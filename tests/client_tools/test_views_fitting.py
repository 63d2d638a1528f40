"""Screens in the height of a terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client_tools.views.fitting import fitted
from client_tools.views.plain import PlainOutput
from client_tools.views.screen import Column, Line, Screen, Table


def table(rows, *, least=2, beyond=0, name="job"):
    cells = [(f"{name}-{number}",) for number in range(rows)]
    return Table((Column(name),), cells, beyond=beyond, see="wam queue", rows_least=least)


def shown(screen, capsys):
    PlainOutput().show(screen)
    return capsys.readouterr().out.splitlines()


def test_the_last_table_is_shortened_first_and_says_so(capsys):
    parts = [table(3, name="node"), Line(""), table(20), Line("held: x")]
    lines = shown(fitted(Screen({}, parts), width=80, height=12), capsys)
    assert len(lines) == 12
    assert lines[:4] == ["node", "node-0", "node-1", "node-2"]
    assert lines[5:] == [
        "job", "job-0", "job-1", "job-2", "job-3", "... and 16 more (wam queue)", "held: x",
    ]  # fmt: skip


def test_what_was_left_out_before_counts_too(capsys):
    lines = shown(fitted(Screen({}, [table(20, beyond=7)]), width=80, height=6), capsys)
    assert lines == ["job", "job-0", "job-1", "job-2", "job-3", "... and 23 more (wam queue)"]


def test_then_the_tables_above_it_and_none_below_its_least(capsys):
    parts = [table(9, name="node"), table(9)]
    lines = shown(fitted(Screen({}, parts), width=80, height=10), capsys)
    assert lines == [
        "node", "node-0", "node-1", "node-2", "node-3", "... and 5 more (wam queue)",
        "job", "job-0", "job-1", "... and 7 more (wam queue)",
    ]  # fmt: skip
    assert len(shown(fitted(Screen({}, parts), width=80, height=3), capsys)) == 8


@pytest.mark.parametrize("height", [10, 11, 40])
def test_what_fits_stays_as_it_is(height):
    screen = Screen({}, [Line("one"), table(8)])
    assert fitted(screen, width=80, height=height) == screen


def test_a_table_that_may_not_be_cut_is_not():
    screen = Screen({}, [Table((Column("pool"),), [("abaqus",)] * 5)])
    assert fitted(screen, width=80, height=3) == screen


def test_a_line_that_folds_takes_more_than_one(capsys):
    parts = [Line("word " * 8), table(9)]
    lines = shown(fitted(Screen({}, parts), width=20, height=8), capsys)
    assert len(lines) == 1 + 6  # the first is folded into two by the terminal


@given(
    tables=st.lists(
        st.tuples(st.integers(0, 30), st.integers(0, 5), st.integers(0, 9)), max_size=4
    ),
    height=st.integers(1, 60),
)
def test_it_fits_or_nothing_more_can_be_spared(tables, height):
    parts = [table(rows, least=least, beyond=beyond) for rows, least, beyond in tables]
    after = fitted(Screen({}, parts), width=80, height=height).parts
    lines = sum(1 + len(part.rows) + bool(part.beyond) for part in after)
    for before, part in zip(parts, after, strict=True):
        assert len(part.rows) + part.beyond == len(before.rows) + before.beyond
        assert len(part.rows) >= min(len(before.rows), before.rows_least)
        if lines > height:
            spared = len(part.rows) - before.rows_least
            assert spared <= (0 if part.beyond else 1)
