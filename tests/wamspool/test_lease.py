"""Leases: judged by a number that does not move, on the clock of whoever watches."""

import pytest

from tests.clocks import FakeClock
from wamspool.errors import LeaseUnsure
from wamspool.lease import Leases, OwnLease

LEASE_S = 90.0
OWNERS = frozenset({"cougar"})


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def leases(clock):
    return Leases(clock, lease_s=LEASE_S)


def watch(leases, clock, beats, *, for_s, every_s=10.0, owners=OWNERS):
    for _ in range(round(for_s / every_s)):
        leases.note(beats, owners)
        clock.advance(every_s)
    leases.note(beats, owners)


def test_a_node_that_beats_is_alive_for_ever(leases, clock):
    for number in range(50):
        leases.note({"cougar": number}, OWNERS)
        assert not leases.are_over("cougar")
        clock.advance(30)


def test_the_same_number_for_a_lease_is_the_end(leases, clock):
    watch(leases, clock, {"cougar": 7}, for_s=80)
    assert not leases.are_over("cougar")
    clock.advance(10)
    assert leases.are_over("cougar") and leases.silent_s("cougar") == LEASE_S


def test_a_node_without_any_heartbeat_has_its_lease_too(leases, clock):
    watch(leases, clock, {}, for_s=80)
    assert not leases.are_over("cougar")
    clock.advance(10)
    assert leases.are_over("cougar")


def test_who_returns_begins_anew(leases, clock):
    watch(leases, clock, {"cougar": 7}, for_s=100)
    assert leases.are_over("cougar")
    leases.note({"cougar": 8}, OWNERS)
    assert not leases.are_over("cougar")


def test_a_number_that_goes_back_is_a_sign_of_life_as_well(leases, clock):
    """Somebody emptied nodes/; the node beats on from a lower number."""
    watch(leases, clock, {"cougar": 700}, for_s=80)
    leases.note({"cougar": 1}, OWNERS)
    clock.advance(10)
    assert not leases.are_over("cougar")


def test_a_watcher_that_could_not_look_begins_all_waits_anew(leases, clock):
    """An outage of the share kept the owner from beating as well."""
    watch(leases, clock, {"cougar": 7}, for_s=80)
    clock.advance(46)
    leases.note({"cougar": 7}, OWNERS)
    assert not leases.are_over("cougar")
    watch(leases, clock, {"cougar": 7}, for_s=90)
    assert leases.are_over("cougar")


def test_a_short_gap_is_no_outage(leases, clock):
    watch(leases, clock, {"cougar": 7}, for_s=50)
    clock.advance(44)
    leases.note({"cougar": 7}, OWNERS)
    assert leases.are_over("cougar")


def test_of_a_node_that_holds_nothing_nothing_is_remembered(leases, clock):
    watch(leases, clock, {"cougar": 7}, for_s=80)
    leases.note({"cougar": 7}, frozenset())
    clock.advance(1000)
    assert not leases.are_over("cougar") and leases.silent_s("cougar") == 0.0


@pytest.fixture
def own(clock):
    return OwnLease(clock, lease_s=LEASE_S, margin_s=10.0)


def test_before_the_first_heartbeat_nothing_is_held(own):
    assert not own.holds()
    with pytest.raises(LeaseUnsure, match="has not reached the share"):
        own.check()


def test_the_owner_gives_up_one_heartbeat_before_any_watcher_may_take_over(own, clock):
    leases = Leases(clock, lease_s=LEASE_S)
    own.renew(clock.monotonic_s())
    while not leases.are_over("cougar"):
        leases.note({"cougar": 1}, OWNERS)
        held_s, held = clock.passed_s, own.holds()
        clock.advance(1)
        if held:
            last_held_s = held_s
    assert clock.passed_s - last_held_s >= 10.0


def test_a_late_answer_does_not_renew_for_longer(own, clock):
    own.renew(clock.monotonic_s())
    own.renew(clock.monotonic_s() - 50)
    clock.advance(79)
    assert own.holds()
    clock.advance(1)
    assert not own.holds()
