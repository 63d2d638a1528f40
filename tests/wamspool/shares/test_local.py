"""A folder of this machine as a share: links, pipes, several processes, crashes, errors."""

import errno
import os
import signal
import stat
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from tests.clocks import FakeClock
from wamspool.errors import Busy, CopyDiffers, Denied, Exists, Full, Gone, ShareError, Unreachable
from wamspool.share import Kind, Settled
from wamspool.shares import open_beneath
from wamspool.shares.local import LocalShare, translate

ROOT = Path(__file__).resolve().parents[3]
LARGE_BYTES = 40 << 20


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "share").mkdir()
    return tmp_path / "share"


@pytest.fixture
def share(folder):
    return LocalShare(folder, FakeClock(), durable=False)


def process(code, *arguments, **options):
    """Another process with a share of the folder that is its first argument."""
    head = """\
        import sys, threading
        from pathlib import Path
        from wamspool.clock import SystemClock
        from wamspool.errors import *
        from wamspool.shares import open_beneath, streams
        from wamspool.shares.local import LocalShare
        share = LocalShare(Path(sys.argv[1]), SystemClock(), durable=False)
        print("ready", flush=True)
        sys.stdin.readline()
    """
    text = textwrap.dedent(head) + textwrap.dedent(code)
    started = subprocess.Popen(
        [sys.executable, "-c", text, *map(str, arguments)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        **options,
    )
    assert started.stdout.readline() == "ready\n"
    return started


def go(started):
    started.stdin.write("go\n")
    started.stdin.flush()


# ---------------------------------------------------------------------- links, pipes


@pytest.fixture
def outside(tmp_path):
    """What lies outside of the share, and must be neither read nor changed through it."""
    place = tmp_path / "outside"
    (place / "folder").mkdir(parents=True)
    (place / "secret").write_bytes(b"secret")
    return place


@pytest.fixture
def linked(folder, outside):
    """The share's folder with links out of it."""
    (folder / "file").symlink_to(outside / "secret")
    (folder / "way").symlink_to(outside)
    (folder / "plain").mkdir()
    (folder / "plain/way").symlink_to(outside)
    (folder / "dangling").symlink_to(outside / "absent")
    (folder / "mine").write_bytes(b"mine")
    return folder


READINGS = {
    "read": lambda share, path: share.read(path),
    "read_from": lambda share, path: share.read_from(path, 1, most_bytes=3),
    "chunks": lambda share, path: list(share.chunks(path)),
    "settled": lambda share, path: share.settled(path),
    "duplicate": lambda share, path: share.duplicate(path, "copy"),
}


@pytest.mark.parametrize("by_folder", [True, False])
@pytest.mark.parametrize("verb", READINGS)
@pytest.mark.parametrize("path", ["file", "way/secret", "plain/way/secret", "dangling"])
def test_nothing_is_read_through_a_link(share, linked, verb, path, by_folder, monkeypatch):
    monkeypatch.setattr(open_beneath, "_BY_FOLDER", by_folder)
    with pytest.raises(Denied):
        READINGS[verb](share, path)
    assert not (linked / "copy").exists()


@pytest.mark.parametrize("by_folder", [True, False])
def test_nothing_is_copied_out_through_a_link(share, linked, tmp_path, by_folder, monkeypatch):
    monkeypatch.setattr(open_beneath, "_BY_FOLDER", by_folder)
    with pytest.raises(Denied):
        share.copy_out("way/secret", tmp_path / "out")


@pytest.mark.parametrize("path", ["way", "way/folder", "plain/way", "plain/way/folder"])
def test_no_folder_is_listed_through_a_link(share, linked, path):
    with pytest.raises(Denied):
        share.list(path)


CHANGES = {
    "examine": lambda share, path: share.examine(f"{path}/secret"),
    "create": lambda share, path: share.create(f"{path}/new", b"x"),
    "replace": lambda share, path: share.replace(f"{path}/secret", b"x"),
    "append": lambda share, path: share.append(f"{path}/secret", b"x"),
    "write_at": lambda share, path: share.write_at(f"{path}/secret", 0, b"x"),
    "make_folder": lambda share, path: share.make_folder(f"{path}/new"),
    "move out": lambda share, path: share.move("mine", f"{path}/new"),
    "move in": lambda share, path: share.move(f"{path}/secret", "stolen"),
    "remove": lambda share, path: share.remove(f"{path}/secret"),
    "remove folder": lambda share, path: share.remove(f"{path}/folder"),
    "duplicate": lambda share, path: share.duplicate("mine", f"{path}/new"),
    "copy_in": lambda share, path: share.copy_in(ROOT / "LICENSE", f"{path}/new"),
}


@pytest.mark.parametrize("verb", CHANGES)
@pytest.mark.parametrize("path", ["way", "plain/way"])
def test_nothing_is_changed_through_a_link(share, linked, outside, verb, path):
    """Else whoever can write to the share could make a node change any file that it may change."""
    with pytest.raises(Denied):
        CHANGES[verb](share, path)
    assert (outside / "secret").read_bytes() == b"secret"
    assert sorted(p.name for p in outside.iterdir()) == ["folder", "secret"]
    assert (linked / "mine").read_bytes() == b"mine"


def test_nothing_is_appended_through_a_link(share, linked, outside):
    for path in ("file", "dangling"):
        with pytest.raises(Denied):
            share.append(path, b"x")
    assert (outside / "secret").read_bytes() == b"secret"
    assert not (outside / "absent").exists()


def test_no_lock_is_taken_through_a_link(share, linked, outside):
    for path in ("file", "way/secret", "way/new", "dangling"):
        with share.lock(path, timeout_s=0.05) as had:
            assert not had
    assert (outside / "secret").read_bytes() == b"secret"
    assert sorted(p.name for p in outside.iterdir()) == ["folder", "secret"]


def test_a_link_is_itself_examined_moved_and_removed(share, linked, outside):
    assert {e.name: e.kind for e in share.list("")}["way"] is Kind.OTHER
    assert share.examine("file").kind is Kind.OTHER
    assert share.examine("way").kind is Kind.OTHER
    share.move("file", "moved")
    share.remove("moved")
    share.remove("way")
    share.remove("dangling")
    assert (outside / "secret").read_bytes() == b"secret"


def test_a_link_is_never_created_over_nor_moved_over(share, linked, outside):
    for path in ("file", "dangling"):
        with pytest.raises(Exists):
            share.create(path, b"x")
        with pytest.raises(Exists):
            share.move("mine", path)
        with pytest.raises(Exists):
            share.make_folder(path)
    assert not (outside / "absent").exists()


def test_what_is_replaced_is_the_link_not_its_target(share, linked, outside):
    share.replace("file", b"new")
    assert (outside / "secret").read_bytes() == b"secret"
    assert share.read("file") == b"new"


@pytest.mark.parametrize("verb", READINGS)
@pytest.mark.parametrize("path", ["pipe", "pipe/inner"])
def test_a_pipe_is_refused_not_waited_for(share, folder, verb, path):
    os.mkfifo(folder / "pipe")
    with pytest.raises(Denied):
        READINGS[verb](share, path)
    assert share.list("")[0].kind is share.examine("pipe").kind is Kind.OTHER


def test_a_pipe_is_moved_and_removed(share, folder):
    os.mkfifo(folder / "pipe")
    share.move("pipe", "moved")
    share.remove("moved")
    assert share.list("") == []


def test_appending_to_a_pipe_does_not_wait(share, folder):
    os.mkfifo(folder / "pipe")
    with pytest.raises(Denied):
        share.append("pipe", b"x")


# ---------------------------------------------------------------------- several processes

RACE = """
won = []
def race(numbers):
    for number in numbers:
        try:
            MAKE
            won.append(number)
        except Exists:
            pass
threads = [threading.Thread(target=race, args=(range(200),)) for _ in range(2)]
[t.start() for t in threads]
[t.join() for t in threads]
print(*won)
"""


@pytest.mark.parametrize(
    "make", ["share.make_folder(f'{number}')", "share.create(f'{number}', b'x')"]
)
def test_of_four_processes_exactly_one_wins_each_door(folder, make):
    racers = [process(RACE.replace("MAKE", make), folder) for _ in range(4)]
    for racer in racers:
        go(racer)
    won = [number for racer in racers for number in racer.communicate()[0].split()]
    assert sorted(map(int, won)) == list(range(200))


@pytest.mark.parametrize("nameless", [True, False])
def test_killed_while_creating(share, folder, nameless):
    """Nothing is shown; where nameless files can be made, nothing is left behind either."""
    code = f"""
        {"" if nameless else "open_beneath._UNNAMED = 0"}
        def pieces():
            yield b"x" * 100_000
            print("half", flush=True)
            sys.stdin.readline()
        def fill(descriptor):
            for piece in pieces():
                streams.write_all(descriptor, piece)
        with open_beneath.Spot(sys.argv[1], "a") as spot:
            open_beneath.write_whole(spot, fill, temporary=".wam-x")
    """
    writer = process(code, folder)
    go(writer)
    assert writer.stdout.readline() == "half\n"
    writer.send_signal(signal.SIGKILL)
    writer.communicate()
    left = sorted(entry.name for entry in share.list(""))
    can = nameless and _makes_nameless_files(folder)
    assert left == ([] if can else [".wam-x"])
    share.create("a", b"whole")
    assert share.read("a") == b"whole"


def _makes_nameless_files(folder):
    try:
        os.close(os.open(folder, os.O_WRONLY | os.O_TMPFILE))
    except (OSError, AttributeError):
        return False
    return True


def test_a_writer_in_another_process_is_seen(share, folder):
    code = """
        with open(sys.argv[1] + "/a.inp", "wb") as file:
            file.write(b"x" * 100)
            file.flush()
            print("open", flush=True)
            sys.stdin.readline()
        print("closed", flush=True)
        sys.stdin.readline()
    """
    writer = process(code, folder)
    go(writer)
    assert writer.stdout.readline() == "open\n"
    writing = share.settled("a.inp")
    go(writer)
    assert writer.stdout.readline() == "closed\n"
    closed = share.settled("a.inp")
    go(writer)
    writer.communicate()
    if share.traits.sees_writers:
        assert (writing, closed) == (Settled.WRITING, Settled.CLOSED)
    else:
        assert (writing, closed) == (Settled.UNKNOWN, Settled.UNKNOWN)


def test_asking_for_a_writer_disturbs_none(share, folder):
    """The lease is given back at once: whoever writes next neither waits nor is killed."""
    share.create("a", b"x")
    for _ in range(50):
        share.settled("a")
        share.append("a", b"y")
    assert share.read("a") == b"x" + b"y" * 50


def test_a_reader_is_no_writer(share, folder):
    share.create("a", b"x")
    with (folder / "a").open("rb"):
        assert share.settled("a") is not Settled.WRITING


def test_a_watch_tells_when_a_writer_closes(share, folder):
    """The first write is told as well; what counts is that the end is."""
    (folder / "incoming").mkdir()
    told = []
    arrived = threading.Event()

    def changed(name):
        told.append(name)
        arrived.set()

    with (folder / "incoming/a").open("wb") as file:
        watch = share.watch(("incoming",), changed)
        assert watch
        file.write(b"x")
        file.flush()
        assert not arrived.wait(0.05)
    try:
        assert arrived.wait(10)
    finally:
        watch.stop()


# ---------------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        (errno.ENOENT, Gone),
        (errno.ESTALE, Gone),
        (errno.EEXIST, Exists),
        (errno.ENOTEMPTY, Exists),
        (errno.EBUSY, Busy),
        (errno.EACCES, Denied),
        (errno.EROFS, Denied),
        (errno.ELOOP, Denied),
        (errno.ENAMETOOLONG, Denied),
        (errno.ENOSPC, Full),
        (errno.EDQUOT, Full),
        (errno.EIO, Unreachable),
        (errno.ETIMEDOUT, Unreachable),
        (errno.EHOSTDOWN, Unreachable),
        (errno.ENOTCONN, Unreachable),
        (None, Unreachable),
    ],
)
def test_each_system_error_means_one_thing(code, meaning):
    with pytest.raises(ShareError) as caught:
        translate(OSError(code, "words of the system"), "incoming/a")
    assert type(caught.value) is meaning
    assert caught.value.path == "incoming/a" and "words of the system" in caught.value.message


