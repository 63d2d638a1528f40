"""Several clients and threads on one Samba server: contention, locks, notices, and the traffic."""

import itertools
import os
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from benchmarks.smb_counting import counted_traffic
from wamspool.clock import SystemClock
from wamspool.errors import Busy, Exists, Gone, ShareError
from wamspool.open_share import open_share
from wamspool.share import Kind, Settled
from wamspool.shares.local import LocalShare
from wamspool.shares.smb import messages as smb
from wamspool.shares.smb import writing
from wamspool.shares.smb.handles import opened_handle
from wamspool.shares.smb.messages import Access, Disposition, Sharing

pytestmark = pytest.mark.real
ROUNDS = int(os.environ.get("WAM_SMB_ROUNDS", "60"))
SOON_S = 60.0
_NUMBER = itertools.count()


@pytest.fixture
def folder(samba):
    return samba.new_folder(f"clients-{next(_NUMBER)}")


@pytest.fixture
def client(samba, folder):
    opened = []

    def make(**options):
        address = samba.address(folder.name)
        share = open_share(
            address, SystemClock(), environment=samba.environment, durable=False, **options
        )
        opened.append(share)
        return share

    yield make
    for share in opened:
        share.close()


def held(share, path, sharing, access=Access.READ_DATA):
    """Somebody's open file."""
    opening = smb.create(
        share._name(path), access=access, sharing=sharing, disposition=Disposition.OPEN
    )
    return opened_handle(share._lines, path, opening)[0]


def winners_of(rounds, attempt, sides):
    """For each round, how many sides were told that they did it."""
    start = threading.Barrier(len(sides))
    won = Counter()
    lock = threading.Lock()

    def run(number):
        for round_ in range(rounds):
            start.wait()
            try:
                attempt(sides[number], number, round_)
            except (Exists, Gone, Busy):
                continue
            with lock:
                won[round_] += 1

    with ThreadPoolExecutor(len(sides)) as pool:
        list(pool.map(run, range(len(sides))))
    return [won[round_] for round_ in range(rounds)]


@pytest.mark.parametrize("mixed", [False, True], ids=["smb", "smb and the server's disk"])
class TestContention:
    @pytest.fixture
    def sides(self, client, folder, mixed):
        local = LocalShare(folder, SystemClock(), durable=False)
        return [client(), client(), *((local, local) if mixed else (client(), client()))]

    def test_a_door_is_made_by_one(self, sides):
        won = winners_of(ROUNDS, lambda side, _, r: side.make_folder(f"door-{r}"), sides)
        assert won == [1] * ROUNDS

    def test_a_file_is_created_by_one(self, sides):
        def create(side, number, round_):
            side.create(f"file-{round_}", b"%d" % number * 1000)

        assert winners_of(ROUNDS, create, sides) == [1] * ROUNDS
        assert all(len(set(sides[0].read(f"file-{r}"))) == 1 for r in range(ROUNDS))
        assert len(sides[0].list("")) == ROUNDS, "no hidden name is left"


def test_a_file_is_moved_by_one_smb_client(client):
    """Nothing rests on it (contended moves go through doors), but the library's own fails here."""
    sides = [client() for _ in range(4)]
    for round_ in range(ROUNDS):
        sides[0].create(f"s{round_}", b"x")
    won = winners_of(ROUNDS, lambda side, n, r: side.move(f"s{r}", f"t{r}-{n}"), sides)
    assert won == [1] * ROUNDS
    assert len(sides[0].list("")) == ROUNDS


def test_a_file_is_removed_by_one_smb_client(client):
    sides = [client() for _ in range(4)]
    for round_ in range(ROUNDS):
        sides[0].create(f"s{round_}", b"x")
    assert winners_of(ROUNDS, lambda side, _, r: side.remove(f"s{r}"), sides) == [1] * ROUNDS


def test_sixteen_threads_share_one_client(client):
    share = client()

    def work(number):
        for round_ in range(15):
            share.create(f"{number}-{round_}", b"%d" % number)
            assert share.read(f"{number}-{round_}") == b"%d" % number
            share.append(f"log-{number}", b"x")
            share.move(f"{number}-{round_}", f"m{number}-{round_}")
            assert share.examine(f"m{number}-{round_}").kind is Kind.FILE
            share.list("")
            share.remove(f"m{number}-{round_}")
        return share.read(f"log-{number}")

    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(work, range(16))) == [b"x" * 15] * 16
    assert len(share._lines._lines) <= 4


def test_many_open_files_need_no_connection_each(client):
    share = client()
    share.create("a", bytes(3 << 20))
    readers = [share.chunks("a") for _ in range(12)]
    assert {len(next(reader)) for reader in readers} == {1 << 20}
    share.create("b", b"x")
    assert {sum(map(len, reader)) for reader in readers} == {2 << 20}


def test_a_reader_that_shares_nothing_is_waited_for(client):
    share, other = client(), client()
    share.create("a", b"x")
    hold = held(other, "a", Sharing.NOTHING)
    with pytest.raises(Busy):
        share.read("a")
    threading.Timer(0.1, hold.close).start()
    share.move("a", "b")
    assert share.read("b") == b"x"


def test_what_cannot_be_replaced_in_time_is_left_as_it_was(client):
    """Samba refuses only what is open on the same connection; Windows, whoever has it open."""
    share = client()
    share.create("a", b"old")
    with held(share, "a", Sharing.ALL):
        with pytest.raises(Busy):
            share.replace("a", b"new")
        assert [entry.name for entry in share.list("")] == ["a"]
    assert share.read("a") == b"old"
    hold = held(share, "a", Sharing.ALL)
    threading.Timer(0.1, hold.close).start()
    share.replace("a", b"new")
    assert share.read("a") == b"new"


