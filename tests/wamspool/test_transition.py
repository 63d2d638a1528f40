"""The only code that moves tickets: by the table, through the door, one owner at most."""

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from spool_layout import folders
from spool_layout.states import FOLDERS, MOVES, Event, State
from tests.clocks import FakeClock
from tests.faults import Crash, FaultyShare, raising
from tests.spools import JOB, as_seen_by, named, new_spool, put
from wamspool.errors import Gone, TicketGone, Unreachable
from wamspool.transition import Place, advance, advance_to, claim, hand_back, requeue, start

FLYING = (State.QUEUED, State.HELD, State.CLAIMED, State.RUNNING)


@pytest.fixture
def spool(tmp_path):
    return new_spool(tmp_path / "spool")


def tickets(spool):
    """Where tickets lie, as (folder, generation, attempt, node)."""
    from spool_layout.names import parse_ticket_name

    found = []
    for folder in dict.fromkeys(FOLDERS[state] for state in FLYING):
        names = (parse_ticket_name(entry.name) for entry in spool.share.list(folder))
        found += [(folder, n.generation, n.attempt, n.node) for n in names if n]
    return found


def queued(spool, **said):
    return put(spool, Place(State.QUEUED, named(**said)))


def test_a_ticket_travels_through_a_life(spool):
    share, doors = spool.share, spool.doors
    place = queued(spool)
    content = share.read(place.path)
    place = advance(share, doors, Event.HOLD, place)
    assert tickets(spool) == [("held", 1, 0, None)]
    place = advance(share, doors, Event.RELEASE, place, priority=2)
    assert place.name.priority == 2 and tickets(spool) == [("incoming", 2, 0, None)]
    place = claim(share, doors, place, "cougar")
    assert tickets(spool) == [("claimed", 3, 0, "cougar")]
    place = hand_back(share, doors, place)
    assert tickets(spool) == [("incoming", 4, 0, None)]
    place = start(share, claim(share, doors, place, "lynx"))
    assert tickets(spool) == [("running", 5, 1, "lynx")]
    place = requeue(share, doors, place)
    assert tickets(spool) == [("incoming", 6, 1, None)]
    assert share.read(place.path) == content
    made = sorted(entry.name for entry in share.list(folders.DOORS))
    assert made == [f"{JOB}.g{g}" for g in range(1, 7)]


@pytest.mark.parametrize(("event", "state"), list(itertools.product(Event, FLYING)))
def test_what_the_table_does_not_permit_does_not_happen(spool, event, state):
    if state in MOVES[event].sources:
        return
    place = put(spool, Place(state, named(node="cougar")))
    with pytest.raises(ValueError, match=f"{event} does not happen to a {state} job"):
        advance(spool.share, spool.doors, event, place)
    assert spool.share.list(folders.DOORS) == []
    assert len(tickets(spool)) == 1


def test_of_many_claimers_one_owns_the_ticket(spool):
    for round_ in range(10):
        job = f"plate-{round_:05}"
        place = put(spool, Place(State.QUEUED, named(job)))
        gate = threading.Barrier(6)

        def one(number, place=place, gate=gate):
            seen = as_seen_by(spool, FakeClock())
            gate.wait()
            try:
                return claim(seen.share, seen.doors, place, f"node-{number}")
            except TicketGone:
                return None

        with ThreadPoolExecutor(6) as pool:
            owners = [place for place in pool.map(one, range(6)) if place]
        assert len(owners) == 1
        assert spool.share.examine(owners[0].path)
    assert len(tickets(spool)) == 10


def test_claim_against_hold_meets_at_one_door(spool):
    place = queued(spool)
    other = as_seen_by(spool, FakeClock())
    assert claim(spool.share, spool.doors, place, "cougar")
    assert advance(other.share, other.doors, Event.HOLD, place) is None
    other.clock.advance(spool.settings.door_grace_s)
    with pytest.raises(TicketGone, match=JOB):
        advance(other.share, other.doors, Event.HOLD, place)
    assert tickets(spool) == [("claimed", 1, 0, "cougar")]


def test_a_claimer_that_died_behind_its_door_is_passed_over(spool):
    place = queued(spool)
    dead = FaultyShare(spool.share)
    dead.at("move", before=dead.crash)
    with pytest.raises(Crash):
        claim(dead, as_seen_by(spool, FakeClock(), dead).doors, place, "dead")
    other = as_seen_by(spool, FakeClock())
    assert claim(other.share, other.doors, place, "cougar") is None
    other.clock.advance(spool.settings.door_grace_s)
    assert claim(other.share, other.doors, place, "cougar").name.generation == 2
    assert tickets(spool) == [("claimed", 2, 0, "cougar")]


def test_a_sleeper_is_fenced_when_it_wakes(spool):
    """It has made its door and fallen asleep; another has passed it over and owns the ticket."""
    place = queued(spool)
    other = as_seen_by(spool, FakeClock())

    def while_it_sleeps():
        assert claim(other.share, other.doors, place, "cougar") is None
        other.clock.advance(spool.settings.door_grace_s)
        assert claim(other.share, other.doors, place, "cougar")

    sleeper = FaultyShare(spool.share).at("move", before=while_it_sleeps)
    with pytest.raises(TicketGone):
        claim(sleeper, as_seen_by(spool, FakeClock(), sleeper).doors, place, "sleeper")
    assert tickets(spool) == [("claimed", 2, 0, "cougar")]


