"""``wam suspend`` and ``wam resume``: asked of the node that runs the job, which says when it is so."""

import json

import pytest

from spool_layout.request import Verb
from spool_layout.states import State
from wamspool.asking import requests_now, withdraw

RUNNING = {"state": State.RUNNING, "node": "cougar", "generation": 1}
STILL = {
    "suspended": "2026-11-23T09:00:00Z",
    "suspended_why": "asked by jo: lunch",
    "suspend_asked": True,
}
JOB = "bracket-aaaaa"


@pytest.fixture
def tell(spool, made):
    """The node's word on the run; a later one follows an earlier."""
    made.job(spool, JOB, **RUNNING)
    told = []

    def write(**said):
        told.append(said)
        sequence = 5 + len(told)
        made.node(spool, sequence=sequence, jobs=(made.on_node(JOB, **said),))

    write()
    return write


def answer(spool, tell, asked, **said):
    def act():
        asked.extend(requests_now(spool.share))
        withdraw(spool.share, requests_now(spool.share))
        tell(**said)

    return act


def test_a_run_is_suspended_and_this_is_waited_for(wam, spool, tell, clock):
    asked = []
    clock.meanwhile = [lambda: None, answer(spool, tell, asked, **STILL)]
    run = wam("suspend", "bracket", "--why", "lunch")
    assert run.code == 0
    assert run.out == f"{JOB} stands still; have it go on with: wam resume {JOB}\n"
    assert [(name.subject, name.verb) for name in asked] == [(JOB, Verb.SUSPEND)]


def test_and_goes_on(wam, spool, tell, clock):
    tell(**STILL)
    asked = []
    clock.meanwhile = [answer(spool, tell, asked)]
    run = wam("resume", "bracket", "--json")
    told = json.loads(run.out)
    assert run.code == 0 and told["jobs"][0]["progress"]["suspended"] is None
    assert [(name.subject, name.verb) for name in asked] == [(JOB, Verb.UNSUSPEND)]


def test_one_that_the_node_s_hours_keep_still_is_told_of(wam, spool, tell, clock):
    tell(**STILL)
    hours = STILL | {"suspend_asked": False, "suspended_why": "outside of the node's hours"}
    clock.meanwhile = [answer(spool, tell, [], **hours)]
    run = wam("resume", "bracket")
    assert run.out == f"{JOB} still stands still: outside of the node's hours\n"


@pytest.mark.parametrize(
    ("command", "said", "words"),
    [("suspend", STILL, "already stands still"), ("resume", {}, "runs already")],
)
def test_what_is_so_already_is_said(wam, spool, tell, command, said, words):
    tell(**said)
    run = wam(command, "bracket")
    assert run.code == 0 and words in run.out and not requests_now(spool.share)


@pytest.mark.parametrize("command", ["suspend", "resume"])
@pytest.mark.parametrize(("state", "words"), [(State.QUEUED, "waits"), (State.HELD, "is held")])
def test_what_does_not_run_is_refused(wam, spool, made, command, state, words):
    made.job(spool, JOB, state)
    run = wam(command, "bracket")
    assert run.code == 63 and f"{JOB} {words}; only a job that runs" in run.err


def test_status_queue_and_show_tell_of_it(wam, spool, tell):
    tell(**STILL)
    assert "suspended" in wam("status").out
    shown = wam("show", "bracket").out
    assert "suspended" in shown and "asked by jo: lunch" in shown
    job = json.loads(wam("status", "--json").out)["jobs"][0]
    assert job["state"] == "running"
    assert job["progress"]["suspended"] == {
        "since": "2026-11-23T09:00:00Z", "why": "asked by jo: lunch",
    }  # fmt: skip


def test_a_name_of_a_node_and_a_job_is_refused_with_what_it_fits(wam, spool, made, clock):
    made.job(spool, "cougar-part-aaaaa", **RUNNING)
    made.node(spool, state="draining")
    run = wam("resume", "cougar")
    assert run.code == 87 and "cougar-part-aaaaa" in run.err and not requests_now(spool.share)

    def act():
        withdraw(spool.share, requests_now(spool.share))
        made.node(spool, sequence=6, state="up")

    clock.meanwhile = [act]
    assert wam("resume", "--node", "cougar").code == 0


def test_nodes_and_jobs_together_are_refused(wam, spool, tell):
    run = wam("resume", "cougar", "bracket")
    assert run.code == 87 and "Name either alone" in run.err


def test_without_waiting_it_is_only_asked(wam, spool, tell):
    run = wam("suspend", "bracket", "--no-wait")
    assert run.code == 0 and run.out.startswith(f"asked cougar about {JOB}")
    assert len(requests_now(spool.share)) == 1
