"""``wam queue``: what waits, is held, or was refused."""

import json

from client_tools.views.screen import Line
from client_tools.views.table import folded
from spool_layout.after import After
from spool_layout.errors import FormatError
from spool_layout.states import State
from wamspool.reject import reject


def test_waiting_and_held(wam, spool, made):
    made.job(spool, "plate-bbbbb")
    made.job(spool, "urgent-ccccc", priority=0)
    made.job(spool, "held-ddddd", State.HELD)
    first, *rest = wam("queue").out.splitlines()
    assert first.split() == "waiting priority cpus memory owner since ~start".split()
    assert [line.split()[0] for line in rest] == [
        "urgent-ccccc",
        "plate-bbbbb",
        "held",
        "held-ddddd",
    ]
    assert "held-ddddd" not in wam("queue", "--state", "queued").out
    told = json.loads(wam("queue", "--state", "held", "--json").out)
    assert [(job["job"], job["state"]) for job in told["jobs"]] == [("held-ddddd", "held")]


def test_nothing(wam, spool):
    assert wam("queue").out == "nothing waits or is held\n"
    assert wam("queue", "--state", "rejected").out == "nothing was rejected\n"


def test_a_limit(wam, spool, made):
    for number in range(4):
        made.job(spool, f"plate-{number:05}")
    assert wam("queue", "--limit", "3").out.splitlines()[-1] == "... and 1 more"
    assert len(json.loads(wam("queue", "--json").out)["jobs"]) == 4


def test_what_was_rejected_and_why(wam, spool):
    spool.share.create("incoming/odd.inp", b"x")
    error = FormatError("no cards", source="odd.inp", line=3, cure="Write some.")
    reject(spool.share, "incoming/odd.inp", error)
    run = wam("queue", "--state", "rejected")
    assert run.out.splitlines()[:3] == ["odd.inp", "  odd.inp:3: no cards", "  -> Write some."]
    (job,) = json.loads(wam("queue", "--state", "rejected", "--json").out)["jobs"]
    assert (job["job"], job["state"], job["outcome"]) == ("odd.inp", "rejected", "rejected")
    assert job["reason"] == "odd.inp:3: no cards"


def test_a_rejected_file_without_its_reason(wam, spool):
    spool.share.create("rejected/odd.inp", b"x")
    assert "no reason lies beside it" in wam("queue", "--state", "rejected").out


def test_prose_is_folded_between_words_and_paths_are_not():
    why = Line(
        "  -> Write the input deck again as plain text; its cards begin with '*'.", folds=True
    )
    assert folded(why, 40) == [
        "  -> Write the input deck again as plain",
        "     text; its cards begin with '*'.",
    ]
    path = Line("/srv/a rather long/path of results", folds=False)
    assert folded(path, 10) == [path.text]
    assert folded(why, 100) == [why.text]


def test_what_jobs_come_after_is_shown_where_one_does(wam, spool, made):
    made.node(spool)
    made.job(spool, "one-aaaaa")
    assert "after" not in wam("queue").out
    made.job(spool, "two-aaaaa", after=(After("one-aaaaa", "any"), After("old-aaaaa")))
    out = wam("queue").out
    assert " after " in out and "one-aaaaa:any, old-aaaaa" in out
    jobs = json.loads(wam("queue", "--json").out)["jobs"]
    assert [job["after"] for job in jobs] == [[], ["one-aaaaa:any", "old-aaaaa"]]
