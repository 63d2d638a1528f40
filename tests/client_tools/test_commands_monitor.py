"""``wam monitor``: status files come here, as far as they are, and it is said how the job stands."""

import json

import pytest

from spool_layout.states import Outcome, State

LIVE = "jobs/plate-ccccc/live/g1"


@pytest.fixture
def here(tmp_path, monkeypatch, spool):
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def running(spool, made, here):
    place = made.job(spool, "plate-ccccc", State.RUNNING, node="cougar", generation=1)
    for folder in ("jobs/plate-ccccc", "jobs/plate-ccccc/live", LIVE):
        spool.share.make_folder(folder)
    spool.share.append(f"{LIVE}/plate.sta", b"1 1\n1 ")
    return place


def test_a_running_job(wam, here, running):
    run = wam("monitor", "plate")
    assert run.code == 0
    assert run.out.splitlines() == [
        "plate-ccccc runs on cougar, no word yet",
        f"1 file, 4 B, in {here}",
    ]
    assert (here / "plate.sta").read_bytes() == b"1 1\n"


def test_a_done_job_with_its_last_line_and_without_its_results(wam, spool, made, here):
    files = {"plate.sta": b"1 1\nno end", "plate.msg": b"m\n", "plate.cvg": b"c\n", "a.frd": b"f"}
    made.done(spool, "plate-bbbbb", files=files)
    told = json.loads(wam("monitor", "plate", "--to", "x", "--json").out)
    assert told["state"] == "done" and told["outcome"] == "completed"
    assert sorted(p.name for p in (here / "x").iterdir()) == ["plate.cvg", "plate.msg", "plate.sta"]
    assert (here / "x/plate.sta").read_bytes() == b"1 1\nno end"


def test_files_of_the_user_are_not_lost(wam, here, running):
    (here / "plate.sta").write_text("mine\n")
    assert wam("monitor", "plate").code == 62
    assert (here / "plate.sta").read_text() == "mine\n"
    assert wam("monitor", "plate", "--force").code == 0


def test_a_job_that_waits(wam, spool, made, here):
    made.job(spool, "plate-ccccc")
    run = wam("monitor", "plate")
    assert (run.code, run.out.splitlines()) == (
        0,
        ["plate-ccccc waits", "it has shown no status file yet"],
    )


@pytest.mark.parametrize(("outcome", "code"), [(Outcome.COMPLETED, 0), (Outcome.FAILED, 1)])
def test_following_to_the_end(wam, spool, clock, made, here, running, outcome, code):
    def more():
        spool.share.append(f"{LIVE}/plate.sta", b"2\n1 3")

    def end():
        spool.share.remove(running.path)
        text = b"1 1\n1 2\n1 3\nTHE END"
        made.done(spool, "plate-ccccc", outcome, files={"plate.sta": text})

    clock.meanwhile = [more, end]
    run = wam("monitor", "plate", "--follow")
    assert run.code == code
    assert run.out.splitlines()[0] == "plate-ccccc runs on cougar, no word yet"
    assert f"plate-ccccc  {outcome}" in run.out
    assert (here / "plate.sta").read_bytes() == b"1 1\n1 2\n1 3\nTHE END"


def test_another_run_of_the_job_begins_its_texts_anew(wam, spool, clock, made, here, running):
    def again():
        spool.share.remove(running.path)
        made.job(spool, "plate-ccccc", State.RUNNING, node="puma", generation=3)
        spool.share.make_folder("jobs/plate-ccccc/live/g3")
        spool.share.append("jobs/plate-ccccc/live/g3/plate.sta", b"9 9\n")

    def end():
        (spool_file,) = [e.name for e in spool.share.list("running")]
        spool.share.remove(f"running/{spool_file}")
        made.done(spool, "plate-ccccc", files={"plate.sta": b"9 9\n"})

    clock.meanwhile = [again, end]
    run = wam("monitor", "plate", "-f")
    assert run.code == 0 and "runs on puma" in run.out
    assert (here / "plate.sta").read_bytes() == b"9 9\n"
