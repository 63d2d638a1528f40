"""What a mounted folder does differently from a disk, and what a share makes of it.

``share`` is a mount of this guest, ``other`` another host's access to the same folder.
"""

import os
import re
import sys
import textwrap
import time
from contextlib import suppress
from pathlib import Path

import pytest

from wamspool.clock import SystemClock
from wamspool.errors import Busy, Exists, Gone, ShareError
from wamspool.share import Settled
from wamspool.shares.mounted import MountedShare

ROUNDS = 5
IS_SMB = os.environ["MOUNT_HERE"].endswith("cifs")
ALIKE = os.environ["MOUNT_ALIKE"] == "yes"  # the other's access is of this kind too
# NFS 3 cannot tell two changes of a folder apart that fall into one step of the server's clock;
# listings are made to, single names are not. The server of this lab steps in 10 ms.
STEP_S = 0.03 if os.environ["MOUNT_HERE"].endswith("nfs3") else 0.0
LARGE = os.urandom(3 << 20)


def test_a_mounted_folder_is_found_to_be_one(share):
    assert isinstance(share, MountedShare)
    assert share.traits.lookups_are_cached
    assert not share.traits.notifies and not share.traits.sees_writers
    assert share.traits.has_owner is not IS_SMB
    assert share.watch(("",), print) is None


# ---------------------------------------------------------------------- what others have done


@pytest.mark.parametrize("verb", ["read", "examine", "settled"])
def test_a_name_that_was_not_there_is_found_when_another_has_made_it(share, other, verb):
    for number in range(ROUNDS):
        path = f"ticket-{number}"
        for _ in range(3):
            with pytest.raises(Gone):
                getattr(share, verb)(path)
        time.sleep(STEP_S)
        other.create(path, b"x")
        getattr(share, verb)(path)


def test_so_is_one_in_a_folder_that_was_not_there(share, other):
    for number in range(ROUNDS):
        path = f"job-{number}/inputs/deck.inp"
        with pytest.raises(Gone):
            share.read(path)
        time.sleep(STEP_S)
        other.make_folder(f"job-{number}")
        other.make_folder(f"job-{number}/inputs")
        with pytest.raises(Gone):
            share.read(path)
        time.sleep(STEP_S)
        other.create(path, b"x")
        assert share.read(path) == b"x"


def test_a_folder_that_was_not_there_can_be_written_into(share, other):
    for number in range(ROUNDS):
        folder = f"job-{number}"
        makings = (
            lambda p: share.create(f"{p}/a", b""),
            lambda p: share.append(f"{p}/b", b""),
            lambda p: share.make_folder(f"{p}/c"),
            lambda p: share.replace(f"{p}/d", b""),
            lambda p: share.duplicate("source", f"{p}/e"),
            lambda p: share.move("moved", f"{p}/f"),
        )
        for kind, making in enumerate(makings):
            for name in ("source", "moved"):
                with suppress(Exists):
                    share.create(name, b"")
            with pytest.raises(Gone):
                making(f"{folder}-{kind}")
            time.sleep(STEP_S)
            other.make_folder(f"{folder}-{kind}")
            making(f"{folder}-{kind}")


@pytest.mark.parametrize("verb", ["read", "examine", "settled", "remove", "move"])
def test_a_name_that_was_there_is_gone_when_another_has_moved_it(share, other, verb):
    other.make_folder("to")
    for number in range(ROUNDS):
        path = f"ticket-{number}"
        other.create(path, b"x")
        for _ in range(3):
            assert share.read(path) == b"x"
            share.examine(path)
        time.sleep(STEP_S)
        other.move(path, f"to/{path}")
        with pytest.raises(Gone):
            share.move(path, "mine") if verb == "move" else getattr(share, verb)(path)
        assert other.read(f"to/{path}") == b"x"


def test_a_listing_is_fresh_however_fast_changes_follow_each_other(share, other):
    for number in range(60):
        other.create(f"{number}", b"")
        assert f"{number}" in {entry.name for entry in share.list("")}
        other.remove(f"{number}")
        assert share.list("") == []


