"""``wam get``: everything arrives, nothing is lost, nothing is copied twice."""

import hashlib
import json

import pytest

from client_tools.choosing import find_done
from spool_layout.states import State
from wamspool.errors import AmbiguousJob, CopyDiffers, Unreachable
from wamspool.shares.local import LocalShare


@pytest.fixture
def here(tmp_path, monkeypatch, spool, made):
    made.done(
        spool, "bracket-aaaaa", files={"solver.out": b"one\n", "a.frd": b"frd", "a.dat": b"dat"}
    )
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def _names(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_all_results_and_no_inputs(wam, here):
    run = wam("get", "bracket")
    assert run.code == 0
    assert run.out.splitlines() == [
        "bracket-aaaaa  completed: All steps were computed.",
        "3 files, 10 B, copied to bracket-aaaaa",
    ]
    assert _names(here / "bracket-aaaaa") == ["a.dat", "a.frd", "solver.out"]
    assert (here / "bracket-aaaaa" / "a.frd").read_bytes() == b"frd"


def test_inputs_when_asked(wam, here):
    wam("get", "bracket", "--inputs", "--to", "x")
    assert "inputs/bracket.inp" in _names(here / "x")


def test_patterns(wam, here):
    wam("get", "bracket", "*.frd", "solver.out", "--to", "x")
    assert _names(here / "x") == ["a.frd", "solver.out"]


def test_what_is_here_already_is_left(wam, here):
    wam("get", "bracket")
    (here / "bracket-aaaaa" / "a.dat").unlink()
    before = (here / "bracket-aaaaa" / "a.frd").stat()
    told = json.loads(wam("get", "bracket", "--json").out)
    assert {f["name"]: f["copied"] for f in told["files"]} == {
        "a.dat": True,
        "a.frd": False,
        "solver.out": False,
    }
    assert told["files"][0]["sha256"] == hashlib.sha256(b"dat").hexdigest()
    after = (here / "bracket-aaaaa" / "a.frd").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert "nothing to copy: 3 files are in bracket-aaaaa already" in wam("get", "bracket").out


@pytest.mark.parametrize("other", [b"fre", b"another size"])
def test_a_different_file_is_not_lost(wam, here, other):
    wam("get", "bracket")
    (here / "bracket-aaaaa" / "a.frd").write_bytes(other)
    (here / "bracket-aaaaa" / "a.dat").unlink()
    run = wam("get", "bracket")
    assert run.code == 62
    assert "holds other files of these names: a.frd" in run.err
    assert (here / "bracket-aaaaa" / "a.frd").read_bytes() == other
    assert not (here / "bracket-aaaaa" / "a.dat").exists(), "all is looked at before any copy"
    assert wam("get", "bracket", "--force").code == 0
    assert (here / "bracket-aaaaa" / "a.frd").read_bytes() == b"frd"


def test_a_folder_of_that_name_is_not_removed(wam, here):
    (here / "x" / "a.frd").mkdir(parents=True)
    (here / "x" / "a.frd" / "mine").write_text("")
    assert wam("get", "bracket", "--to", "x", "--force").code != 0
    assert (here / "x" / "a.frd" / "mine").exists()


def test_a_copy_that_differs_is_no_result(wam, here, monkeypatch):
    def damaged(self, path, target):
        copied = real(self, path, target)
        target.write_bytes(b"x" * copied.size_bytes)
        return copied

    real = LocalShare.copy_out
    monkeypatch.setattr(LocalShare, "copy_out", damaged)
    assert wam("get", "bracket").code == CopyDiffers.exit_code
    assert _names(here) == []


def test_an_interrupted_copy_leaves_nothing_half(wam, here, monkeypatch):
    def broken(self, path, target):
        target.write_bytes(b"ha")
        raise Unreachable(path, "the server does not answer")

    monkeypatch.setattr(LocalShare, "copy_out", broken)
    assert wam("get", "bracket").code == Unreachable.exit_code
    assert _names(here) == []


def test_a_target_that_is_a_file(wam, here):
    (here / "x").write_text("")
    run = wam("get", "bracket", "--to", "x")
    assert run.code == 61
    assert (here / "x").read_text() == ""


def test_results_in_folders(wam, spool, made, here):
    made.done(spool, "deep-bbbbb", files={"solver.out": b""})
    spool.share.make_folder("done/2026-11/deep-bbbbb/sub")
    spool.share.create("done/2026-11/deep-bbbbb/sub/x.vtk", b"vtk")
    assert wam("get", "deep").code == 0
    assert _names(here / "deep-bbbbb") == ["solver.out", "sub/x.vtk"]


@pytest.fixture
def blocks(monkeypatch):
    """Files of more than 20 bytes are large, and go in blocks of 10."""
    monkeypatch.setattr("wamspool.piecewise.BLOCK_BYTES", 10)
    monkeypatch.setattr("client_tools.broken_copy.BLOCK_BYTES", 10)
    monkeypatch.setattr("client_tools.fetching.LARGE_BYTES", 20)


BIG = bytes(range(256)) * 2


def _sent(monkeypatch, *, breaks_after=None):
    """What is read of large files of the share, and an outage after so many blocks."""
    real, read = LocalShare.read_from, []

    def counted(self, path, offset, *, most_bytes):
        piece = real(self, path, offset, most_bytes=most_bytes)
        if path.startswith("done/") and path.endswith(".frd"):
            read.append(len(piece))
            if breaks_after is not None and len(read) > breaks_after:
                raise Unreachable(path, "the server does not answer")
        return piece

    monkeypatch.setattr(LocalShare, "read_from", counted)
    return read


@pytest.mark.parametrize("blocks_before", [1, 30, 51])
def test_a_broken_copy_goes_on_where_it_was(
    wam, spool, made, here, monkeypatch, blocks, blocks_before
):
    made.done(spool, "large-bbbbb", files={"a.frd": BIG})
    with monkeypatch.context() as patched:
        _sent(patched, breaks_after=blocks_before)
        assert wam("get", "large").code == Unreachable.exit_code
    assert not (here / "large-bbbbb/a.frd").exists()
    read = _sent(monkeypatch)
    told = json.loads(wam("get", "large", "--json").out)
    assert sum(read) == len(BIG) - 10 * blocks_before, "what had arrived was copied again"
    assert told["files"][0]["sha256"] == hashlib.sha256(BIG).hexdigest()
    assert (here / "large-bbbbb/a.frd").read_bytes() == BIG
    assert _names(here / "large-bbbbb") == ["a.frd"]


@pytest.mark.parametrize("harm", ["other content", "shorter", "no note", "another file"])
def test_a_broken_copy_that_is_not_what_was_read_is_begun_anew(
    wam, spool, made, here, monkeypatch, blocks, harm
):
    folder = made.done(spool, "large-bbbbb", files={"a.frd": BIG})
    with monkeypatch.context() as patched:
        _sent(patched, breaks_after=20)
        wam("get", "large")
    part = here / "large-bbbbb/.a.frd.wam-part"
    if harm == "other content":
        part.write_bytes(b"?" + part.read_bytes()[1:])
    elif harm == "shorter":
        part.write_bytes(part.read_bytes()[:50])
    elif harm == "no note":
        part.with_name(".a.frd.wam-copied").unlink()
    else:
        spool.share.replace(f"{folder}/a.frd", BIG[::-1])
    assert wam("get", "large").code == 0
    expected = BIG[::-1] if harm == "another file" else BIG
    assert (here / "large-bbbbb/a.frd").read_bytes() == expected


def test_several_jobs_each_into_its_folder(wam, spool, made, here):
    made.done(spool, "plate-bbbbb", files={"a.frd": b"1"})
    run = wam("get", "bracket", "plate", "*.frd", "--to", "x", "--json")
    assert run.code == 0
    assert [job["job"] for job in json.loads(run.out)["jobs"]] == ["bracket-aaaaa", "plate-bbbbb"]
    assert _names(here / "x") == ["bracket-aaaaa/a.frd", "plate-bbbbb/a.frd"]


def test_one_of_several_that_cannot_be_copied_is_told_and_the_others_come(wam, spool, made, here):
    made.done(spool, "plate-bbbbb", files={"a.csv": b"1"})
    run = wam("get", "bracket", "plate", "--only", "*.csv", "--json")
    assert run.code == 1
    told = json.loads(run.out)
    assert [job["job"] for job in told["jobs"]] == ["plate-bbbbb"]
    assert [(one["job"], one["error"]) for one in told["not_done"]] == [
        ("bracket-aaaaa", "NothingThere")
    ]


def test_a_word_that_is_neither_job_nor_pattern_says_how_to_name_files(wam, here):
    run = wam("get", "bracket", "restart")
    assert run.code == 31 and "--only restart" in run.err


def test_only_takes_names_without_dots(wam, spool, made, here):
    made.done(spool, "plate-bbbbb", files={"restart": b"1", "a.dat": b"2"})
    assert wam("get", "plate", "--only", "restart").code == 0
    assert _names(here / "plate-bbbbb") == ["restart"]


@pytest.fixture
def running(spool, made, here):
    place = made.job(spool, "plate-ccccc", State.RUNNING, node="cougar", generation=1)
    for folder in ("plate-ccccc", "plate-ccccc/live", "plate-ccccc/live/g1"):
        spool.share.make_folder(f"jobs/{folder}")
    spool.share.append("jobs/plate-ccccc/live/g1/plate.sta", b"1 1 0.5\n1 2 ")
    spool.share.append("jobs/plate-ccccc/live/g1/solver.out", b"begun\n")
    return place


def test_a_running_job_is_refused_with_the_cure(wam, running):
    run = wam("get", "plate")
    assert run.code == 63
    assert "runs on cougar" in run.err and "wam get plate-ccccc --partial" in run.err


def test_a_part_of_a_name_that_fits_done_ones_too_lists_them(wam, spool, made, here, running):
    made.done(spool, "plate-bbbbb")
    run = wam("get", "plate")
    assert run.code == 63
    assert "plate-ccccc runs on cougar" in run.err and "done are plate-bbbbb" in run.err
    assert wam("get", "plate-bbbbb").code == 0


def test_on_a_terminal_it_is_asked_which(spool, made, here, running, monkeypatch, capsys):
    made.done(spool, "plate-bbbbb")
    later = made.done(spool, "plate-ddddd")
    outcome = spool.share.read(f"{later}/outcome.yaml")
    outcome = outcome.replace(b"2026-11-23T08:34", b"2026-11-23T09:34")
    spool.share.replace(f"{later}/outcome.yaml", outcome)
    monkeypatch.setattr("typer.prompt", lambda *_, **__: 2)
    assert find_done(spool, "plate", asks=True).job == "plate-bbbbb"
    shown = capsys.readouterr().out
    assert "1  plate-ddddd  completed" in shown and "2  plate-bbbbb" in shown
    spool.share.remove(running.path)
    with pytest.raises(AmbiguousJob, match="fits 2 jobs"):
        find_done(spool, "plate", asks=False)


def test_partial_results_are_snapshots_to_the_last_whole_line(wam, spool, here, running):
    run = wam("get", "plate", "--partial", "--json")
    assert json.loads(run.out)["files"] == [
        {"name": "solver.out", "size": 6, "added": 6},
        {"name": "plate.sta", "size": 8, "added": 8},
    ]
    assert (here / "plate-ccccc/plate.sta").read_bytes() == b"1 1 0.5\n"
    spool.share.append("jobs/plate-ccccc/live/g1/plate.sta", b"1.0\n")
    again = wam("get", "plate", "*.sta", "--partial")
    assert "this is no result yet" in again.out
    assert (here / "plate-ccccc/plate.sta").read_bytes() == b"1 1 0.5\n1 2 1.0\n"


def test_partial_results_do_not_overwrite_other_files(wam, here, running):
    (here / "plate-ccccc").mkdir()
    (here / "plate-ccccc/plate.sta").write_text("mine\n")
    assert wam("get", "plate", "--partial").code == 62
    assert (here / "plate-ccccc/plate.sta").read_text() == "mine\n"
    assert wam("get", "plate", "--partial", "--force").code == 0
    assert (here / "plate-ccccc/plate.sta").read_bytes() == b"1 1 0.5\n"


def test_partial_results_of_a_job_that_has_shown_nothing(wam, spool, made, here):
    made.job(spool, "wheel-ccccc", State.RUNNING, node="cougar", generation=1)
    run = wam("get", "wheel", "--partial")
    assert run.code == 65 and "runs on cougar" in run.err
