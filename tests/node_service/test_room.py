"""Who waits, and who is ended, when scratch or share run short."""

import pytest

from node_service.attempt import Phase
from node_service.room import Room
from spool_layout.limits import SCRATCH_LOW_BYTES, SHARE_LOW_BYTES
from spool_layout.ticket import Resources
from tests.node_service.test_decide import attempt as new_attempt
from wamspool.errors import Unreachable

KB = 1024


@pytest.fixture
def disk(site, monkeypatch):
    """What the node's scratch says that it has left."""
    left = {"bytes": 1 << 40}
    monkeypatch.setattr(type(site.node.scratch), "free_bytes", lambda _: left["bytes"])
    return left


@pytest.fixture
def writers(site):
    """Runs, each with a file of so many kilobytes that can be made to grow."""

    def make(**sizes_kb):
        made = {}
        for name, size_kb in sizes_kb.items():
            run = new_attempt(Phase.SOLVING, job=f"{name}-abcde")
            run.folder = site.node.scratch.attempt(f"{name}-abcde", 1)
            run.folder.run.mkdir(parents=True)
            made[name] = run
            write(run, size_kb)
        return made

    return make


def write(run, size_kb):
    (run.folder.run / "out").write_bytes(b"x" * size_kb * KB)


def claiming(run, size_kb):
    object.__setattr__(run.ticket.draft, "resources", Resources(scratch_bytes=size_kb * KB))


def test_with_room_nothing_is_said(site, disk):
    room = Room(site.node)
    room.look([])
    assert room.problems == () and room.crowding == {}


def test_low_scratch_stops_claiming_and_ends_nobody(site, disk, writers, caplog):
    room, runs = Room(site.node), writers(big=100)
    disk["bytes"] = SCRATCH_LOW_BYTES - 1
    room.look(list(runs.values()))
    (problem,) = room.problems
    assert "takes no more jobs" in problem and "less than 256.0 MB free" in problem
    assert room.crowding == {}
    disk["bytes"] = SCRATCH_LOW_BYTES
    room.look(list(runs.values()))
    assert room.problems == ()
    assert [record.message for record in caplog.records] == ["room", "room"]


def test_who_has_written_most_since_is_ended_not_who_is_largest(site, disk, writers):
    room, runs = Room(site.node), writers(large=500, busy=10)
    disk["bytes"] = SCRATCH_LOW_BYTES // 2
    room.look(list(runs.values()))
    write(runs["large"], 501)
    write(runs["busy"], 40)
    disk["bytes"] = SCRATCH_LOW_BYTES // 5
    room.look(list(runs.values()))
    ((job, reached),) = room.crowding.items()
    assert job == "busy-abcde" and reached.reason == "disk-low"
    assert "51.2 MB free" in reached.sentence and "written 40.0 kB" in reached.sentence
    runs["busy"].stop_asked_s = 1.0  # it is being stopped: its end is awaited
    room.look(list(runs.values()))
    assert room.crowding == {}


def test_who_keeps_to_its_claim_does_not_pay_for_others(site, disk, writers):
    room, runs = Room(site.node), writers(modest=100, greedy=50)
    claiming(runs["modest"], 200)
    claiming(runs["greedy"], 40)
    disk["bytes"] = SCRATCH_LOW_BYTES // 5
    room.look(list(runs.values()))
    assert list(room.crowding) == ["greedy-abcde"]
    assert "it had asked for 40.0 kB" in room.crowding["greedy-abcde"].sentence
    room.look([runs["modest"]])
    assert room.crowding == {}


def test_a_share_that_is_nearly_full_stops_claiming(site, monkeypatch):
    room = Room(site.node)
    monkeypatch.setattr(site.share._share, "free_bytes", lambda: SHARE_LOW_BYTES - 1)
    room.look([])
    assert room.problems == ()
    room.look_at_share()
    assert ["the share has less than 64.0 MB free" in p for p in room.problems] == [True]
    site.share.fail("free_bytes", Unreachable("spool", "timed out"))
    room.look_at_share()
    assert room.problems


def test_results_wait_for_room_on_the_share_and_are_told_apart_from_the_reserve(site, monkeypatch):
    room = Room(site.node)
    assert room.why_not_published(1 << 40) is None  # nobody has looked: the share will say
    free = [SHARE_LOW_BYTES + 100]
    monkeypatch.setattr(site.share._share, "free_bytes", lambda: free[0])
    room.look_at_share()
    assert room.why_not_published(100) is None
    why = room.why_not_published(101)
    assert "results of 101 B wait on scratch" in why and "the share has 64.0 MB free" in why
    free[0] = 1 << 40
    assert room.why_not_published(101) is None
    site.share.calls.clear()
    assert room.why_not_published(101) is None
    assert site.share.calls == []  # with much room it is not asked each time