def test_what_another_has_replaced_reads_anew(share, other):
    """A mount by SMB shows the old content for as long as it is read more than once a second."""
    other.create("status", b"0")
    for number in range(1, 20):
        other.replace("status", b"%d" % number)
        assert share.read("status") == b"%d" % number
        assert b"".join(share.chunks("status")) == b"%d" % number


def test_what_another_goes_on_writing_is_seen_to_grow(share, other):
    """Else a deck that is being copied would be taken for one that rests."""
    other.create("deck.inp", b"")
    seen = [share.examine("deck.inp")]
    for _ in range(20):
        other.append("deck.inp", b"more\n")
        seen.append(share.examine("deck.inp"))
        time.sleep(0.02)
    assert [e.size_bytes for e in seen] == [5 * n for n in range(21)]


def test_what_another_has_put_there_is_not_moved_over(share, other):
    for number in range(ROUNDS):
        target = f"done-{number}"
        share.create("source", b"mine")
        with pytest.raises(Gone):
            share.examine(target)
        other.create(target, b"theirs")
        with pytest.raises(Exists):
            share.move("source", target)
        assert other.read(target) == b"theirs"
        share.remove("source")


def test_a_door_that_another_has_opened_and_removed_can_be_made_again(share, other):
    for _ in range(ROUNDS):
        other.make_folder("door")
        with pytest.raises(Exists):
            share.make_folder("door")
        other.remove("door")
        deadline_s = time.monotonic() + 5  # a mount by SMB remembers for a second; doors are new
        while True:
            with suppress(Exists):
                share.make_folder("door")
                break
            assert time.monotonic() < deadline_s
            time.sleep(0.05)
        share.remove("door")


def read_from_server(mount):
    """How many bytes of files this guest has read over the mount (nfsstat's and cifs' counts)."""
    if IS_SMB:
        text = Path("/proc/fs/cifs/Stats").read_text()
        return sum(int(n) for n in re.findall(r"Bytes read: (\d+)", text))
    text = Path("/proc/self/mountstats").read_text().partition(f"mounted on {mount} ")[2]
    return int(re.search(r"bytes:\s+(.*)", text)[1].split()[4])


def test_a_copy_is_read_back_from_the_server(share, tmp_path):
    """What this system remembers of what it has written proves nothing."""
    (tmp_path / "in").write_bytes(LARGE)
    mount = os.environ["MOUNT_HERE"]
    before = read_from_server(mount)
    share.copy_in(tmp_path / "in", "a")
    assert read_from_server(mount) - before >= len(LARGE)


# ---------------------------------------------------------------------- files in use


def test_what_is_removed_while_it_is_read_stays_whole_or_is_said_to_be_gone(share, other):
    """NFS 3 keeps nothing for the readers of a file that another host removes."""
    for number, (where, who) in enumerate([(share, other), (other, share)]):
        where.create(f"a{number}", LARGE)
        pieces = where.chunks(f"a{number}")
        read = [next(pieces)]
        who.move(f"a{number}", f"b{number}")
        read.append(next(pieces))
        who.remove(f"b{number}")
        with suppress(Gone):
            read += list(pieces)
            assert b"".join(read) == LARGE
        assert LARGE.startswith(b"".join(read))


def test_what_is_removed_here_while_it_is_read_here_is_gone_for_all(share, other):
    share.make_folder("job")
    share.create("job/a", LARGE)
    pieces = share.chunks("job/a")
    next(pieces)
    share.remove("job/a")
    with pytest.raises(Gone):
        share.read("job/a")
    if ALIKE or not IS_SMB:  # who does not come by SMB has it until it is closed here
        with pytest.raises(Gone):
            other.read("job/a")
    with suppress(Exists):  # NFS and SMB keep the file in its folder until it is closed
        share.remove("job")
        share.make_folder("job")
    assert share.list("job") == [] or IS_SMB
    pieces.close()
    deadline_s = time.monotonic() + 10
    while True:
        try:
            share.remove("job")
            break
        except Exists:
            assert time.monotonic() < deadline_s
            time.sleep(0.05)
    assert other.list("") == []


