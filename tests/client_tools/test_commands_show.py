"""``wam show``: one job at each place of its life."""

import json

import pytest

from benchmarks.counting import CountingShare
from client_tools import which_spool
from spool_layout.states import Outcome, State


def test_a_failed_job_with_its_proof(wam, spool, made):
    made.done(spool, "bracket-aaaaa", Outcome.FAILED, warnings=("odd element",), warning_count=3)
    run = wam("show", "brack")
    assert run.code == 0
    place = f"{spool.share.location}/done/2026-11/bracket-aaaaa"
    assert (
        run.out
        == f"""\
bracket-aaaaa  failed: It stopped.
    solver.out:7  *ERROR: no
  warning: odd element
  ... and 2 warnings more
  deck       bracket.inp, 120 B
  solver     calculix
  asks for   1 cpu
  priority   normal
  submitted  2026-11-23 08:30:00 by jo
  ran        on cougar, attempt 1, in 4 min 05 s to 2026-11-23 08:34:05
  used       12.5 s of processor time
  results    {place}
          9 B  bracket.frd
          8 B  solver.out
  next: wam log bracket-aaaaa | wam get bracket-aaaaa
"""
    )


def test_a_job_that_a_limit_has_ended(wam, spool, made):
    made.done(spool, "bracket-aaaaa", Outcome.FAILED, by="node cougar", memory_peak_bytes=3 << 30)
    out = wam("show", "bracket").out
    assert "  used       12.5 s of processor time, 3.0 GB of memory at most\n" in out
    assert "  ended by   node cougar\n" in out
    outcome = json.loads(wam("show", "bracket", "--json").out)["outcome"]
    assert (outcome["memory_peak"], outcome["cpu_s"], outcome["by"]) == (
        3 << 30,
        12.5,
        "node cougar",
    )


def test_a_running_job(wam, spool, made):
    said = made.on_node(
        "bracket-aaaaa", percent=50.0, step=1, steps=2, increments=3, started="2026-11-23T08:31:00Z"
    )
    made.node(spool, jobs=[said])
    made.job(spool, "bracket-aaaaa", State.RUNNING, node="cougar", generation=1, note="mesh 3")
    out = wam("show", "bracket").out
    assert out.startswith("bracket-aaaaa  runs on cougar, 50 %\n")
    assert "  runs       attempt 1, since 2026-11-23 08:31:00\n" in out
    assert "██████████░░░░░░░░░░ 50 %, step 1 of 2, 3 increments, 0 cutbacks" in out
    assert "  note       mesh 3\n" in out
    assert out.endswith("  next: wam log -f bracket-aaaaa\n")


def test_a_job_on_a_silent_node(wam, spool, made, monkeypatch):
    made.node(spool, jobs=[made.on_node("bracket-aaaaa")])
    made.job(spool, "bracket-aaaaa", State.RUNNING, node="cougar", generation=1)
    later = spool.clock.utc_now().timestamp() + 600
    from datetime import UTC, datetime

    monkeypatch.setattr(spool.clock, "utc_now", lambda: datetime.fromtimestamp(later, UTC))
    out = wam("show", "bracket").out
    assert "its node cougar has not been heard of for 1" in out
    assert "another that is up takes the job over, else it goes on when that node" in out


def test_what_was_asked_and_not_answered_is_shown(wam, spool, made):
    made.job(spool, "bracket-aaaaa", State.RUNNING, node="cougar", generation=1)
    assert wam("kill", "bracket", "--no-wait", "--why", "wrong mesh").code == 0
    assert wam("suspend", "bracket", "--no-wait").code == 0
    out = wam("show", "bracket").out
    first, second = [line for line in out.splitlines() if line.startswith("  asked ")]
    assert first.startswith("  asked      cancel, by ")
    assert first.endswith(": wrong mesh; not answered yet")
    assert "suspend, by " in second
    asked = json.loads(wam("show", "bracket", "--json").out)["requests"]
    assert [(one["verb"], one["why"]) for one in asked] == [
        ("cancel", "wrong mesh"),
        ("suspend", ""),
    ]
    assert {type(one["by"]) for one in asked} == {str}


@pytest.mark.parametrize(("state", "times"), [(State.RUNNING, 1), (None, 0)])
def test_requests_are_listed_once_for_all_jobs_and_only_for_those_in_flight(
    wam, spool, made, monkeypatch, state, times
):
    share = CountingShare(spool.share)
    monkeypatch.setattr(which_spool, "open_share", lambda *_, **__: share)
    for number in range(3):
        if state:
            made.job(spool, f"plate-{number}-aaaaa", state, node="cougar", generation=1)
        else:
            made.done(spool, f"plate-{number}-aaaaa")
    if state:
        assert wam("kill", "plate-1", "--no-wait").code == 0
    share.calls.clear()
    names = [f"plate-{number}-aaaaa" for number in range(3)]
    shown = json.loads(wam("show", *names, "--json").out)["shown"]
    assert [len(one["requests"]) for one in shown] == [0, times, 0]
    assert share.calls.count("list requests") == times


def test_a_request_that_is_none_is_not_shown(wam, spool, made):
    made.job(spool, "bracket-aaaaa", State.RUNNING, node="cougar", generation=1)
    made.done(spool, "done-ddddd")
    spool.share.create("requests/bracket-aaaaa.kkkkk.cancel.yaml", b"wam: 1\nverb: requeue\n")
    spool.share.create("requests/done-ddddd.kkkkk.cancel.yaml", b"wam: 1\nverb: cancel\n")
    for job in ("bracket", "done"):
        assert json.loads(wam("show", job, "--json").out)["requests"] == []


def test_json(wam, spool, made):
    made.done(spool, "bracket-aaaaa")
    told = json.loads(wam("show", "bracket", "--json").out)
    job = told["job"]
    assert (job["state"], job["outcome"], job["started"]) == (
        "done",
        "completed",
        "2026-11-23T08:30:00.000Z",
    )
    assert job["results"].endswith("/done/2026-11/bracket-aaaaa")
    assert told["outcome"]["exit_code"] == 0
    assert told["files"] == [{"name": "bracket.frd", "size": 9}, {"name": "solver.out", "size": 8}]
    assert told["inputs"][0]["name"] == "bracket.inp"


def test_what_a_running_job_uses(wam, spool, made):
    used = {"cores_busy": 3.86, "memory_used_bytes": 2 << 30, "memory_peak_bytes": 3 << 30}
    made.node(spool, jobs=[made.on_node("bracket-aaaaa", cpus=4, **used)])
    made.job(spool, "bracket-aaaaa", State.RUNNING, node="cougar", generation=1)
    out = wam("show", "bracket").out
    assert "  uses       3.9 of 4 cores, 2.0 GB of memory, at most 3.0 GB\n" in out
    told = json.loads(wam("show", "bracket", "--json").out)
    use = {"cores": 3.86, "memory": 2 << 30, "memory_peak": 3 << 30}
    assert told["job"]["progress"]["use"] == use
    (job,) = json.loads(wam("status", "--json").out)["jobs"]
    assert job["progress"]["use"] == use


def test_a_running_job_of_which_no_use_is_known(wam, spool, made):
    made.node(spool, jobs=[made.on_node("bracket-aaaaa")])
    made.job(spool, "bracket-aaaaa", State.RUNNING, node="cougar", generation=1)
    assert "uses" not in wam("show", "bracket").out
    told = json.loads(wam("show", "bracket", "--json").out)
    assert told["job"]["progress"]["use"] is None
