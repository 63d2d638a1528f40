"""``wam kill``: what waits ends at once, what runs by the node, which may be slow, gone or dead."""

import json
import sys
from datetime import UTC, datetime

import pytest

from client_tools import confirming
from spool_layout import folders
from spool_layout.records import OutcomeRecord
from spool_layout.request import Verb
from spool_layout.states import Event, Outcome, State
from wamspool.asking import Refused, refuse, requests_now, withdraw
from wamspool.expire import end_unrun, take_back
from wamspool.find import account_of, find_job

RUNNING = {"state": State.RUNNING, "node": "cougar", "generation": 1}


def outcome(spool, job):
    return account_of(spool, find_job(spool, job)).outcome


def finish(spool, place, outcome=Outcome.CANCELLED):
    """As the node does it, request and all."""
    record = OutcomeRecord(
        place.name.job, outcome, str(outcome), "Cancelled by jo.", node="cougar", by="jo",
        ended=datetime(2026, 11, 23, 9, tzinfo=UTC),
    )  # fmt: skip
    assert end_unrun(spool, Event.GIVE_UP, place, record)
    withdraw(spool.share, requests_now(spool.share))


@pytest.mark.parametrize("state", [State.QUEUED, State.HELD])
def test_what_waits_ends_at_once(wam, spool, made, state):
    made.job(spool, "bracket-aaaaa", state)
    run = wam("kill", "bracket", "--why", "wrong mesh")
    assert run.code == 0
    assert run.out == (
        "bracket-aaaaa  cancelled: Cancelled by jo: wrong mesh. It had not been started.\n"
    ).replace("by jo", f"by {outcome(spool, 'bracket-aaaaa').by}")
    record = outcome(spool, "bracket-aaaaa")
    assert (record.outcome, record.reason, record.attempt) == ("cancelled", "cancelled", 0)
    assert spool.share.list("doors") == [] and spool.share.list("requests") == []


def test_the_journal_says_who_and_why(wam, spool, made, owned):
    made.job(spool, "bracket-aaaaa")
    wam("kill", "bracket", "--why", "wrong mesh")
    (month,) = spool.share.list("journal")
    said = json.loads(spool.share.read(f"journal/{month.name}/user-jo-desk.jsonl"))
    assert (said["event"], said["detail"], said["by"]) == ("cancel", "wrong mesh", "user-jo-desk")


def test_a_running_one_is_asked_for_and_waited_for(wam, spool, made, clock):
    place = made.job(spool, "bracket-aaaaa", **RUNNING)
    made.node(spool)
    asked = []

    def answer():
        asked.extend(requests_now(spool.share))
        finish(spool, place)

    clock.meanwhile = [lambda: None, answer]
    run = wam("kill", "bracket", "--json")
    told = json.loads(run.out)
    assert run.code == 0 and told["jobs"][0]["outcome"] == "cancelled"
    assert (told["asked"], told["not_done"]) == ([], [])
    assert [(name.subject, name.verb) for name in asked] == [("bracket-aaaaa", Verb.CANCEL)]


def test_without_waiting_it_is_only_asked(wam, spool, made):
    made.job(spool, "bracket-aaaaa", **RUNNING)
    run = wam("kill", "bracket", "--no-wait", "--json")
    told = json.loads(run.out)
    assert (run.code, told["asked"], told["jobs"][0]["state"]) == (0, ["bracket-aaaaa"], "running")
    assert len(requests_now(spool.share)) == 1


def test_one_that_ended_by_itself_meanwhile_is_shown_as_it_is(wam, spool, made, clock):
    place = made.job(spool, "bracket-aaaaa", **RUNNING)
    made.node(spool)
    clock.meanwhile = [lambda: finish(spool, place, Outcome.COMPLETED)]
    run = wam("kill", "bracket")
    assert run.code == 0 and run.out.startswith("ended by itself, bracket-aaaaa  completed")


def test_one_that_waits_again_meanwhile_ends_at_once(wam, spool, made, clock):
    place = made.job(spool, "bracket-aaaaa", **RUNNING)
    made.node(spool)
    clock.meanwhile = [lambda: take_back(spool, place, silent_s=99)]
    run = wam("kill", "bracket")
    assert run.code == 0 and "It was waiting to run again." in run.out
    assert outcome(spool, "bracket-aaaaa").attempt == 1
    assert spool.share.list("requests") == []


def test_one_that_another_node_has_meanwhile_is_followed_there(wam, spool, made, clock):
    place = made.job(spool, "bracket-aaaaa", **RUNNING)
    made.node(spool)
    made.node(spool, "lynx")

    def move():
        spool.share.remove(place.path)
        made.job(spool, "bracket-aaaaa", State.RUNNING, node="lynx", generation=3)

    def answer():
        finish(spool, find_job(spool, "bracket-aaaaa").place)

    clock.meanwhile = [move, lambda: None, answer]
    assert wam("kill", "bracket").code == 0
    assert outcome(spool, "bracket-aaaaa").outcome == "cancelled"


def test_a_node_that_refuses_is_heard(wam, spool, made, clock):
    made.job(spool, "bracket-aaaaa", **RUNNING)
    made.node(spool)

    def answer():
        (name,) = requests_now(spool.share)
        refuse(spool.share, Refused(name, "jo", "it belongs to ann"), node="cougar")

    clock.meanwhile = [answer]
    run = wam("kill", "bracket")
    assert run.code == 69
    assert "cougar refuses to cancel bracket-aaaaa: it belongs to ann" in run.err
    assert spool.share.list("requests") == []


