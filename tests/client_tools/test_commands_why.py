"""``wam why``: of each kind of waiting the reason, and something useful of the rest."""

import json
from pathlib import Path

import pytest

from spool_layout.after import After, parse_after
from spool_layout.states import Outcome, State
from spool_layout.ticket import Resources

GIB = 1 << 30


def why(wam, job="bracket"):
    return json.loads(wam("why", job, "--json").out)


def test_each_node_and_what_it_lacks(wam, spool, made):
    made.node(spool, "cougar", cpus_free=1)
    made.node(spool, "lynx", cpus=2, cpus_free=2, scratch_bytes=GIB, scratch_free_bytes=GIB)
    made.node(spool, "puma", state="draining",
              problems=("takes no more jobs since 08:00, asked by jo",))  # fmt: skip
    made.job(spool, "first-aaaaa", priority=2)
    made.job(spool, "bracket-aaaaa", resources=Resources(4, scratch_bytes=2 * GIB))
    assert wam("why", "bracket").out == (
        "bracket-aaaaa  waits until a node has room for it; 1 job comes before it\n"
        "  place      2 of 2 in the queue\n"
        "\n"
        "node    state     what keeps it off\n"
        "cougar  up        wants 4 cores, 1 to be had\n"
        "lynx    up        never: wants 4 cores, 2 to be had; "
        "wants 2.0 GB of scratch, 1.0 GB to be had\n"
        "puma    draining  takes no more jobs since 08:00, asked by jo\n"
        "  next: wam show bracket-aaaaa | wam kill bracket-aaaaa\n"
    )
    told = why(wam)
    assert told["place"] == {"before": 1, "waiting": 2} and not told["for_ever"]
    assert [[r["reason"] for r in n["never"]] for n in told["nodes"]] == [
        [], ["cpus", "scratch"], [],
    ]  # fmt: skip
    assert [[r["reason"] for r in n["now"]] for n in told["nodes"]] == [["cpus"], [], ["draining"]]
    assert told["job"]["job"] == "bracket-aaaaa" and told["wam"] == 1


def test_what_could_start_now(wam, spool, made):
    made.node(spool, "cougar")
    made.job(spool, "bracket-aaaaa")
    told = why(wam)
    assert told["could_start_on"] == ["cougar"]
    assert told["sentence"] == "could start now on cougar"


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"resources": Resources(99)}, "cpus"),
        ({"resources": Resources(1, gpus=1)}, "gpus"),
        ({"resources": Resources(1, memory_bytes=99 * GIB)}, "memory"),
        ({"resources": Resources(1, scratch_bytes=99 * GIB)}, "scratch"),
        ({"tags": ("new",)}, "tag"),
        ({"solver": "abaqus"}, "solver"),
        ({"nodes": ("jaguar",)}, "node"),
    ],
)
def test_what_no_node_can_ever_give(wam, spool, made, asked, reason):
    made.node(spool, "cougar", scratch_bytes=GIB, scratch_free_bytes=GIB)
    made.job(spool, "bracket-aaaaa", **asked)
    told = why(wam)
    (node,) = told["nodes"]
    assert told["for_ever"] and [r["reason"] for r in node["never"]] == [reason]
    assert "for ever" in told["sentence"] or "no node here" in told["sentence"]
    assert told["could_start_on"] == []


def test_a_job_that_it_comes_after(wam, spool, made):
    made.node(spool)
    made.done(spool, "good-aaaaa")
    made.done(spool, "bad-aaaaa", Outcome.FAILED)
    made.job(spool, "now-aaaaa", State.RUNNING, node="cougar", generation=1)
    after = tuple(map(After, ("good-aaaaa", "bad-aaaaa", "now-aaaaa", "gone-aaaaa")))
    made.job(spool, "bracket-aaaaa", after=after)
    out = wam("why", "bracket").out
    assert "  after      comes after good-aaaaa, which has completed\n" in out
    assert "comes after bad-aaaaa, which ended as failed: it waits for ever" in out
    assert "comes after now-aaaaa, which runs" in out
    assert "comes after gone-aaaaa, and there is no such job: it waits for ever" in out
    told = why(wam)
    assert told["for_ever"] and [one["met"] for one in told["after"]] == [True, False, False, False]
    assert told["could_start_on"] == []


def test_how_a_job_that_it_comes_after_must_end(wam, spool, made):
    made.node(spool)
    made.done(spool, "good-aaaaa")
    made.done(spool, "bad-aaaaa", Outcome.FAILED)
    texts = ["good-aaaaa:any", "bad-aaaaa:failed", "good-aaaaa:failed", "bad-aaaaa:later"]
    made.job(spool, "bracket-aaaaa", after=tuple(map(parse_after, texts)))
    out = wam("why", "bracket").out
    assert "comes after the end of good-aaaaa, which has completed\n" in out
    assert "comes after a failure of bad-aaaaa, which ended as failed\n" in out
    assert "a failure of good-aaaaa, which has completed: it waits for ever" in out
    assert "bad-aaaaa on 'later', which this WAM does not know" in out
    told = why(wam)
    assert [(one["ending"], one["met"], one["dead"]) for one in told["after"]] == [
        ("any", True, False),
        ("failed", True, False),
        ("failed", False, True),
        ("later", False, True),
    ]
    assert told["for_ever"] and told["job"]["after"] == texts
    assert json.loads(wam("show", "bracket", "--json").out)["after"] == texts
    assert f"after      {', '.join(texts)}" in wam("show", "bracket").out


