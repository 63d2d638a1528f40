"""The table of states is whole: every state is reached and left, every event has its folders."""

import re

import pytest

from spool_layout import folders, states
from spool_layout.states import FOLDERS, MOVES, TABLE, Actor, Event, Outcome, State, permits

ENDS = {State.DONE, State.REJECTED}
SAME_FOLDER = {Event.ADOPT, Event.REORDER, Event.REORDER_HELD}  # the name changes
BEGINNINGS = {State.DROPPED}  # a file that somebody copies into incoming/


def test_each_event_stands_in_the_table_once():
    assert [move.event for move in TABLE] == list(Event)
    assert set(MOVES) == set(Event)


def test_each_state_has_a_folder_of_the_spool():
    assert set(FOLDERS) == set(State)
    assert set(FOLDERS.values()) <= set(folders.ALL)


def test_each_state_is_reached_and_each_but_the_ends_is_left():
    reached = {move.target for move in TABLE}
    left = {source for move in TABLE for source in move.sources}
    assert reached == set(State) - BEGINNINGS
    assert left == set(State) - ENDS


def test_every_job_can_end():
    ending = set(ENDS)
    for _ in State:
        ending |= {source for move in TABLE if move.target in ending for source in move.sources}
    assert ending == set(State)


def test_an_event_moves_a_ticket_between_two_folders():
    for move in TABLE:
        for source in move.sources:
            same = FOLDERS[source] == FOLDERS[move.target]
            assert not same or move.event in SAME_FOLDER, move


def test_whatever_two_can_want_has_a_door():
    """Without a door: what only the owner of the claim can do, and what is not there before."""
    for move in TABLE:
        if not move.door:
            assert move.actor is Actor.OWNING_NODE or not move.sources, move


@pytest.mark.parametrize("event", list(Event))
@pytest.mark.parametrize("state", [None, *State])
def test_permits_is_the_table(event, state):
    sources = MOVES[event].sources
    assert permits(event, state) == (state in sources or (state is None and event is Event.SUBMIT))


def test_the_page_shows_every_row_state_and_outcome():
    page = states.as_markdown()
    for move in TABLE:
        row = rf"^\| {move.event} \| .* \| {move.target} \| {move.actor} \| (yes|-) \|.*\|$"
        assert re.search(row, page, re.MULTILINE), move
    for state in State:
        assert f"| {state} | `{FOLDERS[state]}/` |" in page
    assert all(outcome in page for outcome in Outcome)
    assert page.endswith("\n") and "\n\n\n" not in page


def test_the_diagram_has_an_arrow_for_each_way():
    diagram = states.as_mermaid().splitlines()
    arrows = [line.strip() for line in diagram if "-->" in line]
    assert len(arrows) == sum(max(1, len(move.sources)) for move in TABLE) + 1
    assert "[*] --> queued: submit" in arrows and "running --> done: finish" in arrows
    assert diagram[:2] == ["```mermaid", "stateDiagram-v2"] and diagram[-1] == "```"
