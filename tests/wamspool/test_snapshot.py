"""The picture of a spool: nobody missing, nobody twice, and a cost that does not grow."""

import os

import pytest

from spool_layout.records import JobOnNode, NodeStatus, format_status
from spool_layout.states import Event, State
from tests.clocks import START, FakeClock
from tests.faults import FaultyShare
from tests.spools import DECK, JOB, as_seen_by, named, new_spool, put
from wamspool.offers import nodes_of
from wamspool.snapshot import THERE_AND_BACK, newest_beats, read_node, take_snapshot
from wamspool.transition import Place, advance, claim, hand_back, requeue, start


@pytest.fixture
def spool(tmp_path):
    return new_spool(tmp_path / "spool")


@pytest.fixture
def root(tmp_path, spool):
    return tmp_path / "spool"


def beat(spool, root, node="cougar", sequence=1, age_s=5.0, **said):
    said = {"state": "up"} | said
    path = f"nodes/{node}.{sequence}.json"
    spool.share.create(path, format_status(NodeStatus(node, **said)))
    written_s = START.timestamp() - age_s
    os.utime(root / path, (written_s, written_s))


def test_an_empty_spool(spool):
    snapshot = take_snapshot(spool)
    assert snapshot.taken == START
    assert snapshot.places == snapshot.nodes == snapshot.dropped == snapshot.rejected == ()


def test_what_is_in_flight_in_the_order_of_the_queue(spool):
    places = [
        put(spool, Place(State.RUNNING, named("e-aaaaa", generation=1, attempt=1, node="cougar"))),
        put(spool, Place(State.QUEUED, named("d-aaaaa", priority=8))),
        put(spool, Place(State.QUEUED, named("c-aaaaa", priority=2))),
        put(spool, Place(State.CLAIMED, named("b-aaaaa", generation=1, node="lynx"))),
        put(spool, Place(State.HELD, named("a-aaaaa", generation=1))),
    ]
    snapshot = take_snapshot(spool)
    assert [place.name.job[0] for place in snapshot.places] == ["a", "c", "d", "b", "e"]
    assert set(snapshot.places) == set(places)
    assert snapshot.in_state(State.HELD, State.RUNNING) == (places[4], places[0])


def test_drops_and_rejections_are_shown(spool, root):
    for name in ("a.inp", "study.yaml", "mesh.inc", ".hidden.inp", "~$a.inp"):
        (root / "incoming" / name).write_bytes(DECK)
    (root / "incoming/folder").mkdir()
    (root / "rejected/b.inp").write_bytes(DECK)
    (root / "rejected/b.inp.why.txt").write_bytes(b"")
    snapshot = take_snapshot(spool)
    assert snapshot.dropped == ("a.inp", "folder", "study.yaml")
    assert snapshot.rejected == ("b.inp",)


TRAVELS = {
    "claim": (State.QUEUED, lambda s, d, p: claim(s, d, p, "cougar")),
    "hold": (State.QUEUED, lambda s, d, p: advance(s, d, Event.HOLD, p)),
    "release": (State.HELD, lambda s, d, p: advance(s, d, Event.RELEASE, p)),
    "start": (State.CLAIMED, lambda s, d, p: start(s, p)),
    "hand_back": (State.CLAIMED, hand_back),
    "requeue": (State.RUNNING, requeue),
}


@pytest.mark.parametrize("travel", TRAVELS)
@pytest.mark.parametrize("number", range(1, 7))
def test_a_ticket_that_moves_meanwhile_is_seen_exactly_once(spool, travel, number):
    source, move = TRAVELS[travel]
    node = "cougar" if source in {State.CLAIMED, State.RUNNING} else None
    place = put(spool, Place(source, named(generation=1, node=node)))
    moving = FaultyShare(
        spool.share, at_call=(number + 1, lambda: move(spool.share, spool.doors, place))
    )
    snapshot = take_snapshot(as_seen_by(spool, FakeClock(), moving))
    assert [place.name.job for place in snapshot.places] == [JOB]


def test_one_that_comes_back_and_is_claimed_again_meanwhile_is_seen(spool, root):
    place = put(spool, Place(State.RUNNING, named(generation=1, node="cougar")))
    beat(spool, root, jobs=(JobOnNode(JOB, 1, "solving"),))
    moving = FaultyShare(spool.share)

    def come_back():
        back = requeue(spool.share, spool.doors, place)
        moving.at("list", "incoming", before=lambda: claim(spool.share, spool.doors, back, "lynx"))

    moving.at("list", "running", before=come_back)
    (seen,) = take_snapshot(as_seen_by(spool, FakeClock(), moving)).places
    assert (seen.state, seen.name.node, seen.name.generation) == (State.CLAIMED, "lynx", 3)


