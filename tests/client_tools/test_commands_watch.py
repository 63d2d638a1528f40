"""``wam watch``: lines in a pipe, to the job's end; what is known as JSON."""

import json
from pathlib import Path

from spool_layout.states import Outcome, State

STA = """\
SUMMARY OF JOB INFORMATION
  STEP      INC     ATT  ITRS     TOT TIME     STEP TIME      INC TIME
     1          1     1     2  0.500000E-02  0.500000E-02  0.500000E-02
"""
MORE = "     1          2     1U    9  0.500000E-02  0.500000E-02  0.500000E-02\n"
LAST = "     1          2     2     3  0.100000E+01  0.100000E+01  0.250000E-02\n"


def live(spool, text, generation=1):
    folder = f"jobs/plate-bbbbb/live/g{generation}"
    path = Path(spool.share.location) / folder
    path.mkdir(parents=True, exist_ok=True)
    spool.share.append(f"{folder}/plate.sta", text.encode())


def test_a_run_is_told_line_by_line_to_its_end(wam, spool, made, clock):
    made.node(spool, jobs=[made.on_node("plate-bbbbb", percent=5.0)])
    place = made.job(spool, "plate-bbbbb", State.RUNNING, node="cougar", generation=1)
    live(spool, STA)

    def end():
        spool.share.remove(place.path)
        made.done(spool, "plate-bbbbb", files={"plate.sta": f"{STA}{MORE}{LAST}".encode()})

    clock.meanwhile = [lambda: live(spool, MORE), end]
    run = wam("watch", "plate")
    assert run.code == 0
    assert [line.split() for line in run.out.splitlines()[:-1]] == [
        ["--", "plate-bbbbb", "runs", "on", "cougar"],
        ["step", "incr", "attempt", "iter", "total", "time", "step", "time", "increment"],
        ["1", "1", "1", "2", "0.005", "0.005", "0.005"],
        ["1", "2", "1U", "9", "0.005", "0.005", "0.005"],
        ["--", "plate-bbbbb", "has", "ended"],
        ["1", "2", "2", "3", "1", "1", "0.0025"],
    ]
    assert run.out.splitlines()[-1] == "plate-bbbbb  completed: All steps were computed."


def test_of_a_run_that_is_longer_than_what_is_kept_each_row_is_told_once(
    wam, spool, made, clock, monkeypatch
):
    rows = [
        f"     1         {n:2}     1     2  0.{n:02}0000E-00  0.{n:02}0000E-00  0.100000E-01\n"
        for n in range(1, 13)
    ]
    monkeypatch.setattr("client_tools.runs.WINDOW_CHARS", 4 * len(rows[0]) + 20)
    made.node(spool, jobs=[made.on_node("plate-bbbbb")])
    place = made.job(spool, "plate-bbbbb", State.RUNNING, node="cougar", generation=1)
    live(spool, "".join(rows[:2]))

    def grow(first, last):
        return lambda: live(spool, "".join(rows[first:last]))

    def end():
        spool.share.remove(place.path)
        made.done(spool, "plate-bbbbb", files={"plate.sta": "".join(rows).encode()})

    clock.meanwhile = [grow(2, 5), grow(5, 8), grow(8, 9), grow(9, 11), end]
    run = wam("watch", "plate")
    told = [line.split()[1] for line in run.out.splitlines() if line.split()[:1] == ["1"]]
    assert told == [str(n) for n in range(1, 13)]
    assert run.out.count("attempt") == 1


def test_the_node_is_asked_to_show_the_texts(wam, spool, made, clock):
    made.node(spool, jobs=[made.on_node("plate-bbbbb")])
    place = made.job(spool, "plate-bbbbb", State.RUNNING, node="cougar", generation=1)
    asked = []

    def end():
        asked.extend(entry.name for entry in spool.share.list("requests"))
        spool.share.remove(place.path)
        made.done(spool, "plate-bbbbb")

    clock.meanwhile = [end]
    wam("watch", "plate")
    assert [name.startswith("plate-bbbbb.") for name in asked] == [True]


def test_a_new_attempt_begins_its_own_lines(wam, spool, made, clock):
    made.node(spool, jobs=[])
    place = made.job(spool, "plate-bbbbb", State.RUNNING, node="cougar", generation=1)
    live(spool, STA + MORE)

    def again():
        spool.share.remove(place.path)
        made.job(spool, "plate-bbbbb", State.RUNNING, node="lynx", generation=3)
        live(spool, STA, generation=3)

    def interrupt():
        raise KeyboardInterrupt

    clock.meanwhile = [again, interrupt]
    run = wam("watch", "plate")
    assert run.code == 130
    assert run.out.count("      1       1     2") == 2
    assert run.out.count("-- plate-bbbbb runs on lynx") == 1


def test_a_job_that_is_done_shows_its_end(wam, spool, made):
    made.done(spool, "plate-bbbbb", Outcome.FAILED, files={"plate.sta": STA.encode()})
    run = wam("watch", "plate")
    assert run.code == 1
    assert "0.005" in run.out
    assert "plate-bbbbb  failed: It stopped." in run.out


def test_json_tells_what_is_known_now(wam, spool, made):
    made.node(spool, jobs=[made.on_node("plate-bbbbb", percent=5.0)])
    made.job(spool, "plate-bbbbb", State.RUNNING, node="cougar", generation=1)
    live(spool, STA + MORE)
    told = json.loads(wam("watch", "plate", "--json").out)
    assert (told["job"], told["state"], told["outcome"], told["percent"]) == (
        "plate-bbbbb", "running", None, 5.0,
    )  # fmt: skip
    assert [attempt["converged"] for attempt in told["attempts"]] == [True, False]
