"""Which jobs the words of a command line mean."""

import json

import pytest

from spool_layout.names import marked_suffix
from spool_layout.states import State

PLATE, PRESS = (f"{stem}-{marked_suffix('aaaaa', 'study')}" for stem in ("plate", "press"))


@pytest.fixture
def jobs(spool, made):
    made.job(spool, PLATE, batch="study")
    made.job(spool, PRESS, State.HELD, batch="study")
    made.job(spool, "bracket-bbbbb")


def _held(wam, *argv):
    run = wam("hold", *argv, "--json")
    assert run.code == 0, run
    return sorted(job["job"] for job in json.loads(run.out)["jobs"])


def test_a_batch_and_parts_of_names_together(wam, jobs):
    assert _held(wam, "@study", "brack") == sorted([PLATE, PRESS, "bracket-bbbbb"])


def test_only_those_in_a_state(wam, jobs):
    assert _held(wam, "@study", "--state", "queued") == [PLATE]
    assert _held(wam, "--state", "queued") == ["bracket-bbbbb"]


def test_only_ones_own(wam, jobs, owned, spool):
    owned.default, owned.owners = "ann", {"bracket": "jo", "wam-who": "jo"}
    assert _held(wam, "--mine") == ["bracket-bbbbb"]


def test_where_the_share_does_not_tell_owners_the_tickets_do(wam, jobs, owned, monkeypatch):
    owned.has_owner = False
    assert len(json.loads(wam("show", "--mine", "--json").out)["shown"]) == 3
    monkeypatch.setattr("client_tools.wiring.user_name", lambda: "ann")
    run = wam("show", "--mine")
    assert run.code == 31
    assert "no job of yours in flight is there" in run.err


def test_done_jobs_are_ones_own_by_their_files(wam, spool, owned, made):
    made.done(spool, "done-ddddd")
    assert wam("show", "done", "--mine").code == 0
    owned.owners = {"done-ddddd": "ann"}
    assert wam("show", "done", "--mine").code == 31


def test_show_of_several_is_a_list(wam, jobs):
    shown = json.loads(wam("show", "@study", "--json").out)["shown"]
    assert [one["job"]["job"] for one in shown] == [PLATE, PRESS]
    assert PRESS in wam("show", "@study").out


def test_priority_of_several(wam, jobs):
    run = wam("priority", "@study", "bracket", "high")
    assert run.code == 0, run.err
    assert run.out.count("has the priority high now") == 3
    assert wam("priority", "high").code == 2
