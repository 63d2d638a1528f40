"""A node's local scratch."""

import os

import pytest

from node_service.processes import prepare_control
from node_service.scratch import Scratch, UnwritableScratch


@pytest.fixture
def scratch(tmp_path):
    made = Scratch(tmp_path / "scratch")
    made.make()
    return made


@pytest.fixture
def folder(scratch):
    made = scratch.attempt("bracket-abcde", 3)
    scratch.new_attempt(made)
    return made


def test_an_attempt_is_staged_once_it_is_marked(folder):
    assert not folder.is_staged and folder.gpus == ()
    folder.mark_staged((0, 2))
    assert folder.is_staged and folder.gpus == (0, 2)


def test_a_mark_that_was_cut_off_is_none(folder):
    (folder.path / "control/staged").write_text("")
    assert not folder.is_staged


def test_a_new_attempt_has_nothing_of_an_earlier_one(scratch, folder):
    (folder.run / "old.dat").write_text("old")
    folder.mark_staged(())
    scratch.new_attempt(folder)
    assert not folder.is_staged and "old.dat" not in folder.files()


def test_a_stop_is_remembered(folder):
    assert folder.stopped_for is None
    folder.note_stop("walltime")
    assert folder.stopped_for == "walltime"


def test_files_are_the_plain_ones_in_order(folder, tmp_path):
    for name in ("b/2.txt", "a.dat", "b/1.txt"):
        folder.place_for(name).write_text("x")
    (folder.run / "link").symlink_to(tmp_path)
    (folder.run / "linked.dat").symlink_to(folder.run / "a.dat")
    os.mkfifo(folder.run / "pipe")
    assert folder.files() == ["a.dat", "b/1.txt", "b/2.txt"]
    assert folder.size_bytes(["a.dat", "b/1.txt"]) == 2


def test_the_growth_of_a_text(folder, tmp_path):
    (folder.run / "out").write_bytes(b"one two")
    assert folder.grown("out", 4, most_bytes=2) == b"tw"
    assert folder.grown("out", 99, most_bytes=2) == b""
    assert folder.grown("absent", 0, most_bytes=2) == b""


def test_no_growth_of_links_and_pipes(folder, tmp_path):
    (tmp_path / "secret").write_bytes(b"secret")
    (folder.run / "link").symlink_to(tmp_path / "secret")
    os.mkfifo(folder.run / "pipe")
    assert folder.grown("link", 0, most_bytes=9) == b""
    assert folder.grown("pipe", 0, most_bytes=9) == b""


def test_the_attempts_are_the_folders_that_are_named_so(scratch, folder):
    (scratch.root / "notes").mkdir()
    prepare_control(scratch.attempt("other-abcde", 1).path)
    assert scratch.attempts() == [("bracket-abcde", 3), ("other-abcde", 1)]
    folder.remove()
    assert scratch.attempts() == [("other-abcde", 1)]


def test_what_is_put_aside_never_covers_what_lies_there(scratch, folder):
    (folder.run / "first").touch()
    first = scratch.put_aside("bracket-abcde", 3)
    scratch.new_attempt(folder)
    second = scratch.put_aside("bracket-abcde", 3)
    assert first != second and (first / "run/first").exists()
    assert scratch.attempts() == []
    assert scratch.free_bytes() > 0


@pytest.mark.parametrize(
    ("before", "after"), [(None, "b\n"), ("", "b\n"), ("a", "a\nb\n"), ("a\n", "a\nb\n")]
)
def test_what_is_appended_stands_on_lines_of_its_own(folder, before, after):
    if before is not None:
        folder.place_for("sub/x.env").write_text(before)
    folder.append("sub/x.env", "b\n")
    assert (folder.run / "sub/x.env").read_text() == after


def test_a_folder_of_the_run_is_made_once(folder):
    folder.make_folder("a/b")
    folder.make_folder("a/b")
    assert (folder.run / "a/b").is_dir()


def test_a_place_where_the_account_may_not_write_is_said(tmp_path):
    (tmp_path / "scratch").write_text("a file")
    with pytest.raises(UnwritableScratch, match="scratch") as caught:
        Scratch(tmp_path / "scratch").make()
    assert "--scratch" in caught.value.cure


def test_a_folder_that_somebody_else_has_made_is_said(tmp_path, monkeypatch):
    Scratch(tmp_path / "scratch").make()
    monkeypatch.setattr(os, "access", lambda folder, mode: folder != tmp_path / "scratch/log")
    with pytest.raises(UnwritableScratch, match="log: this account may not write there"):
        Scratch(tmp_path / "scratch").make()
