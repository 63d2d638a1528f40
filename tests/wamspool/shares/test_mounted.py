"""A mounted folder as a share, as far as a disk can show it; tests/real/mounts has real mounts."""

import errno
import os
from datetime import UTC, datetime, timedelta

import pytest

from tests.clocks import FakeClock
from tests.contract.share_contract import ShareContract
from wamspool import open_share
from wamspool.errors import Busy, Denied, Gone, Unreachable
from wamspool.share import Settled
from wamspool.shares import mounted
from wamspool.shares.local import LocalShare
from wamspool.shares.mounted import CLOCK_S, MountedShare
from wamspool.shares.mounts import Mount

NFS4 = Mount("nfs4", frozenset({"rw", "vers=4.2"}))
NFS3 = Mount("nfs", frozenset({"rw", "vers=3"}))
CIFS = Mount("cifs", frozenset({"rw", "nounix"}))


@pytest.fixture(params=[NFS4, NFS3, CIFS], ids=lambda mount: mount.kind)
def mount(request):
    return request.param


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "share").mkdir()
    return tmp_path / "share"


@pytest.fixture
def share(folder, mount):
    return MountedShare(folder, FakeClock(), mount, durable=False)


class TestMountedShare(ShareContract):
    """The contract, with all the asking anew that a disk does not need."""

    @pytest.fixture
    def other(self, folder):
        return LocalShare(folder, FakeClock(seed="b"), durable=False)


def test_a_mounted_folder_is_opened_as_one(folder, mount, monkeypatch):
    assert type(open_share.open_share(str(folder), FakeClock())) is LocalShare
    monkeypatch.setattr(open_share, "find_mount", lambda _: mount)
    share = open_share.open_share(str(folder), FakeClock())
    assert type(share) is MountedShare
    assert share.traits.lookups_are_cached and not share.traits.notifies
    assert share.traits.has_owner is (mount is not CIFS)


def test_what_an_nfs_client_keeps_of_a_removed_file_is_not_listed(folder, mount, share):
    (folder / ".nfs000000000000a1b200000001").touch()
    (folder / ".wam-1").touch()
    kept = [] if mount is not CIFS else [".nfs000000000000a1b200000001"]
    assert sorted(e.name for e in share.list("")) == [*kept, ".wam-1"]


# ---------------------------------------------------------------------- replies that were lost


def done_then(error, call):
    """The request was carried out, its reply was lost, and the repeated one failed."""

    def repeated(*arguments, **named):
        call(*arguments, **named)
        raise OSError(error, os.strerror(error))

    return repeated


def test_a_move_that_was_done_and_said_to_be_of_nothing_was_done(share, folder, monkeypatch):
    share.create("a", b"x")
    monkeypatch.setattr(mounted.os, "rename", done_then(errno.ENOENT, os.rename))
    share.move("a", "b")
    assert share.read("b") == b"x"


def test_a_move_of_nothing_onto_what_another_puts_there_is_not_taken_for_done(
    share, folder, monkeypatch
):
    rename = os.rename

    def another_is_first(*_, **__):
        rename(folder / "a", folder / "elsewhere")
        (folder / "b").write_bytes(b"theirs")
        raise FileNotFoundError(errno.ENOENT, "gone")

    share.create("a", b"mine")
    monkeypatch.setattr(mounted.os, "rename", another_is_first)
    with pytest.raises(Gone):
        share.move("a", "b")


def test_a_file_that_was_named_and_said_to_exist_was_made(share, monkeypatch):
    monkeypatch.setattr("wamspool.shares.open_beneath._UNNAMED", 0)
    monkeypatch.setattr(mounted.os, "link", done_then(errno.EEXIST, os.link))
    share.create("a", b"x")
    assert [e.name for e in share.list("")] == ["a"]


@pytest.mark.parametrize(
    "number",
    [
        *(errno.EIO, errno.EHOSTDOWN, errno.ETIMEDOUT, errno.EAGAIN, errno.ENOTCONN),
        *(errno.ECONNABORTED, errno.EINTR, errno.EREMOTEIO, errno.ENETUNREACH),
    ],
)
def test_what_an_outage_says_is_not_taken_for_an_answer(share, monkeypatch, number):
    def refuse(*_, **__):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(mounted.os, "mkdir", refuse)
    with pytest.raises(Unreachable):
        share.make_folder("door")


VERBS = {
    "read": ("_open", lambda share: share.read("a")),
    "move": ("rename", lambda share: share.move("a", "b")),
    "remove": ("unlink", lambda share: share.remove("a")),
    "replace": ("replace", lambda share: share.replace("a", b"new")),
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("times", [3, 10**6])
def test_what_is_in_the_way_for_a_moment_is_waited_for(share, monkeypatch, verb, times):
    """Scanners and readers hold files for moments; who holds one for longer is reported."""
    share.create("a", b"x")
    called, act = VERBS[verb]
    place = share if called == "_open" else mounted.os
    really, refused = getattr(place, called), iter(range(times))

    def busy(*arguments, **named):
        if next(refused, None) is None:
            return really(*arguments, **named)
        raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))

    monkeypatch.setattr(place, called, busy)
    if times == 3:
        act(share)
    else:
        with pytest.raises(Busy):
            act(share)
        assert 0.3 <= share._clock.passed_s < 5


# ---------------------------------------------------------------------- writers, clock


@pytest.mark.parametrize(
    ("number", "meaning"), [(errno.EBUSY, None), (errno.ETXTBSY, None), (errno.EACCES, Denied)]
)
def test_what_a_writer_keeps_to_himself_is_being_written(share, monkeypatch, number, meaning):
    share.create("deck.inp", b"x")

    def refuse(*_, **__):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(MountedShare, "_open", refuse)
    if meaning is None:
        assert share.settled("deck.inp") is Settled.WRITING
        with pytest.raises(Busy):
            share.read("deck.inp")
    else:
        with pytest.raises(meaning):
            share.settled("deck.inp")
    assert share.examine("deck.inp").size_bytes == 1


def test_the_clock_is_that_of_a_new_folder_asked_now_and_then(folder):
    clock = FakeClock(start=datetime(2020, 1, 1, tzinfo=UTC))
    share = MountedShare(folder, clock, NFS4)
    this_disk = datetime.now(UTC)
    assert abs(share.now() - this_disk) < timedelta(minutes=10)
    clock.advance(60)
    assert abs(share.now() - this_disk - timedelta(seconds=60)) < timedelta(minutes=10)
    folder.rmdir()  # nobody asks again within CLOCK_S
    share.now()
    clock.advance(CLOCK_S)
    share.now()  # and what cannot be asked stays as it was
    assert not folder.exists()


def test_who_may_not_write_goes_by_his_own_clock(folder, monkeypatch):
    clock = FakeClock()

    def refuse(*_, **__):
        raise PermissionError(errno.EACCES, "no")

    monkeypatch.setattr(mounted.os, "mkdir", refuse)
    assert MountedShare(folder, clock, CIFS).now() == clock.utc_now()
