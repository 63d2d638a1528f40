"""``wam clean``: what was asked for goes, and nothing else, whatever happens on the way."""

import json
import sys
from contextlib import suppress
from datetime import timedelta

import pytest

from client_tools import confirming
from spool_layout.after import After
from spool_layout.states import Outcome, State
from tests.faults import Crash, FaultyShare, raising
from wamspool.errors import Busy
from wamspool.spool import open_spool


@pytest.fixture(autouse=True)
def days_later(clock, made):
    """All of these jobs have ended twenty days ago."""
    clock.utc_now = lambda: made.THEN + timedelta(days=20)


@pytest.fixture
def jobs(spool, made):
    made.done(spool, "plate-aaaaa", files={"a.frd": b"x" * 3000})
    made.done(spool, "plate-bbbbb", Outcome.FAILED)
    made.done(spool, "wheel-ccccc", Outcome.CANCELLED)
    return spool


def left(spool):
    return sorted(e.name for e in spool.share.list("done/2026-11"))


ALL = ["plate-aaaaa", "plate-bbbbb", "wheel-ccccc"]


def test_a_dry_run_shows_and_removes_nothing(wam, jobs):
    run = wam("clean", "--older", "10d", "--dry-run")
    assert run.code == 0
    assert "3 jobs would be removed, 4." in run.out and "plate-aaaaa" in run.out
    assert left(jobs) == ALL


@pytest.mark.parametrize(
    ("words", "stays"),
    [
        (["--older", "10d"], []),
        (["--older", "30d"], ALL),
        (["--outcome", "failed"], ["plate-aaaaa", "wheel-ccccc"]),
        (["--state", "failed", "--outcome", "cancelled", "--older", "10d"], ["plate-aaaaa"]),
        (["plate-a", "wheel"], ["plate-bbbbb"]),
    ],
)
def test_what_was_asked_for_goes(wam, jobs, words, stays):
    run = wam("clean", *words, "--yes")
    assert run.code == 0, run.err
    months = [e.name for e in jobs.share.list("done")]
    assert (left(jobs) if months else []) == stays


def test_the_policy_of_the_site(wam, jobs, tmp_path):
    run = wam("clean", "--yes")
    assert run.code == 2 and "keeps done jobs for ever" in run.err
    path = tmp_path / "spool/spool.yaml"
    path.write_text(path.read_text() + "retention: {failed: 10 d, cancelled: 30 d}\n")
    assert wam("clean", "--yes").code == 0
    assert left(jobs) == ["plate-aaaaa", "wheel-ccccc"]


def test_a_script_must_say_so(wam, jobs):
    run = wam("clean", "--older", "10d")
    assert run.code == 2 and "--yes" in run.err
    assert left(jobs) == ALL


@pytest.mark.parametrize(("answer", "code"), [(False, 1), (True, 0)])
def test_a_person_is_shown_it_and_asked(wam, jobs, monkeypatch, answer, code):
    asked = []
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setattr(confirming.typer, "confirm", lambda text: asked.append(text) or answer)
    run = wam("clean", "--outcome", "failed")
    assert run.code == code
    assert "would be removed" in run.out
    (text,) = asked
    assert text.startswith("Remove 1.") or "plate-bbbbb" in text
    assert ("plate-bbbbb" in left(jobs)) is not answer


def test_what_is_freed_and_who_did_it_is_told(wam, jobs):
    told = json.loads(wam("clean", "plate-aaaaa", "--yes", "--json").out)
    (job,) = told["jobs"]
    assert (job["job"], job["removed"], job["outcome"]) == ("plate-aaaaa", True, "completed")
    assert told["freed"] == job["size"] > 3000
    (month,) = jobs.share.list("journal")
    (entry,) = jobs.share.read(f"journal/{month.name}/user-jo-desk.jsonl").splitlines()
    said = json.loads(entry)
    assert (said["event"], said["job"]) == ("clean", "plate-aaaaa")


def test_jobs_in_flight_are_refused(wam, spool, made):
    made.job(spool, "plate-aaaaa", State.RUNNING, node="cougar", generation=1)
    run = wam("clean", "plate", "--yes")
    assert run.code == 63 and "wam kill plate-aaaaa" in run.err