def test_what_a_silent_node_said_last_is_not_looked_for(spool, root):
    costs = []
    for age_s in (spool.settings.lease_s + 60, 1.0):
        beat(
            spool,
            root,
            sequence=int(9e6 - age_s),
            age_s=age_s,
            jobs=(JobOnNode(JOB, 1, "solving"),),
        )
        counting = FaultyShare(spool.share)
        take_snapshot(as_seen_by(spool, FakeClock(), counting))
        costs.append(counting.calls)
    assert costs[1] - costs[0] == len(THERE_AND_BACK)


def test_of_two_sights_the_later_one_counts(spool):
    place = put(spool, Place(State.CLAIMED, named(generation=1, node="cougar")))
    moving = FaultyShare(spool.share)
    moving.at("list", "running", before=lambda: start(spool.share, place))
    (seen,) = take_snapshot(as_seen_by(spool, FakeClock(), moving)).places
    assert (seen.state, seen.name.attempt) == (State.RUNNING, 1)


def test_the_cost_does_not_grow_with_history_or_the_queue(spool, root):
    def cost():
        counting = FaultyShare(spool.share)
        seen = as_seen_by(spool, FakeClock(), counting)
        before = counting.calls
        take_snapshot(seen)
        return counting.calls - before

    beat(spool, root)
    first = cost()
    assert first <= 12
    for number in range(50):
        put(spool, Place(State.QUEUED, named(f"job-{number:05}")))
        (root / f"done/2026-11/old-{number:05}").mkdir(parents=True)
    assert cost() == first


def test_nodes_are_shown_with_their_age(spool, root):
    beat(spool, root, "cougar", age_s=5)
    beat(spool, root, "lynx", age_s=91)
    beat(spool, root, "puma", age_s=10_000, state="stopped")
    sights = {sight.status.node: sight for sight in take_snapshot(spool).nodes}
    assert {name: (s.age_s, s.silent) for name, s in sights.items()} == {
        "cougar": (5.0, False),
        "lynx": (91.0, True),
        "puma": (10_000.0, False),
    }


def test_a_file_from_the_future_is_no_older_than_now(spool, root):
    beat(spool, root, age_s=-3600)
    assert take_snapshot(spool).nodes[0].age_s == 0


def test_the_newest_beat_counts(spool, root):
    for sequence in (9, 10, 2):
        beat(spool, root, sequence=sequence)
    (root / "nodes/cougar.x.json").write_bytes(b"")
    assert newest_beats(spool.share) == {"cougar": 10}
    assert read_node(spool, "cougar").sequence == 10
    assert read_node(spool, "absent") is None


def test_a_node_that_beats_meanwhile_is_looked_at_again(spool, root):
    beat(spool, root, sequence=1)

    def next_beat():
        beat(spool, root, sequence=2)
        spool.share.remove("nodes/cougar.1.json")

    beating = FaultyShare(spool.share).at("read", "nodes/cougar.1", before=next_beat)
    seen = as_seen_by(spool, FakeClock(), beating)
    assert [sight.sequence for sight in take_snapshot(seen).nodes] == [2]


def test_a_status_that_cannot_be_read_is_told_and_ends_nothing(spool, root):
    beat(spool, root)
    (root / "nodes/lynx.1.json").write_bytes(b"{")
    (root / "nodes/puma.1.json").write_bytes(b'{"node": "puma", "state": "up", "cpus": "many"}')
    snapshot = take_snapshot(spool)
    assert [sight.status.node for sight in snapshot.nodes] == ["cougar"]
    assert ["lynx" in text or "puma" in text for text in snapshot.unreadable] == [True, True]


def test_what_a_node_says_of_a_job(spool, root):
    jobs = (JobOnNode(JOB, 1, "solving", percent=50.0),)
    beat(spool, root, jobs=jobs)
    snapshot = take_snapshot(spool)
    assert snapshot.on_node(named(generation=1, node="cougar")) == jobs[0]
    assert snapshot.on_node(named(generation=2, node="cougar")) is None
    assert snapshot.on_node(named(generation=1, node="lynx")) is None
    assert snapshot.on_node(named()) is None


def test_a_status_that_may_not_be_read_is_told_and_hides_nobody(spool, root):
    beat(spool, root)
    (root / "nodes/lynx.1.json").mkdir()
    snapshot = take_snapshot(spool)
    assert [sight.status.node for sight in snapshot.nodes] == ["cougar"]
    assert "lynx" in snapshot.unreadable[0]
    assert [sight.status.node for sight in nodes_of(spool)] == ["cougar"]
