"""Licence pools of spool.yaml: totals, what others use, and what is left to people by hours."""

from datetime import UTC, datetime

import pytest

from spool_layout.errors import FormatError
from spool_layout.pool import Pool, Reserve
from spool_layout.settings import parse_settings
from spool_layout.windows import parse_window

OFFICE = Reserve(tokens=8, when=(parse_window("mon-fri 08:00-18:00"),))
MONDAY_NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SUNDAY_NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def pools(text):
    return parse_settings(f"spool_id: a\npools:\n  abaqus: {text}\n").pools


def test_a_pool_is_read():
    text = '{tokens: 20, outside: 2, reserve: [{tokens: 8, when: "mon-fri 08:00-18:00"}]}'
    assert pools(text) == {"abaqus": Pool(20, outside=2, reserve=(OFFICE,))}
    assert pools("{tokens: 20}") == {"abaqus": Pool(20)}


def test_a_reserve_may_have_several_windows_or_none():
    text = '{tokens: 20, reserve: [{tokens: 3}, {tokens: 2, when: ["mon,tue 8:00-9:00", "sat"]}]}'
    always, some = pools(text)["abaqus"].reserve
    assert always.holds(SUNDAY_NOON) and len(some.when) == 2
    assert not some.holds(SUNDAY_NOON)


def test_the_room_is_what_people_and_others_leave():
    pool = Pool(20, outside=2, reserve=(OFFICE,))
    assert pool.room(SUNDAY_NOON) == 18
    assert pool.room(MONDAY_NOON) == 10
    assert pool.next_change(MONDAY_NOON) == MONDAY_NOON.replace(hour=18)
    assert Pool(20).next_change(MONDAY_NOON) is None


@pytest.mark.parametrize(("seen", "room"), [(0, 10), (10, 10), (11, 9), (20, 0), (30, 0)])
def test_what_others_are_seen_to_use_comes_out_of_what_is_kept_anyhow(seen, room):
    assert Pool(20, outside=2, reserve=(OFFICE,)).room(MONDAY_NOON, seen_outside=seen) == room


def test_the_most_is_that_of_the_best_hour():
    late = Reserve(tokens=15, when=(parse_window("18:00-08:00"), parse_window("sat,sun")))
    assert Pool(20, outside=1, reserve=(OFFICE, late)).most() == 11
    assert Pool(20, reserve=(Reserve(tokens=5),)).most() == 15
    assert Pool(20).most() == 20


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{}", "says no 'tokens'"),
        ("{tokens: 5, outside: 6}", "pools.abaqus.outside: must be 0 to 5"),
        ("{tokens: 5, outside: 5}", "pools.abaqus.outside: leaves nothing"),
        ("{tokens: 5, reserve: 2}", "must be a list of mappings"),
        ("{tokens: 5, reserve: [{tokens: 5}]}", "pools.abaqus.reserve: leaves nothing"),
        ("{tokens: 5, reserve: [{when: sat}]}", r"reserve\[0\].tokens: is missing"),
        ("{tokens: 5, reserve: [{tokens: 1, when: 8-18}]}", "write it as 'mon-fri"),
        ("{tokens: 5, reserve: [{tokens: 1, hours: sat}]}", "hours: is not a field"),
        ("{tokens: 5, command: lmstat}", "command: is not a field"),
    ],
)
def test_a_mistake_is_named_with_its_line(text, problem):
    with pytest.raises(FormatError, match=problem) as caught:
        pools(text)
    assert caught.value.line == 3


def test_a_name_that_cannot_stand_in_a_ticket_s_is_refused():
    with pytest.raises(FormatError, match="cannot be the name of a licence pool"):
        parse_settings("spool_id: a\npools:\n  My Pool: {tokens: 2}\n")