def test_a_silent_node_is_not_waited_for_and_what_will_happen_is_said(wam, spool, made, tmp_path):
    made.job(spool, "bracket-aaaaa", **RUNNING)
    made.node(spool)
    age(tmp_path, seconds=200)
    run = wam("kill", "bracket")
    assert run.code == 70 and "cougar has been silent for 3 min 2" in run.err
    assert "The request stays" in run.err and "lease of 1 min 30 s" in run.err
    assert len(requests_now(spool.share)) == 1


def age(tmp_path, *, seconds):
    import os
    import time

    for path in (tmp_path / "spool/nodes").iterdir():
        os.utime(path, (time.time() - seconds,) * 2)


def test_a_node_that_may_be_dead_is_not_called_alive(wam, spool, made, tmp_path):
    made.job(spool, "bracket-aaaaa", **RUNNING)
    made.node(spool)
    age(tmp_path, seconds=50)
    run = wam("kill", "bracket")
    assert run.code == 70
    assert "cougar was last heard of 5" in run.err
    assert "ago, and has not answered for 1 min 00 s" in run.err


@pytest.mark.parametrize("state", ["stopped", None])
def test_a_node_that_is_not_there_is_not_waited_for(wam, spool, made, state):
    made.job(spool, "bracket-aaaaa", **RUNNING)
    if state:
        made.node(spool, state=state)
    run = wam("kill", "bracket")
    assert run.code == 70 and len(requests_now(spool.share)) == 1
    assert ("has been stopped for" if state else "has never been heard of") in run.err


def test_one_that_lives_and_does_not_answer_is_given_up_after_a_while(wam, spool, made, clock):
    made.job(spool, "bracket-aaaaa", **RUNNING)
    made.node(spool)
    began_s = clock.now_s
    run = wam("kill", "bracket")
    assert run.code == 70 and "is alive, and has not answered for 1 min 00 s" in run.err
    assert 60 <= clock.now_s - began_s < 65


def test_one_that_stops_the_solver_is_waited_for_as_long_as_it_takes(wam, spool, made, clock):
    place = made.job(spool, "bracket-aaaaa", **RUNNING)
    said = made.on_node("bracket-aaaaa")
    stopping = type(said)(said.job, said.generation, "stopping", attempt=1)
    made.node(spool, jobs=(stopping,))
    clock.meanwhile = [lambda: None] * 200 + [lambda: finish(spool, place)]
    assert wam("kill", "bracket").code == 0


def test_a_done_job_has_nothing_to_end(wam, spool, made):
    made.done(spool, "bracket-aaaaa")
    run = wam("kill", "bracket")
    assert run.code == 63 and "bracket-aaaaa is done already (completed)" in run.err


def test_of_several_each_is_ended_that_can_be(wam, spool, made):
    made.job(spool, "bracket-aaaaa")
    made.job(spool, "plate-bbbbb", **RUNNING)
    made.job(spool, "wing-ccccc", State.HELD)
    run = wam("kill", "bracket", "plate", "wing", "--json")
    told = json.loads(run.out)
    assert run.code == 1
    assert [job["job"] for job in told["jobs"]] == ["bracket-aaaaa", "wing-ccccc"]
    assert [(one["job"], one["error"]) for one in told["not_done"]] == [
        ("plate-bbbbb", "NodeSilent")
    ]


def test_an_ambiguous_name_ends_nothing(wam, spool, made):
    made.job(spool, "bracket-aaaaa")
    made.job(spool, "bracket-bbbbb")
    run = wam("kill", "bracket")
    assert run.code == 32 and len(spool.share.list("incoming")) == 7


class TestAskingBack:
    """On a terminal a person is asked; elsewhere nobody is."""

    @pytest.fixture
    def terminal(self, monkeypatch):
        class Tty:
            def __init__(self, stream):
                self.stream = stream

            def isatty(self):
                return True

            def __getattr__(self, name):
                return getattr(self.stream, name)

        asked = []
        monkeypatch.setattr(sys, "stdin", Tty(sys.stdin))
        monkeypatch.setattr(confirming, "sys", type("S", (), {"stdin": Tty(0), "stdout": Tty(0)}))
        monkeypatch.setattr(confirming.typer, "confirm", asked.append)
        return asked

    def test_a_no_ends_nothing(self, wam, spool, made, terminal):
        made.job(spool, "bracket-aaaaa")
        assert wam("kill", "bracket").code == 1
        assert terminal == ["End bracket-aaaaa?"]
        assert find_job(spool, "bracket-aaaaa").state is State.QUEUED

    @pytest.mark.parametrize("option", ["--yes", "-y", "--json"])
    def test_who_says_yes_is_not_asked(self, wam, spool, made, terminal, option):
        made.job(spool, "bracket-aaaaa")
        assert wam("kill", "bracket", option).code == 0
        assert terminal == []

    def test_of_many_some_are_named(self, terminal):
        assert not confirming.is_wanted("End", [f"j{n}" for n in range(10)], yes=False)
        assert terminal == ["End j0, j1, j2, j3, j4, j5, j6, j7 and 2 more?"]


def test_the_results_folder_is_shown(wam, spool, made):
    made.job(spool, "bracket-aaaaa")
    told = json.loads(wam("kill", "bracket", "--json").out)
    month = folders.month(spool.share.now())
    assert told["jobs"][0]["results"].endswith(f"done/{month}/bracket-aaaaa")