def test_a_name_too_long_for_the_disk_is_denied(share):
    with pytest.raises(Denied):
        share.create("x" * 300, b"")


@pytest.mark.parametrize("nameless", [True, False])
@pytest.mark.parametrize("size", [5, LARGE_BYTES // 10])
def test_a_copy_that_reads_back_differently_is_never_shown(
    share, folder, tmp_path, monkeypatch, size, nameless
):
    """The disk drops a byte of what it was given, and says nothing."""
    (tmp_path / "in").write_bytes(b"x" * size)
    real = os.write

    def forgetful(descriptor, content):
        real(descriptor, bytes(content[:-1]) + b"y")
        return len(content)

    monkeypatch.setattr(os, "write", forgetful)
    if not nameless:
        monkeypatch.setattr(open_beneath, "_UNNAMED", 0)
    with pytest.raises(CopyDiffers, match="a: what was written reads back differently"):
        share.copy_in(tmp_path / "in", "a")
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("verb", ["create", "replace", "append"])
def test_a_full_disk_is_full_and_shows_no_part(share, folder, verb, monkeypatch):
    real, wrote = os.write, []

    def short_then_full(descriptor, content):
        if wrote:
            raise OSError(errno.ENOSPC, "No space left on device")
        wrote.append(real(descriptor, bytes(content[:3])))
        return 3

    monkeypatch.setattr(os, "write", short_then_full)
    with pytest.raises(Full, match="No space left"):
        getattr(share, verb)("a", b"123456")
    assert verb == "append" or list(folder.iterdir()) == []


def test_a_short_write_is_gone_on_with(share, monkeypatch):
    real = os.write
    monkeypatch.setattr(
        os, "write", lambda descriptor, content: real(descriptor, bytes(content[:3]))
    )
    share.create("a", b"0123456789")
    share.append("b", b"0123456789")
    assert share.read("a") == share.read("b") == b"0123456789"


@pytest.mark.parametrize("durable", [True, False])
def test_a_durable_share_flushes_before_it_shows(folder, monkeypatch, durable):
    """First the content, unseen; then, once it is seen, the folder with its name."""
    flushed = []

    def fsync(descriptor):
        kind = "folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file"
        flushed.append((kind, [path.name for path in folder.glob("[!.]*")]))

    monkeypatch.setattr(os, "fsync", fsync)
    LocalShare(folder, FakeClock(), durable=durable).create("a", b"x")
    assert flushed == ([("file", []), ("folder", ["a"])] if durable else [])


@pytest.mark.parametrize("code", [errno.EINVAL, errno.EIO])
def test_a_folder_that_cannot_be_flushed_is_no_error_but_a_broken_disk_is(
    folder, monkeypatch, code
):
    def fsync(descriptor):
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(code, "words of the system")

    monkeypatch.setattr(os, "fsync", fsync)
    share = LocalShare(folder, FakeClock())
    if code == errno.EINVAL:
        share.create("a", b"x")
    else:
        with pytest.raises(Unreachable):
            share.create("a", b"x")
    assert share.read("a") == b"x"


def test_a_missing_local_file_is_an_error_that_a_user_may_see(share, tmp_path):
    with pytest.raises(Gone, match="absent"):
        share.copy_in(tmp_path / "absent", "a")


def test_a_local_file_is_not_written_over(share, tmp_path):
    share.create("a", b"new")
    (tmp_path / "out").write_bytes(b"old")
    with pytest.raises(FileExistsError):
        share.copy_out("a", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b"old"


def test_it_says_where_it_is_and_what_it_can(share, folder):
    assert share.location == str(folder)
    assert share.traits.has_owner == (os.name == "posix")
    assert share.traits.notifies
