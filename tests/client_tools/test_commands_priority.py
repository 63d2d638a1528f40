"""``wam priority``: another place in the queue, by another name of the ticket."""

import json

import pytest

from spool_layout.states import State
from wamspool.find import find_job


@pytest.mark.parametrize("state", [State.QUEUED, State.HELD])
@pytest.mark.parametrize(("word", "digit"), [("high", 2), ("0", 0), ("low", 8)])
def test_the_ticket_takes_another_name_and_stays_what_it_is(wam, spool, made, state, word, digit):
    place = made.job(spool, "bracket-aaaaa", state)
    content = spool.share.read(place.path)
    run = wam("priority", "bracket", word)
    assert run.code == 0 and run.out == f"bracket-aaaaa has the priority {word} now\n"
    found = find_job(spool, "bracket-aaaaa")
    assert found.state is state
    assert (found.place.name.priority, found.place.name.stamp) == (digit, place.name.stamp)
    assert spool.share.read(found.place.path) == content


def test_what_it_has_already_is_said(wam, spool, made):
    place = made.job(spool, "bracket-aaaaa")
    run = wam("priority", "bracket", "normal")
    assert run.code == 0 and run.out == "bracket-aaaaa has the priority normal already\n"
    assert find_job(spool, "bracket-aaaaa").place == place


def test_the_document_tells_the_new_one_and_the_journal_who(wam, spool, made):
    made.job(spool, "bracket-aaaaa")
    assert json.loads(wam("priority", "bracket", "1", "--json").out)["jobs"][0]["priority"] == 1
    (month,) = spool.share.list("journal")
    said = json.loads(spool.share.read(f"journal/{month.name}/user-jo-desk.jsonl"))
    assert (said["event"], said["detail"]) == ("reorder", "priority 1")


def test_it_keeps_it_through_hold_and_release(wam, spool, made):
    made.job(spool, "bracket-aaaaa")
    for words in (("priority", "bracket", "high"), ("hold", "bracket"), ("release", "bracket")):
        assert wam(*words).code == 0
    assert find_job(spool, "bracket-aaaaa").place.name.priority == 2


@pytest.mark.parametrize("word", ["urgent", "10", "-1", ""])
def test_what_is_no_priority_changes_nothing(wam, spool, made, word):
    made.job(spool, "bracket-aaaaa")
    run = wam("priority", "bracket", word)
    assert run.code == 2
    assert find_job(spool, "bracket-aaaaa").place.name.generation == 0


def test_one_that_runs_has_no_place_in_the_queue(wam, spool, made):
    made.job(spool, "bracket-aaaaa", State.RUNNING, node="cougar", generation=1)
    run = wam("priority", "bracket", "high")
    assert run.code == 63 and "The priority matters only while a job waits." in run.err


def test_anothers_is_refused_by_the_commands_own_name(wam, spool, made, owned):
    made.job(spool, "bracket-aaaaa")
    owned.default, owned.owners = "S-1-7-1", {"wam-who": "S-1-7-2"}
    run = wam("priority", "bracket", "high")
    assert run.code == 69
    assert "wam: priority bracket-aaaaa: it belongs to S-1-7-1 (jo), and S-1-7-2 (" in run.err
