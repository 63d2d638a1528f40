"""``wam hold`` and ``wam release``: through the door, and with patience."""

import json

import pytest

from spool_layout.states import State
from wamspool.find import find_job


def test_there_and_back(wam, spool, made):
    made.job(spool, "bracket-aaaaa")
    run = wam("hold", "bracket")
    assert run.out == "held bracket-aaaaa; let it start with: wam release bracket-aaaaa\n"
    found = find_job(spool, "bracket-aaaaa")
    assert (found.state, found.place.name.generation) == (State.HELD, 1)
    told = json.loads(wam("release", "bracket", "--json").out)
    assert told["jobs"][0]["state"] == "queued"
    found = find_job(spool, "bracket-aaaaa")
    assert (found.state, found.place.name.generation) == (State.QUEUED, 2)


def test_the_journal_says_who(wam, spool, made):
    made.job(spool, "bracket-aaaaa")
    wam("hold", "bracket")
    (month,) = spool.share.list("journal")
    (entry,) = spool.share.read(f"journal/{month.name}/user-jo-desk.jsonl").splitlines()
    said = json.loads(entry)
    assert (said["event"], said["job"], said["by"]) == ("hold", "bracket-aaaaa", "user-jo-desk")


def test_a_door_that_somebody_left_open_is_passed_after_its_grace(wam, spool, made, clock):
    made.job(spool, "bracket-aaaaa")
    spool.share.make_folder("doors/bracket-aaaaa.g1")
    before_s = clock.now_s
    assert wam("hold", "bracket").code == 0
    assert clock.now_s - before_s >= spool.settings.door_grace_s
    assert find_job(spool, "bracket-aaaaa").place.name.generation == 2


def test_a_node_that_was_first_has_it(wam, spool, made, clock):
    place = made.job(spool, "bracket-aaaaa")
    spool.share.make_folder("doors/bracket-aaaaa.g1")

    def claim():
        spool.share.remove(place.path)
        made.job(spool, "bracket-aaaaa", State.CLAIMED, node="cougar", generation=1)

    clock.meanwhile = [claim]
    run = wam("hold", "bracket")
    assert run.code == 63
    assert "bracket-aaaaa is taken by cougar; 'hold' is for queued jobs only" in run.err
    assert "wam requeue JOB" in run.err and "wam kill JOB" in run.err


@pytest.mark.parametrize("command", ["hold", "release"])
def test_a_done_job_is_left_alone(wam, spool, made, command):
    made.done(spool, "bracket-aaaaa")
    run = wam(command, "bracket")
    assert run.code == 63
    assert "bracket-aaaaa is done" in run.err
