"""The simulated share keeps the promises of every share, in each of its modes."""

import itertools
import threading
import time
from dataclasses import replace

import pytest

from tests.contract.share_contract import ShareContract
from tests.sim.access import CIFS, KINDS, LOCAL, NFS, SMB
from tests.sim.share import SimulatedShare
from tests.sim.tree import Tree
from wamspool.clock import SystemClock
from wamspool.errors import Busy, Exists, Gone

CLIENTS = itertools.count()


class DirectPort:
    """Requests are performed at once, one at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def ask(self, request, perform):
        with self._lock:
            return perform()

    def now(self):
        return time.monotonic()


@pytest.fixture(params=KINDS, ids=lambda kind: kind.name)
def kind(request):
    return request.param


@pytest.fixture
def tree():
    return Tree(time.time_ns)


@pytest.fixture
def client(tree, kind):
    port = DirectPort()

    def make(access=kind):
        return SimulatedShare(tree, port, SystemClock(), access=access, client=f"c{next(CLIENTS)}")

    return make


class TestSimulatedShare(ShareContract):
    @pytest.fixture
    def share(self, client):
        return client()

    @pytest.fixture
    def other(self, client):
        return client()


# ------------------------------------------------------------------ the quirks, as measured


class Stepped:
    """A port that does something of another client's before the next request of a verb."""

    def __init__(self):
        self.now_s = 0.0
        self.before = {}

    def ask(self, request, perform):
        between = self.before.pop(request.verb, None)
        if between:
            between()
        return perform()

    def now(self):
        return self.now_s


@pytest.fixture
def step():
    return Stepped()


def seen_by(tree, port, access, name):
    return SimulatedShare(
        tree, port, SystemClock(), access=replace(access, patience=0), client=name
    )


def both(tree, step, access, other=None):
    one = seen_by(tree, step, access, "one")
    return one, seen_by(tree, Stepped(), other or access, "two")


def test_a_handle_follows_a_renamed_file_where_nobody_is_kept_out(tree, step):
    """Stock renames over SMB: both clients are told that they have moved the file."""
    one, two = both(tree, step, replace(SMB, withholds_delete=False))
    two.create("a", b"x")
    step.before["move"] = lambda: two.move("a", "two")
    one.move("a", "one")
    assert [entry.name for entry in two.list("")] == ["one"]


def test_a_handle_that_withholds_delete_sharing_keeps_others_out(tree, step):
    one, two = both(tree, step, SMB)
    two.create("a", b"x")

    def refused():
        with pytest.raises(Busy):
            two.move("a", "two")

    step.before["move"] = refused
    one.move("a", "one")
    assert two.read("one") == b"x"


def test_a_process_on_the_servers_disk_is_kept_out_by_no_handle(tree, step):
    one, local = both(tree, step, SMB, LOCAL)
    local.create("a", b"x")
    step.before["move"] = lambda: local.move("a", "two")
    with pytest.raises(Gone):
        one.move("a", "one")
    assert local.read("two") == b"x"


def test_a_folder_is_not_moved_while_a_file_in_it_is_open(tree, step):
    one, two = both(tree, step, SMB)
    two.make_folder("folder")
    two.create("folder/a", b"x")
    pieces = two.chunks("folder/a")
    next(pieces)
    with pytest.raises(Busy):
        one.move("folder", "elsewhere")
    pieces.close()
    one.move("folder", "elsewhere")


def test_what_is_open_when_it_is_removed_goes_with_the_last_handle(tree, step):
    one, two = both(tree, step, CIFS)
    two.create("a", b"x")
    pieces = two.chunks("a")
    next(pieces)
    one.remove("a")
    assert [entry.name for entry in two.list("")] == ["a"]
    with pytest.raises(Gone):
        one.examine("a")
    with pytest.raises(Exists):
        one.create("a", b"y")
    pieces.close()
    one.create("a", b"y")


def test_a_name_that_was_looked_up_is_believed_until_its_folder_is_listed(tree, step):
    one, two = both(tree, step, NFS)
    two.create("a", b"x")
    assert one.read("a") == b"x"
    with pytest.raises(Gone):
        one.examine("b")
    two.move("a", "b")
    assert one.examine("a").size_bytes == 1
    with pytest.raises(Gone):
        one.examine("b")
    one.list("")
    assert one.read("b") == b"x"
    with pytest.raises(Gone):
        one.examine("a")


def test_a_moved_folder_is_believed_to_be_where_it_was(tree, step):
    one, two = both(tree, step, NFS)
    two.make_folder("folder")
    two.create("folder/a", b"x")
    one.list("folder")
    two.move("folder", "elsewhere")
    one.create("folder/b", b"strayed")
    assert two.read("elsewhere/b") == b"strayed"
    step.now_s = 41.0
    with pytest.raises(Gone):
        one.list("folder")


def test_content_that_is_read_again_and_again_stays_old(tree, step):
    one, two = both(tree, step, CIFS)
    two.create("a", b"old")
    assert one.read("a") == b"old"
    two.replace("a", b"new")
    for _ in range(5):
        step.now_s += 0.5
        assert one.read("a") == b"old"
    one.list("")
    assert one.read("a") == b"new"


def test_names_that_differ_in_case_alone_are_one(tree, step):
    one, two = both(tree, step, SMB)
    two.create("Job.yaml", b"x")
    with pytest.raises(Exists):
        one.create("JOB.YAML", b"y")
    assert one.read("job.yaml") == b"x"


def test_a_connection_that_is_lost_closes_what_was_open(tree, step):
    one, two = both(tree, step, SMB)
    two.make_folder("folder")
    two.create("folder/a", b"x")
    next(two.chunks("folder/a"))
    two.disconnect()
    one.move("folder", "elsewhere")