def test_a_job_that_may_start_as_all_have_ended_so(wam, spool, made):
    made.node(spool)
    made.done(spool, "bad-aaaaa", Outcome.WALLTIME)
    after = (After("bad-aaaaa", "any"), After("bad-aaaaa", "failed"))
    made.job(spool, "bracket-aaaaa", after=after)
    assert why(wam)["could_start_on"] == ["cougar"]


def test_a_job_that_waits_for_one_that_runs_does_not_wait_for_ever(wam, spool, made):
    made.node(spool)
    made.job(spool, "now-aaaaa", State.RUNNING, node="cougar", generation=1)
    made.job(spool, "bracket-aaaaa", after=(After("now-aaaaa"),))
    assert not why(wam)["for_ever"]


def test_a_node_that_keeps_room_for_another(wam, spool, made):
    made.node(spool, "cougar", keeps_room_for="large-aaaaa")
    made.job(spool, "large-aaaaa", priority=2, resources=Resources(4))
    made.job(spool, "bracket-aaaaa")
    (node,) = why(wam)["nodes"]
    assert [r["reason"] for r in node["now"]] == ["keeps-room"]
    assert why(wam, "large")["nodes"][0]["now"] == []


def test_a_held_job(wam, spool, made):
    made.node(spool)
    made.job(spool, "bracket-aaaaa", State.HELD)
    run = wam("why", "bracket")
    assert run.out.startswith("bracket-aaaaa  is held (wam release)\n")
    assert run.out.endswith("  next: wam release bracket-aaaaa\n")


def test_a_spool_without_nodes(wam, spool, made):
    made.job(spool, "bracket-aaaaa")
    assert "no node has ever been started" in wam("why", "bracket").out


def test_the_place_counts_ageing(wam, spool, made):
    """A job of low priority that is days old comes before a normal one of today."""
    made.node(spool)
    made.job(spool, "bracket-aaaaa", priority=8)
    made.job(spool, "newer-aaaaa")
    (newer,) = Path(spool.share.location, "incoming").glob("*newer*")
    newer.rename(newer.with_name(newer.name.replace("20261123", "20261127")))
    assert why(wam)["place"] == {"before": 0, "waiting": 2}
    assert why(wam, "newer")["place"] == {"before": 1, "waiting": 2}


def test_a_running_job(wam, spool, made):
    said = made.on_node("bracket-aaaaa", percent=50.0)
    made.node(spool, jobs=[said])
    made.job(spool, "bracket-aaaaa", State.RUNNING, node="cougar", generation=1)
    out = wam("why", "bracket").out
    assert out == "bracket-aaaaa  runs on cougar, 50 %\n  next: wam log -f bracket-aaaaa\n"
    assert why(wam)["nodes"] == []


def test_a_done_job(wam, spool, made):
    made.done(spool, "bracket-aaaaa", Outcome.FAILED)
    out = wam("why", "bracket").out
    assert out.startswith("bracket-aaaaa  failed: It stopped.\n    solver.out:7  *ERROR: no\n")
    assert why(wam)["sentence"] == "It stopped."


def test_a_job_that_is_none(wam, spool):
    run = wam("why", "nothing")
    assert run.code != 0 and "no job's name contains 'nothing'" in run.err


def test_hours_of_nodes_are_told(wam, spool, made):
    opens, closes = "2026-11-23T18:00:00.000Z", "2026-11-23T09:30:00.000Z"
    made.node(spool, "lynx", state="closed", opens=opens)
    hours = {"closes": closes, "extra": {"outside": "finish"}}
    made.node(spool, "ocelot", **hours)
    made.node(spool, "puma", **hours | {"extra": {"outside": "suspend"}})
    resources = Resources(walltime_s=12 * 3600.0)
    made.job(spool, "bracket-aaaaa", resources=resources)
    told = json.loads(wam("why", "bracket", "--json").out)
    reasons = {node["node"]: [r["reason"] for r in node["now"]] for node in told["nodes"]}
    assert reasons == {"lynx": ["closed"], "ocelot": ["closes"], "puma": []}
    shown = wam("why", "bracket").out
    assert "is out of its hours until 2026-11-2" in shown
    assert "begins nothing that may run past its hours, which end 2026-11-2" in shown


def test_what_others_use_is_a_reason_where_just_that_is_lacking(wam, spool, made):
    used = {"others_cpus": 2, "others_memory_bytes": 6 * GIB}
    made.node(spool, "cougar", cpus_free=2, memory_free_bytes=2 * GIB, kept_back=2, **used)
    made.job(spool, "bracket-aaaaa", resources=Resources(4))
    made.job(spool, "plate-aaaaa", resources=Resources(1, memory_bytes=4 * GIB))
    made.job(spool, "small-aaaaa", resources=Resources(1))
    reasons = {
        job: [(r["reason"], r["sentence"]) for r in why(wam, job)["nodes"][0]["now"]]
        for job in ("bracket", "plate", "small")
    }
    assert reasons["bracket"][1] == ("used-by-others", "2 cores are in use by others")
    assert reasons["plate"][1] == ("used-by-others", "6.0 GB of memory are in use by others")
    assert reasons["small"] == [] and len(reasons["plate"]) == 2
