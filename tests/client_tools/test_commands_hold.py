"""``wam hold`` and ``wam release`` on several jobs, and on what is so already."""

import json

import pytest

from spool_layout.states import State
from wamspool.find import find_job


def test_several_at_once(wam, spool, made):
    for job in ("bracket-aaaaa", "plate-bbbbb"):
        made.job(spool, job)
    run = wam("hold", "bracket", "plate", "plate-bbbbb")
    assert run.code == 0 and run.out.splitlines() == [
        "held bracket-aaaaa; let it start with: wam release bracket-aaaaa",
        "held plate-bbbbb; let it start with: wam release plate-bbbbb",
    ]
    told = json.loads(wam("release", "bracket", "plate", "--json").out)
    assert [job["state"] for job in told["jobs"]] == ["queued", "queued"]
    assert told["not_done"] == []


@pytest.mark.parametrize(
    ("command", "state", "said"),
    [
        ("hold", State.HELD, "bracket-aaaaa is held already; let it start with"),
        ("release", State.QUEUED, "bracket-aaaaa is not held, it waits already; follow it"),
    ],
)
def test_what_is_so_already_is_said_and_nothing_is_changed(wam, spool, made, command, state, said):
    place = made.job(spool, "bracket-aaaaa", state)
    run = wam(command, "bracket")
    assert run.code == 0 and run.out.startswith(said)
    assert find_job(spool, "bracket-aaaaa").place == place
    assert spool.share.list("journal") == []


def test_one_of_several_that_cannot_be_is_told_of_and_the_others_are(wam, spool, made):
    made.job(spool, "bracket-aaaaa")
    made.done(spool, "plate-bbbbb")
    run = wam("hold", "bracket", "plate-bbbbb", "--json")
    told = json.loads(run.out)
    assert run.code == 1 and "plate-bbbbb is done" in run.err
    assert [job["job"] for job in told["jobs"]] == ["bracket-aaaaa"]
    assert told["not_done"] == [
        {"job": "plate-bbbbb", "error": "NotInThisState",
         "message": "plate-bbbbb is done; 'hold' is for queued jobs only"}
    ]  # fmt: skip


@pytest.mark.parametrize("command", ["hold", "release", "kill", "requeue", "priority"])
def test_another_s_job_is_left_alone_and_that_is_written_down(wam, spool, made, owned, command):
    state = {"release": State.HELD, "requeue": State.RUNNING}.get(command, State.QUEUED)
    node = "cougar" if command == "requeue" else None
    place = made.job(spool, "bracket-aaaaa", state, node=node)
    owned.owners["bracket-aaaaa"] = "ann"
    run = wam(command, "bracket", *(["high"] if command == "priority" else []))
    assert run.code == 69 and "it belongs to ann, and jo is no operator" in run.err
    assert find_job(spool, "bracket-aaaaa").place == place
    (month,) = spool.share.list("journal")
    said = json.loads(spool.share.read(f"journal/{month.name}/user-jo-desk.jsonl"))
    assert (said["event"], said["job"]) == ("refused", "bracket-aaaaa")
    assert spool.share.list("requests") == []


def test_an_operator_may(wam, spool, made, owned):
    settings = spool.share.read("spool.yaml") + b"operators: [jo]\n"
    spool.share.replace("spool.yaml", settings)
    made.job(spool, "bracket-aaaaa")
    owned.owners["bracket-aaaaa"] = "ann"
    assert wam("hold", "bracket").code == 0
    assert find_job(spool, "bracket-aaaaa").state is State.HELD