def test_a_folder_in_which_a_file_is_open_is_busy(client):
    share = client()
    share.make_folder("from")
    share.create("from/a", b"x")
    with held(share, "from/a", Sharing.ALL), pytest.raises(Busy):
        share.move("from", "to")
    share.move("from", "to")


@pytest.mark.parametrize("sharing", [Sharing.NOTHING, Sharing.READ, Sharing.ALL])
def test_a_file_that_is_being_written_is_said_to_be(client, sharing):
    share, other = client(), client()
    share.create("a", b"x")
    with held(other, "a", sharing, Access.WRITE_DATA):
        assert share.settled("a") is Settled.WRITING
    assert share.settled("a") is Settled.UNKNOWN


def test_a_writer_on_the_server_s_disk_is_not_seen(client, folder):
    """Why a file that no SMB client writes is not said to be closed."""
    share = client()
    with (folder / "a").open("wb") as file:
        file.write(b"half")
        file.flush()
        assert share.settled("a") is Settled.UNKNOWN


@pytest.mark.parametrize("count", [3_000, 9_000])
def test_long_folders_are_listed_whole(client, folder, count):
    share = client()
    expected = {
        f"5-20261123T070000Z-a-rather-long-job-name-{n:06d}-x7k2p.yaml" for n in range(count)
    }
    for name in expected:
        (folder / name).touch()
    for _ in range(2):
        listed = [entry.name for entry in share.list("")]
        assert len(listed) == count and set(listed) == expected
    (folder / expected.pop()).unlink()
    assert {entry.name for entry in share.list("")} == expected, "nothing is remembered"


def test_a_full_disk_shows_nothing(client, monkeypatch):
    """A server goes on with the rest of a compound after a refused write."""
    share = client()
    share.create("old", b"old")
    real = share._lines.ask

    def full(messages, path, *, is_repeatable):
        line, replies = real(messages, path, is_repeatable=is_repeatable)
        for number, message in enumerate(messages):
            if message.COMMAND is smb.Command.WRITE:
                replies[number] = type(replies[number])(0xC000007F, replies[number].body)
        return line, replies

    monkeypatch.setattr(share._lines, "ask", full)
    for writing_ in (share.create, share.replace):
        with pytest.raises(ShareError, match="full"):
            writing_("new", b"content")
    monkeypatch.undo()
    assert [entry.name for entry in share.list("")] == ["old"]


@pytest.mark.parametrize("for_good", [True, False])
def test_a_server_without_hard_links_is_served_by_renaming(client, tmp_path, monkeypatch, for_good):
    share = client()

    def refused(handle, path, name):
        handle.exchange(smb.link("no\\such\\folder", handle.opened.handle), handle.closing())
        raise writing.LinksUnknown(for_good=for_good)

    monkeypatch.setattr(writing, "link_as", refused)
    (tmp_path / "in").write_bytes(b"content")
    share.copy_in(tmp_path / "in", "a")
    share.create("b", b"x")
    share.duplicate("a", "c")
    for taken in ("a", "b"):
        with pytest.raises(Exists):
            share.create(taken, b"new")
    assert sorted(entry.name for entry in share.list("")) == ["a", "b", "c"]
    assert share.read("c") == b"content"


def test_notices_tell_of_arrivals_and_not_of_departures(client, folder):
    share, other = client(), client()
    share.make_folder("in")
    share.create("in/old", b"x")
    told = threading.Semaphore(0)
    watch = share.watch(("in",), lambda name: told.release())
    assert told.acquire(timeout=SOON_S), "the beginning is told"
    other.remove("in/old")
    assert not told.acquire(timeout=0.3)
    for change in (
        lambda: other.create("in/a", b"x"),
        lambda: other.make_folder("in/b"),
        lambda: other.append("in/a", b"y"),
        lambda: (folder / "in/local").write_bytes(b"x"),
    ):
        change()
        assert told.acquire(timeout=SOON_S)
        while told.acquire(timeout=0.3):
            pass
    watch.stop()
    other.create("in/c", b"x")
    assert not told.acquire(timeout=0.3)


def test_the_server_s_clock_costs_nothing(client):
    share = client()
    share.list("")
    with counted_traffic() as traffic:
        said = share.now()
        assert traffic.messages == 0
    # The server runs on this machine.
    assert abs((SystemClock().utc_now() - said).total_seconds()) < 5
    fresh = client()
    with counted_traffic() as traffic:
        fresh.now()
        assert traffic.messages == 4, "the first word comes with the connection"


# What a verb costs: (messages, round trips). More would be felt by every job.
COSTS = {
    "list": (4, 1),
    "read": (3, 1),
    "examine": (4, 1),
    "settled": (2, 1),
    "create": (4, 2),
    "replace": (4, 2),
    "append": (3, 2),
    "write_at": (4, 4),
    "make_folder": (2, 1),
    "move": (3, 1),
    "remove": (3, 1),
    "free_bytes": (3, 1),
    "now": (0, 0),
}


@pytest.mark.parametrize("verb", COSTS)
def test_what_a_verb_costs(client, verb):
    share = client()
    share.create("a", b"x" * 2000)
    arguments = {
        "list": ("",),
        "create": ("b", b"x"),
        "replace": ("a", b"x"),
        "append": ("a", b"x"),
        "write_at": ("a", 0, b"x"),
        "make_folder": ("b",),
        "move": ("a", "b"),
        "free_bytes": (),
        "now": (),
    }.get(verb, ("a",))
    with counted_traffic() as traffic:
        getattr(share, verb)(*arguments)
    assert (traffic.messages, traffic.trips) == COSTS[verb], traffic.commands