def test_a_name_of_which_the_removal_is_pending_is_refused_and_then_free(share, other):
    """A file that somebody reads over SMB keeps its name until that one closes it."""
    other.create("a", LARGE)
    pieces = other.chunks("a")
    next(pieces)
    share.remove("a")
    with pytest.raises(Gone):
        share.read("a")
    share.create("b", b"")
    for making in (lambda: share.create("a", b"x"), lambda: share.move("b", "a")):
        with suppress(Exists, Busy):
            making()
            share.remove("a")
            share.create("b", b"")
    pieces.close()
    with suppress(Gone):
        list(pieces)


# ---------------------------------------------------------------------- writers

WRITER = """\
import sys, time
import smbclient
smbclient.ClientConfig(username="root", password="wam")
path, share_access = sys.argv[1:]
with smbclient.open_file(path, mode="wb", share_access=share_access or None, buffering=0) as file:
    for _ in range(200):
        file.write(b"x" * 1000)
        print("writing", flush=True)
        time.sleep(0.1)
"""


@pytest.mark.parametrize("share_access", ["", "r"])
def test_a_writer_by_smb_is_seen_where_the_mount_can_tell(share, other, there, share_access):
    """A copy from Windows lets nobody else in; NFS does not know of that, and says so."""
    line, _place = there
    own = share.location.rpartition("/")[2]
    path = rf"\\srv\share\{own}\deck.inp"
    script = textwrap.dedent(WRITER)
    line.call("run", f"cat >/tmp/writer.py <<'END'\n{script}\nEND", 10)
    command = f"{sys.executable} /tmp/writer.py '{path}' '{share_access}'"
    line.call("run", f"{command} >/tmp/writer.out 2>&1 & echo $! >/tmp/writer.pid", 10)
    try:
        deadline_s = time.monotonic() + 30
        while "writing" not in line.call("run", "cat /tmp/writer.out", 10)[1]:
            assert time.monotonic() < deadline_s, line.call("run", "cat /tmp/writer.out", 10)
            time.sleep(0.1)
        keeps_it = IS_SMB and not share_access
        sizes = []
        for _ in range(12):
            assert share.settled("deck.inp") is (Settled.WRITING if keeps_it else Settled.UNKNOWN)
            sizes.append(share.examine("deck.inp").size_bytes)
            time.sleep(0.15)
        # What may not be opened has the size that the mount remembers for up to a second.
        assert len(set(sizes)) > (1 if keeps_it else 3), f"seems to rest: {sizes}"
        if keeps_it:
            for refused in (share.read, share.remove, lambda p: share.move(p, "mine")):
                with pytest.raises(Busy):
                    refused("deck.inp")
    finally:
        line.call("run", "kill $(cat /tmp/writer.pid); sleep 0.5", 10)
    assert share.settled("deck.inp") is Settled.UNKNOWN


# ---------------------------------------------------------------------- clock, locks


def test_the_clock_is_the_server_s(share):
    """The server's clock was set ahead by so much."""
    ahead_s = (share.now() - SystemClock().utc_now()).total_seconds()
    assert abs(ahead_s - float(os.environ.get("MOUNT_AHEAD_S", "0"))) < 5
    assert share.list("") == []


def test_locks_exclude_across_hosts_where_the_access_is_alike(share, other):
    """As long as all is well: who dies keeps his for minutes, and a restart of the server may drop
    all. Between different kinds of access they exclude nobody.
    """
    for _ in range(10):
        with share.lock("lock", timeout_s=5) as mine:
            assert mine
            with other.lock("lock", timeout_s=0.05) as theirs:
                assert not (theirs and ALIKE)
        with other.lock("lock", timeout_s=5) as theirs:
            assert theirs
            with share.lock("lock", timeout_s=0.05) as mine:
                assert not (mine and ALIKE)
    with suppress(ShareError):
        share.remove("lock")
