"""From what a user calls the spool to the share."""

import pytest

from tests.clocks import FakeClock
from wamspool.errors import NotASpool
from wamspool.open_share import local_folder, make_share, open_share


def test_a_folder_is_opened_wherever_it_is_named_from(tmp_path, monkeypatch):
    (tmp_path / "spool").mkdir()
    monkeypatch.chdir(tmp_path)
    assert open_share("spool", FakeClock()).location == str(tmp_path / "spool")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert open_share("~/spool", FakeClock()).location == str(tmp_path / "spool")


def test_the_root_itself_may_be_reached_by_a_link(tmp_path):
    """An administrator has put it there; what lies below is what anybody can write."""
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk/a").write_bytes(b"x")
    (tmp_path / "spool").symlink_to(tmp_path / "disk")
    share = open_share(str(tmp_path / "spool"), FakeClock())
    assert share.location == str(tmp_path / "disk") and share.read("a") == b"x"


@pytest.mark.parametrize("name", ["absent", "file"])
def test_what_is_no_folder_is_no_spool(tmp_path, name):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(NotASpool, match="is not a folder that can be seen from here"):
        open_share(str(tmp_path / name), FakeClock())


@pytest.mark.parametrize("open_or_make", [open_share, make_share])
def test_an_address_is_refused_with_a_way_out(open_or_make, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NotASpool, match="'ftp' addresses") as caught:
        open_or_make("ftp://server/spool", FakeClock())
    assert "Mount the share" in caught.value.cure
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_made_with_those_above_it(tmp_path):
    share = make_share(str(tmp_path / "a/b"), FakeClock())
    assert share.list("") == []
    assert make_share(str(tmp_path / "a/b"), FakeClock()).location == share.location


def test_a_local_folder_is_read_like_a_share(tmp_path):
    (tmp_path / "a.inp").write_bytes(b"x")
    assert local_folder(tmp_path, FakeClock()).read("a.inp") == b"x"
