"""``wam status`` over a spool: what is read, and the JSON."""

import json

from spool_layout.states import State

JOB_FIELDS = (
    "job name state outcome reason node attempt priority owner batch submitted started ended progress "
    "results"
).split()
NODE_FIELDS = "node state cpus memory gpus tokens jobs heartbeat_age".split()


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
