"""``wam drain`` and ``wam resume``: asked of a node, which says when it is so."""

import json

import pytest

from wamspool.asking import Refused, refuse, requests_now, withdraw


def answer(spool, made, state):
    def act():
        withdraw(spool.share, requests_now(spool.share))
        made.node(spool, sequence=6, state=state)

    return act


def test_a_node_that_does_so_is_waited_for(wam, spool, made, clock):
    made.node(spool, jobs=(made.on_node("bracket-aaaaa"),))

    def act():
        withdraw(spool.share, requests_now(spool.share))
        made.node(spool, sequence=6, state="draining", jobs=(made.on_node("bracket-aaaaa"),))

    clock.meanwhile = [lambda: None, act]
    run = wam("drain", "cougar", "--why", "new disk")
    assert run.code == 0
    assert run.out == (
        "cougar takes no more jobs; it has 1 job to finish; undo it with: wam resume cougar\n"
    )


def test_and_takes_jobs_again(wam, spool, made, clock):
    made.node(spool, state="draining")
    clock.meanwhile = [answer(spool, made, "up")]
    run = wam("resume", "cougar", "--json")
    told = json.loads(run.out)
    assert run.code == 0 and [node["state"] for node in told["nodes"]] == ["up"]


@pytest.mark.parametrize(
    ("command", "state", "said"),
    [("drain", "draining", "already takes no more jobs"), ("resume", "up", "already takes jobs")],
)
def test_what_is_so_already_is_said(wam, spool, made, command, state, said):
    made.node(spool, state=state)
    run = wam(command, "cougar")
    assert run.code == 0 and run.out == f"cougar {said}\n" and not requests_now(spool.share)


def test_one_that_is_down_finds_the_request_when_it_starts(wam, spool, made):
    made.node(spool, state="stopped")
    run = wam("drain", "cougar")
    assert run.code == 70 and "also after its next start" in run.err
    assert len(requests_now(spool.share)) == 1


def test_a_refusal_is_heard(wam, spool, made, clock):
    made.node(spool)

    def act():
        (name,) = requests_now(spool.share)
        refuse(spool.share, Refused(name, "jo", "jo is no operator"), node="cougar")

    clock.meanwhile = [act]
    run = wam("drain", "cougar")
    assert run.code == 69 and "cougar refuses to drain cougar: jo is no operator" in run.err


def test_who_is_no_operator_need_not_ask(wam, spool, made, owned):
    made.node(spool)
    owned.owners["nodes"] = "wam"
    run = wam("drain", "cougar")
    assert run.code == 69 and "operators in spool.yaml" in run.err
    assert not requests_now(spool.share)


def test_a_node_that_nobody_knows_is_asked_for_nothing(wam, spool, made):
    made.node(spool)
    run = wam("drain", "cougar", "puma")
    assert run.code == 68 and "Known are: cougar" in run.err and not requests_now(spool.share)


def test_several_each_for_itself(wam, spool, made):
    made.node(spool, state="draining")
    made.node(spool, "lynx", state="stopped")
    run = wam("drain", "cougar", "lynx", "--json")
    told = json.loads(run.out)
    assert run.code == 1
    assert [(one["node"], one["error"]) for one in told["not_done"]] == [("lynx", "NodeSilent")]


def test_status_shows_it(wam, spool, made):
    made.node(spool, state="draining", problems=("takes no more jobs since x, asked by jo",))
    made.job(spool, "bracket-aaaaa")
    out = wam("status").out
    assert "cougar  draining" in out
    assert "! node cougar: takes no more jobs since x, asked by jo" in out
    assert "! jobs wait, and no node takes any (wam resume NODE)" in out
