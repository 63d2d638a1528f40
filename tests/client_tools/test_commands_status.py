"""``wam status`` over a spool: what is read, and the JSON."""

import json
from datetime import UTC, datetime, timedelta

from spool_layout.states import State
from wamspool.errors import Unreachable
from wamspool.local_times import local_time

JOB_FIELDS = (
    "job name state outcome reason node attempt priority owner batch after submitted started ended "
    "progress results"
).split()
NODE_FIELDS = (
    "node state cpus memory gpus tokens jobs heartbeat_age kept_back others opens closes".split()
)


def test_the_fields_are_those_and_in_their_order(wam, spool, made):
    made.node(
        spool, jobs=[made.on_node("plate-bbbbb", percent=12.5, started="2026-11-23T08:30:00.000Z")]
    )
    made.job(spool, "plate-bbbbb", State.RUNNING, node="cougar", generation=1)
    made.job(spool, "bracket-aaaaa", priority=2, name="Bracket 2")
    told = json.loads(wam("status", "--json").out)
    assert told["wam"] == 1
    (node,) = told["nodes"]
    assert list(node) == NODE_FIELDS
    assert node["cpus"] == {"total": 4, "free": 4}
    assert node["memory"] == {"total": 8 << 30, "free": 8 << 30}
    assert (node["gpus"], node["tokens"], node["state"]) == ({"total": 0, "free": 0}, {}, "up")
    assert node["jobs"] == ["plate-bbbbb"]
    waiting, running = told["jobs"]
    assert list(waiting) == list(running) == JOB_FIELDS
    assert waiting == {
        "job": "bracket-aaaaa",
        "name": "Bracket 2",
        "state": "queued",
        "outcome": None,
        "reason": None,
        "node": None,
        "attempt": 0,
        "priority": 2,
        "owner": "jo",
        "batch": None,
        "after": [],
        "submitted": "2026-11-23T08:30:00.000Z",
        "started": None,
        "ended": None,
        "progress": None,
        "results": None,
    }
    assert (running["node"], running["attempt"], running["owner"]) == ("cougar", 1, "jo")
    assert running["progress"]["percent"] == 12.5
    assert running["started"] == "2026-11-23T08:30:00.000Z"


def test_only_what_is_shown_is_read(wam, spool, made, monkeypatch):
    for number in range(30):
        made.job(spool, f"plate-{number:05}")
    read, counted = type(spool.share).read, []
    monkeypatch.setattr(
        type(spool.share), "read", lambda *a, **k: counted.append(a[1]) or read(*a, **k)
    )
    out = wam("status").out
    assert "... and 10 more (wam queue)" in out
    assert len([path for path in counted if path.startswith("incoming/")]) == 20
    assert "... and 25 more" in wam("status", "--limit", "5").out


def test_jobs_that_are_done_are_not_looked_at(wam, spool, made, monkeypatch):
    made.done(spool, "old-aaaaa")
    listed, listing = [], type(spool.share).list
    monkeypatch.setattr(type(spool.share), "list", lambda *a: listed.append(a[1]) or listing(*a))
    wam("status")
    assert "incoming" in listed
    assert not [folder for folder in listed if folder.startswith("done")]


def test_what_may_start_when_is_an_estimate(wam, spool, made):
    began = (spool.clock.utc_now() - timedelta(minutes=30)).isoformat()
    runs = made.on_node("plate-bbbbb", cpus=4, percent=75.0, started=began)
    made.node(spool, cpus_free=0, jobs=[runs])
    made.job(spool, "plate-bbbbb", State.RUNNING, node="cougar", generation=1)
    made.job(spool, "bracket-aaaaa")
    running, _, header, waiting = wam("status").out.splitlines()[-4:]
    assert header.endswith("~start")
    assert running.endswith("  ~10 min")
    assert waiting.endswith("  ~10 min")
    ends, starts = json.loads(wam("status", "--json").out)["estimates"]
    assert (ends["job"], ends["by"]) == ("plate-bbbbb", "progress")
    assert (starts["job"], starts["node"]) == ("bracket-aaaaa", "cougar")
    assert abs(datetime.fromisoformat(ends["end"]) - datetime.fromisoformat(starts["start"])) < (
        timedelta(seconds=1)
    )