def test_a_sleeper_that_wakes_in_time_wins_and_the_other_is_fenced(spool):
    place = queued(spool)
    sleeping = as_seen_by(spool, FakeClock())
    assert sleeping.doors.lead(place.name) == 1

    def wake():
        target = Place(State.CLAIMED, named(generation=1, node="sleeper"))
        spool.share.move(place.path, target.path)

    other = FaultyShare(spool.share).at("move", before=wake)
    seen = as_seen_by(spool, FakeClock(), other)
    assert claim(other, seen.doors, place, "cougar") is None
    seen.clock.advance(spool.settings.door_grace_s)
    with pytest.raises(TicketGone):
        claim(other, seen.doors, place, "cougar")
    assert tickets(spool) == [("claimed", 1, 0, "sleeper")]


def lost(path="incoming"):
    return raising(Unreachable(path, "the server did not answer"))


def test_a_move_whose_reply_was_lost_has_happened(spool):
    place = queued(spool)
    faulty = FaultyShare(spool.share).at("move", after=lost())
    moved = claim(faulty, as_seen_by(spool, FakeClock(), faulty).doors, place, "cougar")
    assert moved == Place(State.CLAIMED, named(generation=1, node="cougar"))
    assert tickets(spool) == [("claimed", 1, 0, "cougar")]


def test_a_move_that_was_not_made_is_not_taken_for_made(spool):
    place = queued(spool)
    faulty = FaultyShare(spool.share).at("move", before=lost())
    with pytest.raises(Unreachable):
        claim(faulty, as_seen_by(spool, FakeClock(), faulty).doors, place, "cougar")
    assert tickets(spool) == [("incoming", 0, 0, None)]


def test_when_nobody_can_look_it_stays_unknown(spool):
    place = queued(spool)
    faulty = FaultyShare(spool.share).at("move", after=lost()).at("list", before=lost())
    with pytest.raises(Unreachable):
        claim(faulty, as_seen_by(spool, FakeClock(), faulty).doors, place, "cougar")


def test_a_start_whose_reply_was_lost_counts_one_attempt(spool):
    place = put(spool, Place(State.CLAIMED, named(generation=1, node="cougar")))
    faulty = FaultyShare(spool.share).at("move", after=lost())
    assert start(faulty, place).name.attempt == 1
    assert start(spool.share, place).name.attempt == 1
    assert tickets(spool) == [("running", 1, 1, "cougar")]


def test_a_fenced_owner_cannot_start(spool):
    place = put(spool, Place(State.CLAIMED, named(generation=1, node="cougar")))
    other = as_seen_by(spool, FakeClock())
    assert requeue(other.share, other.doors, place)
    with pytest.raises(TicketGone):
        start(spool.share, place)
    assert tickets(spool) == [("incoming", 2, 0, None)]


def test_an_event_without_a_door_keeps_its_generation(spool):
    place = put(spool, Place(State.CLAIMED, named(generation=3, node="cougar")))
    target = Place(State.RUNNING, named(generation=3, node="cougar"))
    assert advance_to(spool.share, spool.doors, Event.START, place, lambda g: target.path) == 3
    assert spool.share.list(folders.DOORS) == []


def test_a_ticket_that_never_was_is_gone(spool):
    place = Place(State.QUEUED, named())
    with pytest.raises(TicketGone, match="somebody else changed it first"):
        claim(spool.share, spool.doors, place, "cougar")


def test_an_unmounted_share_is_no_ticket_taken_by_another(spool, tmp_path):
    """The mount point is an empty folder then: whoever took that for a fence stopped a solver."""
    place = put(spool, Place(State.CLAIMED, named(generation=1, node="cougar")))
    (tmp_path / "spool").rename(tmp_path / "elsewhere")
    (tmp_path / "spool").mkdir()
    with pytest.raises(Gone):
        start(spool.share, place)
    (tmp_path / "spool").rmdir()
    (tmp_path / "elsewhere").rename(tmp_path / "spool")
    assert start(spool.share, place).name.attempt == 1


def test_a_target_folder_that_others_tidied_away_is_no_ticket_taken_by_another(spool):
    place = put(spool, Place(State.CLAIMED, named(generation=1, node="cougar")))
    with pytest.raises(Gone):
        advance_to(spool.share, spool.doors, Event.FINISH, place, lambda g: "done/2026-11/.a/t")
    assert tickets(spool) == [("claimed", 1, 0, "cougar")]


def test_a_run_that_is_handed_back_does_not_count(spool):
    share, doors = spool.share, spool.doors
    place = requeue(share, doors, start(share, claim(share, doors, queued(spool), "lynx")))
    place = start(share, claim(share, doors, place, "lynx"))
    assert place.name.attempt == 2
    place = hand_back(share, doors, place)
    assert (place.state, place.name.attempt, place.name.node) == (State.QUEUED, 1, None)