def test_a_job_of_which_the_end_is_still_being_shown_stays(wam, jobs):
    jobs.share.make_folder("jobs/plate-aaaaa")
    told = json.loads(wam("clean", "--older", "10d", "--yes", "--json").out)
    assert told["kept"] == [{"job": "plate-aaaaa", "why": "its end is still being shown"}]
    assert left(jobs) == ["plate-aaaaa"]


@pytest.mark.parametrize("state", [State.QUEUED, State.HELD])
@pytest.mark.parametrize(
    "more", [{"after": (After("plate-aaaaa", "any"),)}, {"options": {"oldjob": ALL[0]}}]
)
def test_a_job_that_another_waits_for_stays(wam, jobs, made, state, more):
    made.job(jobs, "next-ddddd", state, **more)
    told = json.loads(wam("clean", "--older", "10d", "--yes", "--json").out)
    assert told["kept"] == [{"job": "plate-aaaaa", "why": "a job that waits needs it"}]
    assert left(jobs) == ["plate-aaaaa"]


def test_others_jobs_are_the_operators_business(wam, jobs, owned, tmp_path):
    owned.owners["plate-"] = "ann"
    run = wam("clean", "plate-aaaaa", "--yes")
    assert run.code == 69 and "belongs to ann" in run.err
    told = json.loads(wam("clean", "--older", "10d", "--yes", "--json").out)
    assert [job["job"] for job in told["jobs"]] == ["wheel-ccccc"]
    assert len(told["kept"]) == 2
    path = tmp_path / "spool/spool.yaml"
    path.write_text(path.read_text() + "operators: [jo]\n")
    told = json.loads(wam("clean", "--older", "10d", "--mine", "--yes", "--json").out)
    assert told["jobs"] == [] and left(jobs) == ["plate-aaaaa", "plate-bbbbb"]
    assert wam("clean", "plate-aaaaa", "--yes").code == 0
    assert left(jobs) == ["plate-bbbbb"]


def test_a_file_that_somebody_has_open_keeps_its_job_whole(wam, jobs, monkeypatch):
    faulty = FaultyShare(jobs.share)
    faulty.at("move", "plate-aaaaa", before=raising(Busy("done", "somebody has it open")))
    monkeypatch.setattr("client_tools.which_spool.open_share", lambda *_, **__: faulty)
    run = wam("clean", "--older", "10d", "--yes", "--json")
    assert run.code == 1
    assert json.loads(run.out)["not_done"][0]["job"] == "plate-aaaaa"
    assert left(jobs) == ["plate-aaaaa"]


def test_killed_at_any_moment_no_job_is_shown_as_whole_that_is_not(
    wam, jobs, made, clock, monkeypatch
):
    whole = {p.name for p in (path_of(jobs) / "done/2026-11/plate-aaaaa").rglob("*")}
    for number in range(1, 200):
        faulty = FaultyShare(jobs.share, crash_before=number)
        with monkeypatch.context() as patched, suppress(Crash):
            patched.setattr("client_tools.which_spool.open_share", lambda *_, f=faulty, **__: f)
            wam("clean", "plate-aaaaa", "--yes")
        shown = path_of(jobs) / "done/2026-11/plate-aaaaa"
        assert not shown.exists() or {p.name for p in shown.rglob("*")} == whole
        if not faulty.dead:
            break
        if not shown.exists():
            assert wam("clean", "--outcome", "lost", "--yes").code == 0
            assert left(jobs) == ALL[1:], "the next call finishes it"
            made.done(jobs, "plate-aaaaa", files={"a.frd": b"x" * 3000})
    assert number > 20 and not faulty.dead


def path_of(spool):
    from pathlib import Path

    return Path(spool.share.location)


@pytest.mark.parametrize(
    "words", [["--older", "soon"], ["--outcome", "good"], ["x", "--older", "1d"]]
)
def test_what_cannot_be_meant(wam, jobs, words):
    assert wam("clean", *words, "--yes").code == 2
    assert left(jobs) == ALL


def test_a_spool_opens_with_its_policy(jobs, clock, tmp_path):
    path = tmp_path / "spool/spool.yaml"
    path.write_text(path.read_text() + "retention: {completed: 90 d}\n")
    retention = open_spool(jobs.share, clock).settings.retention
    assert retention == {Outcome.COMPLETED: 90 * 86400}