def test_watching_in_a_pipe_adds_blocks(wam, spool, made, clock):
    made.job(spool, "bracket-aaaaa")

    def interrupt():
        raise KeyboardInterrupt

    clock.meanwhile = [lambda: made.job(spool, "plate-bbbbb"), interrupt]
    run = wam("status", "--watch", "--every", "5")
    assert run.code == 0
    first, second = run.out.split("== ")[1:]
    assert "plate-bbbbb" not in first
    assert "bracket-aaaaa" in second and "plate-bbbbb" in second
    assert "\x1b" not in run.out
    assert clock.now_s == 1010.0


def test_a_ticket_is_read_once_while_it_is_watched(wam, spool, made, clock, monkeypatch):
    made.job(spool, "bracket-aaaaa")
    read, counted = type(spool.share).read, []
    monkeypatch.setattr(
        type(spool.share), "read", lambda *a, **k: counted.append(a[1]) or read(*a, **k)
    )
    clock.meanwhile = [lambda: None, lambda: None, lambda: (_ for _ in ()).throw(KeyboardInterrupt)]
    wam("status", "--watch")
    assert len([path for path in counted if path.startswith("incoming/")]) == 1


def test_a_share_that_is_away_is_waited_for(wam, spool, made, clock, monkeypatch):
    made.job(spool, "bracket-aaaaa")
    listing = type(spool.share).list

    def away(*_):
        raise Unreachable("incoming", "timed out")

    def interrupt():
        raise KeyboardInterrupt

    clock.meanwhile = [
        lambda: monkeypatch.setattr(type(spool.share), "list", away),
        lambda: monkeypatch.setattr(type(spool.share), "list", listing),
        interrupt,
    ]
    run = wam("status", "--watch", "--every", "3")
    assert run.code == 0
    assert run.out.count("bracket-aaaaa") == 3
    assert run.out.count("! the share does not answer; this is 3 s old (incoming: timed out)") == 1


def test_watching_and_json_exclude_each_other(wam, spool):
    assert wam("status", "--watch", "--json").code == 2


def test_a_damaged_ticket_still_counts(wam, spool, made):
    place = made.job(spool, "plate-bbbbb")
    spool.share.replace(place.path, b"{")
    run = wam("status")
    assert run.code == 0
    assert "plate-bbbbb" in run.out


def test_an_unreadable_status_file_is_said(wam, spool):
    spool.share.create("nodes/odd.3.json", b"{")
    run = wam("status")
    assert run.code == 0
    assert "! cannot be read: nodes/odd.3.json: is not valid JSON" in run.out


def test_a_node_out_of_its_hours_says_when_it_opens(wam, spool, made):
    made.node(spool, state="closed", opens="2026-11-23T18:00:00.000Z", kept_back=4)
    made.job(spool, "bracket-aaaaa")
    shown = wam("status").out
    opens = local_time(datetime(2026, 11, 23, 18, tzinfo=UTC))
    assert f"cougar: keeps 4 cpus back, opens {opens}" in shown
    assert "jobs wait for the hours of their nodes" in shown
    (node,) = json.loads(wam("status", "--json").out)["nodes"]
    assert (node["state"], node["kept_back"]) == ("closed", 4)
    assert (node["opens"], node["closes"]) == ("2026-11-23T18:00:00.000Z", None)


def test_what_others_use_of_a_node_is_said(wam, spool, made):
    made.node(spool, kept_back=2, others_cpus=2, others_memory_bytes=3 << 30)
    made.node(spool, "lynx", kept_back=1, others_cpus=1)
    shown = wam("status").out
    used = "2 cores are in use by others, 3.0 GB of memory are in use by others"
    assert f"cougar: keeps 2 cpus back, {used}" in shown
    assert "lynx: keeps 1 cpu back, 1 core is in use by others" in shown
    node, _ = json.loads(wam("status", "--json").out)["nodes"]
    assert node["others"] == {"cpus": 2, "memory": 3 << 30}
