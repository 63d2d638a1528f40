"""``wam get``: everything arrives, nothing is lost, nothing is copied twice."""

import hashlib
import json

import pytest

from wamspool.errors import CopyDiffers, Unreachable
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
