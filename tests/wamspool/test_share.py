"""The contract of a share, kept by each way in which a folder of this machine can be one."""

import os

import pytest

from tests.clocks import FakeClock
from tests.contract.share_contract import ShareContract, names
from wamspool.shares import open_beneath
from wamspool.shares.local import LocalShare


def _refuse_links(*arguments, **named):
    raise PermissionError(1, "Operation not permitted")


class _OneFolder(ShareContract):
    durable = False

    @pytest.fixture
    def folder(self, tmp_path):
        (tmp_path / "share").mkdir()
        return tmp_path / "share"

    @pytest.fixture
    def share(self, folder):
        return LocalShare(folder, FakeClock(seed="one"), durable=self.durable)

    @pytest.fixture
    def other(self, folder):
        return LocalShare(folder, FakeClock(seed="other"), durable=self.durable)


class TestLocal(_OneFolder):
    """As on a Linux disk: files get their name when they are finished."""


class TestLocalDurable(_OneFolder):
    durable = True


class TestLocalWithHiddenNames(_OneFolder):
    """Without O_TMPFILE, as on NFS, CIFS and other systems."""

    @pytest.fixture(autouse=True)
    def _no_nameless_files(self, monkeypatch):
        monkeypatch.setattr(open_beneath, "_UNNAMED", 0)

    def test_what_fails_half_way_leaves_no_hidden_name(self, share, monkeypatch):
        def full(descriptor, content):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "write", full)
        with pytest.raises(Exception, match="No space left"):
            share.create("a", b"x")
        assert names(share) == []


class TestLocalWithoutFolderHandles(_OneFolder):
    """Where files cannot be opened by folder handle, as on Windows."""

    @pytest.fixture(autouse=True)
    def _by_look(self, monkeypatch):
        monkeypatch.setattr(open_beneath, "_BY_FOLDER", False)
        monkeypatch.setattr(open_beneath, "_UNNAMED", 0)


class TestLocalWithoutLinks(_OneFolder):
    """Where there are no hard links, as on exFAT and some CIFS servers."""

    @pytest.fixture(autouse=True)
    def _no_links(self, monkeypatch):
        monkeypatch.setattr(open_beneath, "_UNNAMED", 0)
        monkeypatch.setattr(os, "link", _refuse_links)

    def test_of_many_creators_one_succeeds(self, share):
        """Not promised here: contended names go through doors. One after the other it holds."""
        share.create("a", b"1")
        with pytest.raises(Exception, match="is there already"):
            share.create("a", b"2")
        assert share.read("a") == b"1"
