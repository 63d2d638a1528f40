"""``wam log``: the end of a text, and a text as it grows until its job is done."""

import json
from pathlib import Path

import pytest

from client_tools.logs import PIECE_BYTES, last_lines
from spool_layout.states import Outcome, State


@pytest.fixture
def running(spool, made):
    """A job that runs and has written two lines, the second not to its end."""
    made.node(spool, jobs=[made.on_node("bracket-aaaaa")])
    place = made.job(spool, "bracket-aaaaa", State.RUNNING, node="cougar", generation=1)
    for folder in ("jobs/bracket-aaaaa", "jobs/bracket-aaaaa/live", "jobs/bracket-aaaaa/live/g1"):
        spool.share.make_folder(folder)
    spool.share.append("jobs/bracket-aaaaa/live/g1/solver.out", b"one\ntwo\n")
    spool.share.append("jobs/bracket-aaaaa/live/g1/bracket.sta", b"STEP 1\n")
    return place


def test_the_end_of_a_result(wam, spool, made):
    made.done(spool, "bracket-aaaaa", files={"solver.out": b"1\n2\n3", "bracket.sta": b"s\n"})
    assert wam("log", "bracket", "--lines", "2").out == "2\n3\n"
    assert wam("log", "bracket", "--lines", "0").out == "1\n2\n3\n"
    assert wam("log", "bracket", "--file", ".sta").out == "s\n"
    told = json.loads(wam("log", "bracket", "--json").out)
    assert told["lines"] == ["1", "2", "3"]
    assert (told["file"], told["texts"]) == ("solver.out", ["solver.out", "bracket.sta"])


def test_a_running_job_shows_its_live_copy(wam, running):
    assert wam("log", "bracket").out == "one\ntwo\n"
    assert wam("log", "bracket", "--file", ".sta").out == "STEP 1\n"


def test_a_waiting_job_says_where_it_is(wam, spool, made):
    made.job(spool, "first-aaaaa", priority=0)
    made.job(spool, "bracket-bbbbb")
    assert wam("log", "first").out == "first-aaaaa waits; it is the first in the queue\n"
    assert wam("log", "bracket").out == "bracket-bbbbb waits; 1 job is before it\n"


def test_a_job_that_has_written_nothing(wam, spool, made):
    made.job(spool, "bracket-aaaaa", State.CLAIMED, node="cougar", generation=1)
    assert "bracket-aaaaa is taken by cougar; it has written nothing yet" in wam("log", "br").out


def _end(spool, made, place, files, outcome=Outcome.COMPLETED):
    spool.share.remove(place.path)
    made.done(spool, place.name.job, outcome, files=files)


def test_following_to_the_end(wam, spool, made, running, clock):
    live = "jobs/bracket-aaaaa/live/g1/solver.out"
    clock.meanwhile = [
        lambda: spool.share.append(live, b"thr"),
        lambda: spool.share.append(live, b"ee\n"),
        lambda: _end(spool, made, running, {"solver.out": b"one\ntwo\nthree\nfour\nfi"}),
    ]
    run = wam("log", "-f", "bracket")
    assert run.code == 0
    assert run.out.splitlines() == [
        "-- bracket-aaaaa runs on cougar",
        "one",
        "two",
        "three",
        "four",
        "fi",
        "bracket-aaaaa  completed: All steps were computed.",
    ]


def test_following_through_the_queue_and_a_second_attempt(wam, spool, made, clock):
    place = made.job(spool, "bracket-aaaaa")
    places = [place]

    def begin(generation):
        spool.share.remove(places[-1].path)
        places.append(
            made.job(spool, "bracket-aaaaa", State.RUNNING, node="cougar", generation=generation)
        )
        folder = Path(spool.share.location) / f"jobs/bracket-aaaaa/live/g{generation}"
        folder.mkdir(parents=True)
        (folder / "solver.out").write_bytes(b"attempt g%d\n" % generation)

    def requeue():
        spool.share.remove(places[-1].path)
        places.append(made.job(spool, "bracket-aaaaa", generation=2))

    clock.meanwhile = [
        lambda: begin(1),
        requeue,
        lambda: begin(3),
        lambda: _end(spool, made, places[-1], {"solver.out": b"attempt g3\n"}, Outcome.FAILED),
    ]
    run = wam("log", "-f", "bracket")
    assert run.code == 1
    assert run.out.splitlines() == [
        "-- bracket-aaaaa waits; it is the first in the queue",
        "-- bracket-aaaaa runs on cougar",
        "attempt g1",
        "-- bracket-aaaaa waits; it is the first in the queue",
        "-- bracket-aaaaa runs on cougar",
        "attempt g3",
        "bracket-aaaaa  failed: It stopped.",
        "    solver.out:7  *ERROR: no",
    ]


def test_a_new_attempt_that_was_not_seen_to_begin(wam, spool, made, running, clock):
    places = [running]

    def again():
        spool.share.remove(running.path)
        places.append(made.job(spool, "bracket-aaaaa", State.RUNNING, node="cougar", generation=3))
        spool.share.make_folder("jobs/bracket-aaaaa/live/g3")
        spool.share.append("jobs/bracket-aaaaa/live/g3/solver.out", b"anew\n")

    clock.meanwhile = [
        again,
        lambda: _end(spool, made, places[-1], {"solver.out": b"anew\nend\n"}),
    ]
    lines = wam("log", "-f", "bracket").out.splitlines()
    assert lines[1:5] == ["one", "two", "anew", "end"]


def test_following_a_job_that_is_done(wam, spool, made):
    made.done(spool, "bracket-aaaaa")
    run = wam("log", "-f", "bracket")
    assert run.code == 0
    assert run.out.splitlines()[:2] == ["one", "two"]


def test_following_a_job_that_vanishes_ends(wam, spool, made, running, clock):
    clock.meanwhile = [lambda: spool.share.remove(running.path)]
    run = wam("log", "-f", "bracket")
    assert run.code == 31


def test_long_texts_are_read_from_their_end(spool):
    lines = [f"line {number}" for number in range(60_000)]
    spool.share.create("jobs/x", ("\n".join(lines) + "\n").encode())
    assert spool.share.examine("jobs/x").size_bytes > 2 * PIECE_BYTES
    for count in (1, 40, 30_000):
        assert last_lines(spool.share, "jobs/x", count)[0] == lines[-count:]
    assert last_lines(spool.share, "jobs/x", 0)[0] == lines


def test_a_solver_cannot_play_with_the_terminal(wam, spool, made):
    made.done(spool, "bracket-aaaaa", files={"solver.out": b"\x1b]0;mine\x07\xff\n"})
    assert "\x1b" not in wam("log", "bracket").out
