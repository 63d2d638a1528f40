"""What every share promises. One suite for all implementations: a class to derive from.

A derived class has a fixture ``share`` (an empty folder) and ``other`` (a second client of the
same folder). Nothing here knows what kind of share it is; what it cannot do, its traits say.
"""

import hashlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, timedelta

import pytest

from spool_layout.errors import WamError
from wamspool.errors import Denied, Exists, Gone, ShareError
from wamspool.share import CHUNK_BYTES, Entry, Kind, Settled

LARGE = bytes(range(256)) * (CHUNK_BYTES // 256 * 2) + b"end"
SOON_S = 10.0


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def names(share, folder=""):
    return sorted(entry.name for entry in share.list(folder))


def winners(attempt, count=8):
    """How many of some threads that start together succeed; the others must be told Exists."""
    start = threading.Barrier(count)

    def one(number):
        start.wait()
        try:
            attempt(number)
        except Exists:
            return None
        return number

    with ThreadPoolExecutor(count) as pool:
        return [n for n in pool.map(one, range(count)) if n is not None]


class ShareContract:
    """The promises of ``wamspool.share.Share``."""

    # ------------------------------------------------------------------ looking

    def test_a_listing_tells_names_and_kinds_hidden_ones_too(self, share):
        share.create("a.inp", b"x")
        share.create(".hidden", b"")
        share.make_folder("folder")
        share.create("folder/inner", b"")
        assert sorted(share.list(""), key=lambda e: e.name) == [
            Entry(".hidden", Kind.FILE),
            Entry("a.inp", Kind.FILE),
            Entry("folder", Kind.FOLDER),
        ]
        assert share.list("folder") == [Entry("inner", Kind.FILE)]

    def test_an_empty_folder_has_an_empty_listing(self, share):
        share.make_folder("folder")
        assert share.list("folder") == []

    def test_what_one_client_has_made_the_other_sees_at_once(self, share, other):
        for number in range(20):
            share.create(f"{number}", b"x")
            assert str(number) in names(other)
            other.remove(f"{number}")
            assert names(share) == []

    @pytest.mark.parametrize("name", ["a b (2).inp", "Träger.inp", "梁.inp", "x" * 196 + ".inp"])
    def test_names_come_back_as_they_were_given(self, share, name):
        share.create(name, b"x")
        assert names(share) == [name]
        assert share.read(name) == b"x"

    def test_an_examination_tells_kind_size_and_times(self, share):
        share.create("a.inp", b"12345")
        share.make_folder("folder")
        examined = share.examine("a.inp")
        assert (examined.kind, examined.size_bytes) == (Kind.FILE, 5)
        assert examined.modified_ns > 0 and examined.changed_ns > 0
        assert share.examine("folder").kind is Kind.FOLDER
        assert bool(examined.owner) or not share.traits.has_owner

    def test_an_examination_tells_that_somebody_has_written(self, share):
        share.create("a.inp", b"12345")
        seen = share.examine("a.inp")
        assert share.examine("a.inp") == seen
        time.sleep(0.02)  # of the share's own clock, whose steps may be coarse
        share.append("a.inp", b"6")
        assert share.examine("a.inp") != seen

    # ------------------------------------------------------------------ reading

    def test_reading_the_whole_a_part_and_the_end(self, share):
        share.create("a.inp", b"0123456789")
        assert share.read("a.inp") == b"0123456789"
        assert share.read("a.inp", most_bytes=4) == b"0123"
        assert share.read_from("a.inp", 4, most_bytes=3) == b"456"
        assert share.read_from("a.inp", 8, most_bytes=9) == b"89"
        assert share.read_from("a.inp", 10, most_bytes=9) == b""
        assert share.read_from("a.inp", 99, most_bytes=9) == b""

    @pytest.mark.parametrize("content", [b"", b"x", LARGE], ids=["empty", "small", "large"])
    def test_pieces_make_the_whole(self, share, content):
        share.create("a.inp", content)
        pieces = list(share.chunks("a.inp"))
        assert b"".join(pieces) == content
        assert all(0 < len(piece) <= CHUNK_BYTES for piece in pieces)

    def test_a_folder_is_no_file_to_read(self, share):
        share.make_folder("folder")
        for reading in (share.read, lambda p: list(share.chunks(p)), share.settled):
            with pytest.raises(Denied):
                reading("folder")

    def test_a_file_may_change_under_its_reader(self, share, other):
        """Reading keeps nobody from anything: a claim must not wait for whoever shows the queue."""
        share.create("a", LARGE)
        pieces = share.chunks("a")
        first = next(pieces)
        other.move("a", "b")
        other.remove("b")
        assert first + b"".join(pieces) == LARGE

    @pytest.mark.parametrize("path", ["absent", "absent/inner", "folder/absent"])
    def test_what_is_not_there_is_gone(self, share, path, tmp_path):
        share.make_folder("folder")
        askings = [
            share.examine,
            share.read,
            lambda p: share.read_from(p, 3, most_bytes=1),
            lambda p: list(share.chunks(p)),
            share.settled,
            share.list,
            share.remove,
            lambda p: share.move(p, "target"),
            lambda p: share.duplicate(p, "target"),
            lambda p: share.copy_out(p, tmp_path / "target"),
        ]
        for number, asking in enumerate(askings):
            with pytest.raises(Gone) as caught:
                asking(path)
            assert caught.value.path == path, number
        assert names(share) == ["folder"]

    def test_what_has_no_folder_to_lie_in_is_gone(self, share, tmp_path):
        share.create("a", b"x")
        (tmp_path / "local").write_bytes(b"x")
        makings = [
            lambda p: share.create(p, b"x"),
            lambda p: share.replace(p, b"x"),
            lambda p: share.append(p, b"x"),
            share.make_folder,
            lambda p: share.move("a", p),
            lambda p: share.duplicate("a", p),
            lambda p: share.copy_in(tmp_path / "local", p),
        ]
        for making in makings:
            with pytest.raises(Gone):
                making("absent/inner")
        assert names(share) == ["a"]

    # ------------------------------------------------------------------ making

    @pytest.mark.parametrize("content", [b"", b"x", LARGE], ids=["empty", "small", "large"])
    def test_what_is_created_is_there_whole(self, share, other, content):
        share.create("a", content)
        assert other.examine("a").size_bytes == len(content)
        assert b"".join(other.chunks("a")) == content
        assert names(share) == ["a"]

    def test_what_is_there_is_never_created_over(self, share):
        share.create("a", b"old")
        share.make_folder("folder")
        for path in ("a", "folder"):
            with pytest.raises(Exists):
                share.create(path, b"new")
        assert share.read("a") == b"old"
        assert names(share) == ["a", "folder"]

    def test_of_many_creators_one_succeeds(self, share, other):
        for round_ in range(10):
            path = f"file-{round_}"
            won = winners(lambda n, p=path: (share, other)[n % 2].create(p, b"%d" % n * 5000))
            assert len(won) == 1
            assert share.read(path) == b"%d" % won[0] * 5000
        assert len(names(share)) == 10

    def test_of_many_that_make_a_door_one_returns(self, share, other):
        for round_ in range(20):
            path = f"door-{round_}"
            assert len(winners(lambda n, p=path: (share, other)[n % 2].make_folder(p))) == 1

    def test_a_door_is_closed_by_whatever_is_there(self, share):
        share.create("file", b"")
        share.make_folder("folder")
        for path in ("file", "folder"):
            with pytest.raises(Exists) as caught:
                share.make_folder(path)
            assert caught.value.path == path

    def test_nobody_ever_reads_a_part(self, share, other):
        """Neither of a file that is being created nor of one that is being replaced."""
        contents = {b"%d" % n * 40_000 for n in range(10)}
        seen, done = set(), threading.Event()

        def watch():
            while not done.is_set():
                try:
                    seen.add(other.read("a"))
                except ShareError:
                    continue

        reader = threading.Thread(target=watch)
        reader.start()
        try:
            for content in sorted(contents):
                if "a" in names(share):
                    share.replace("a", content)
                else:
                    share.create("a", content)
        finally:
            done.set()
            reader.join()
        assert seen <= contents
        assert names(share) == ["a"]

    def test_what_is_replaced_is_new(self, share, other):
        share.create("a", b"old and long")
        share.replace("a", b"new")
        assert other.read("a") == b"new"
        assert names(share) == ["a"]

    def test_what_is_appended_stands_at_the_end(self, share, other):
        share.append("a", b"1\n")
        share.append("a", LARGE)
        share.append("a", b"\n3")
        assert b"".join(other.chunks("a")) == b"1\n" + LARGE + b"\n3"

    def test_a_file_is_written_block_by_block_by_one_who_may_have_been_cut_off(self, share, other):
        share.write_at("a", 0, LARGE)
        share.write_at("a", len(LARGE), b"torn")
        share.write_at("a", len(LARGE), b"whole")
        assert b"".join(other.chunks("a")) == LARGE + b"whole"
        # Nobody has looked at this one: a CIFS mount that has read a file shows for a while what
        # was there, when a host on NFS has written over it.
        share.write_at("b", 0, LARGE)
        share.write_at("b", 1, b"\xff\xfe")
        assert share.read_from("b", 0, most_bytes=4) == b"\x00\xff\xfe\x03"
        assert other.read_from("b", 0, most_bytes=4) == b"\x00\xff\xfe\x03"
        with pytest.raises(Gone):
            share.write_at("no/a", 0, b"x")
        share.make_folder("folder")
        with pytest.raises(Denied):
            share.write_at("folder", 0, b"x")

    # ------------------------------------------------------------------ moving and removing

    def test_a_file_is_moved(self, share, other):
        share.make_folder("to")
        share.create("a", b"x")
        share.move("a", "to/b")
        assert names(other) == ["to"] and other.read("to/b") == b"x"

    def test_a_folder_is_moved_with_all_in_it(self, share, other):
        share.make_folder("from")
        share.make_folder("from/inner")
        share.create("from/inner/a", b"x")
        share.make_folder("to")
        share.move("from", "to/there")
        assert other.read("to/there/inner/a") == b"x"
        assert names(other) == ["to"]

    @pytest.mark.parametrize("source", ["file", "folder"])
    @pytest.mark.parametrize("target", ["taken", "empty", "full"])
    def test_nothing_is_moved_over_what_is_there(self, share, source, target):
        share.create("file", b"mine")
        share.make_folder("folder")
        share.create("folder/a", b"mine")
        share.create("taken", b"theirs")
        share.make_folder("empty")
        share.make_folder("full")
        share.create("full/b", b"theirs")
        with pytest.raises(Exists):
            share.move(source, target)
        assert names(share) == ["empty", "file", "folder", "full", "taken"]
        assert share.read("taken") == b"theirs" and names(share, "full") == ["b"]
        assert share.read("file") == share.read("folder/a") == b"mine"
        assert share.list("empty") == []

    def test_a_contended_move_leaves_one_file(self, share, other):
        """Who won is not promised; that the file is there once, whole, is."""
        for round_ in range(10):
            share.create(f"s{round_}", b"x")

            def one(n, r=round_):
                try:
                    (share, other)[n % 2].move(f"s{r}", f"t{r}-{n}")
                except Gone:
                    raise Exists("", "") from None

            winners(one)
        assert len(names(share)) == 10

    def test_files_and_empty_folders_are_removed(self, share, other):
        share.create("a", b"x")
        share.make_folder("folder")
        share.remove("a")
        share.remove("folder")
        assert names(other) == []

    def test_a_folder_in_use_is_not_removed(self, share):
        share.make_folder("folder")
        share.create("folder/a", b"x")
        with pytest.raises(Exists):
            share.remove("folder")
        assert share.read("folder/a") == b"x"

    # ------------------------------------------------------------------ copying

    @pytest.mark.parametrize("content", [b"", b"x", LARGE], ids=["empty", "small", "large"])
    def test_copies_are_equal_and_say_what_they_hold(self, share, other, tmp_path, content):
        (tmp_path / "in").write_bytes(content)
        copied = share.copy_in(tmp_path / "in", "a")
        assert (copied.size_bytes, copied.sha256) == (len(content), sha256(content))
        assert other.duplicate("a", "b") == copied
        assert share.copy_out("b", tmp_path / "out") == copied
        assert (tmp_path / "out").read_bytes() == content
        assert names(share) == ["a", "b"]

    def test_a_copy_may_be_changed_on_its_way(self, share, tmp_path):
        (tmp_path / "in").write_bytes(LARGE)
        copied = share.copy_in(
            tmp_path / "in", "a", transform=lambda pieces: (p.replace(b"e", b"ee") for p in pieces)
        )
        expected = LARGE.replace(b"e", b"ee")
        assert (copied.size_bytes, copied.sha256) == (len(expected), sha256(expected))
        assert b"".join(share.chunks("a")) == expected

    def test_nothing_is_copied_over_what_is_there(self, share, tmp_path):
        (tmp_path / "in").write_bytes(b"new")
        share.create("a", b"old")
        share.create("b", b"other")
        with pytest.raises(Exists):
            share.copy_in(tmp_path / "in", "a")
        with pytest.raises(Exists):
            share.duplicate("b", "a")
        assert share.read("a") == b"old"
        assert names(share) == ["a", "b"]

    def test_a_copy_that_is_cut_off_shows_nothing(self, share, tmp_path):
        (tmp_path / "in").write_bytes(LARGE)

        def broken(pieces):
            yield next(pieces)
            raise WamError("the deck changed meanwhile")

        with pytest.raises(WamError, match="the deck changed meanwhile"):
            share.copy_in(tmp_path / "in", "a", transform=broken)
        assert names(share) == []

    # ------------------------------------------------------------------ hints

    def test_a_file_that_nobody_writes_is_not_said_to_be_written(self, share):
        share.create("a", b"x")
        settled = share.settled("a")
        assert settled is (Settled.CLOSED if share.traits.sees_writers else Settled.UNKNOWN)

    def test_the_share_s_clock_is_utc(self, share):
        now = share.now()
        assert now.tzinfo is not None and now.utcoffset() == timedelta(0)
        assert now.astimezone(UTC) == now

    def test_a_lock_is_had_by_one(self, share, other):
        with share.lock("queue.lock", timeout_s=1) as mine:
            assert mine
            with other.lock("queue.lock", timeout_s=0.02) as theirs:
                assert not theirs
        with other.lock("queue.lock", timeout_s=1) as theirs:
            assert theirs

    def test_a_lock_that_cannot_be_is_not_had(self, share):
        """It is a hint: what goes wrong with it stops nobody."""
        share.create("file", b"")
        with share.lock("file/queue.lock", timeout_s=0.02) as had:
            assert not had

    @pytest.mark.parametrize("change", ["create", "move", "make_folder", "append"])
    def test_a_watch_tells_of_arrivals(self, share, other, change):
        share.make_folder("incoming")
        share.create("elsewhere", b"x")
        told, arrived = [], threading.Event()

        def changed(folder):
            told.append(folder)
            arrived.set()

        watch = share.watch(("incoming",), changed)
        assert (watch is not None) == share.traits.notifies
        if watch is None:
            return
        try:
            if change == "move":
                other.move("elsewhere", "incoming/a")
            elif change == "make_folder":
                other.make_folder("incoming/a")
            else:
                getattr(other, change)("incoming/a", b"x")
            assert arrived.wait(SOON_S)
        finally:
            watch.stop()
        assert set(told) == {"incoming"}

    def test_a_stopped_watch_is_silent(self, share):
        share.make_folder("incoming")
        told = []
        watch = share.watch(("incoming",), told.append)
        if watch:
            watch.stop()
        share.create("incoming/a", b"x")
        time.sleep(0.05)
        assert told == []

    def test_a_watch_of_what_is_not_there_ends_nobody(self, share):
        watch = share.watch(("absent",), lambda _: None)
        if watch:
            watch.stop()
