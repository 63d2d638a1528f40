"""The door: one caller leads, a door whose ticket does not follow is passed over."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from spool_layout import folders
from tests.clocks import FakeClock
from tests.faults import FaultyShare, raising
from tests.spools import JOB, named, new_spool
from wamspool.door import Doors
from wamspool.errors import Unreachable

GRACE_S = 15.0


@pytest.fixture
def share(tmp_path):
    return new_spool(tmp_path / "spool").share


def doors_of(share, clock=None):
    return Doors(share, clock or FakeClock(), grace_s=GRACE_S)


def made(share):
    return sorted(entry.name for entry in share.list(folders.DOORS))


def test_the_first_leads_into_the_next_generation(share):
    assert doors_of(share).lead(named()) == 1
    assert doors_of(share).lead(named(generation=4)) == 5
    assert made(share) == [f"{JOB}.g1", f"{JOB}.g5"]


def test_of_many_exactly_one_leads(share):
    for generation in range(20):
        start = threading.Barrier(8)

        def one(_, g=generation, start=start):
            doors = doors_of(share)
            start.wait()
            return doors.lead(named(generation=g))

        with ThreadPoolExecutor(8) as pool:
            led = [g for g in pool.map(one, range(8)) if g is not None]
        assert led == [generation + 1]


def test_another_s_door_is_waited_for_and_then_passed_over(share):
    clock = FakeClock()
    mine = doors_of(share, clock)
    assert doors_of(share).lead(named()) == 1
    assert mine.lead(named()) is None
    clock.advance(GRACE_S - 0.1)
    assert mine.lead(named()) is None
    clock.advance(0.2)
    assert mine.lead(named()) == 2
    assert made(share) == [f"{JOB}.g1", f"{JOB}.g2"]


def test_the_grace_begins_with_one_s_own_first_sight(share):
    """Nobody's clock is compared with another's: a late watcher waits the whole grace."""
    doors_of(share).lead(named())
    clock = FakeClock()
    clock.advance(10_000)
    late = doors_of(share, clock)
    assert late.lead(named()) is None
    clock.advance(GRACE_S)
    assert late.lead(named()) == 2


def test_two_that_pass_over_the_same_door_do_not_both_lead(share):
    clock = FakeClock()
    one, two = doors_of(share, clock), doors_of(share, clock)
    doors_of(share).lead(named())
    assert one.lead(named()) is two.lead(named()) is None
    clock.advance(GRACE_S)
    assert one.lead(named()) == 2
    assert two.lead(named()) is None
    clock.advance(GRACE_S)
    assert two.lead(named()) == 3


def test_one_s_own_door_made_in_vain_is_passed_over_like_any_other(share):
    clock = FakeClock()
    mine = doors_of(share, clock)
    assert mine.lead(named()) == 1
    assert mine.lead(named()) is None
    clock.advance(GRACE_S)
    assert mine.lead(named()) == 2


def test_a_door_whose_reply_was_lost_costs_time_only(share):
    clock = FakeClock()
    faulty = FaultyShare(share).at("make_folder", after=raising(Unreachable("doors", "no answer")))
    mine = doors_of(faulty, clock)
    with pytest.raises(Unreachable):
        mine.lead(named())
    assert made(share) == [f"{JOB}.g1"]
    assert mine.lead(named()) is None
    clock.advance(GRACE_S)
    assert mine.lead(named()) == 2


def test_a_watched_door_costs_nothing_to_watch(share):
    """A node looks every second; it asks the share again only when the grace is over."""
    doors_of(share).lead(named())
    faulty = FaultyShare(share)
    watcher = doors_of(faulty, FakeClock())
    watcher.lead(named())
    seen = faulty.calls
    assert watcher.lead(named()) is None
    assert faulty.calls == seen


def test_however_many_doors_there_are_they_are_passed_over_together(share):
    """A ticket that cannot be moved for hours (a backup keeps it open) collects many."""
    for generation in range(1, 60):
        share.make_folder(folders.door(JOB, generation))
    clock = FakeClock()
    doors = doors_of(share, clock)
    assert doors.lead(named()) is None
    clock.advance(GRACE_S)
    assert doors.lead(named()) is None
    clock.advance(GRACE_S)
    assert doors.lead(named()) == 60


def test_only_doors_of_jobs_in_the_way_are_remembered(share):
    clock = FakeClock()
    doors = doors_of(share, clock)
    other = "plate-aaaaa"
    for job in (JOB, other):
        doors_of(share).lead(named(job))
        assert doors.lead(named(job)) is None
    doors.forget_all_but(frozenset({JOB}))
    assert list(doors._seen) == [folders.door(JOB, 1)]
    clock.advance(GRACE_S)
    assert doors.lead(named(JOB)) == 2
    assert doors.lead(named(other)) is None
