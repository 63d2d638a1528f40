"""Walking, making and removing folders, verb by verb."""

import pytest

from tests.clocks import FakeClock
from tests.faults import FaultyShare
from wamspool.errors import Denied, Gone
from wamspool.shares.local import LocalShare
from wamspool.tree import files_below, lies_at, make_folders, remove_tree


@pytest.fixture
def share(tmp_path):
    (tmp_path / "share").mkdir()
    return LocalShare(tmp_path / "share", FakeClock(), durable=False)


def fill(share):
    make_folders(share, "job/mesh/fine")
    for path in ("job/b", "job/a", "job/mesh/m", "job/mesh/fine/f", "job/.hidden"):
        share.create(path, b"x")


def test_a_file_lies_where_its_folder_lists_it(share):
    fill(share)
    assert lies_at(share, "job/a") and lies_at(share, "job")
    assert not lies_at(share, "job/c") and not lies_at(share, "c")


def test_in_a_folder_out_of_sight_nothing_is_known(share):
    """An unmounted share must not look like a ticket that somebody took."""
    with pytest.raises(Gone):
        lies_at(share, "job/a")


def test_files_below_a_folder(share):
    fill(share)
    assert list(files_below(share, "job")) == [".hidden", "a", "b", "mesh/fine/f", "mesh/m"]
    assert list(files_below(share, "job", depth=0)) == [".hidden", "a", "b"]


def test_links_are_not_followed(share, tmp_path):
    fill(share)
    (tmp_path / "share/job/link").symlink_to(tmp_path)
    (tmp_path / "share/job/a-link").symlink_to("a")
    assert "a-link" not in set(files_below(share, "job"))
    assert not any("link" in path for path in files_below(share, "job"))


def test_a_tree_is_removed_with_links_but_not_what_they_mean(share, tmp_path):
    fill(share)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/kept").write_bytes(b"x")
    (tmp_path / "share/job/link").symlink_to(tmp_path / "outside")
    remove_tree(share, "job")
    remove_tree(share, "job")
    assert share.list("") == []
    assert (tmp_path / "outside/kept").exists()


def test_what_another_removes_meanwhile_is_no_error(share):
    fill(share)
    faulty = FaultyShare(share)
    faulty.at("remove", "job/a", before=lambda: share.remove("job/a"))
    faulty.at("list", "job/mesh/fine", before=lambda: remove_tree(share, "job/mesh"))
    remove_tree(faulty, "job")
    assert share.list("") == []


def test_folders_are_made_by_several_at_once(share):
    faulty = FaultyShare(share)
    faulty.at("make_folder", "a/b/c", after=lambda: None)
    faulty.at("make_folder", "a/b", before=lambda: make_folders(share, "a/b"), times=2)
    make_folders(faulty, "a/b/c")
    make_folders(faulty, "a/b/c")
    assert share.list("a/b/c") == []


def test_folders_are_not_made_over_a_file(share):
    share.create("a", b"x")
    with pytest.raises((Gone, Denied)):
        make_folders(share, "a/b/c")
    assert share.read("a") == b"x"
