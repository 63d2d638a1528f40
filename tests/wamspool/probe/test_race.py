"""The race: who was told of success, and nobody waits for one who has gone."""

import pytest

from tests.leaping import LeapingClock, LeapingShare
from wamspool.errors import Busy, Exists, Gone
from wamspool.probe.ground import Effort, on_ground
from wamspool.probe.race import Raced, race

THREE = Effort(clients=3, rounds=1, repeats=1, patience_s=0, clock_s=0, big_bytes=1)


@pytest.fixture
def ground(tmp_path):
    clock = LeapingClock()
    with on_ground(lambda: LeapingShare(tmp_path, clock), clock, THREE) as ground:
        yield ground


def test_winners_losers_and_unclear_answers_are_told_apart(ground):
    def attempt(share, round_, number):
        if number == 0:
            raise Exists("a", "b") if round_ else Gone("a", "b")
        if number == 1 and round_ == 1:
            raise Busy("a", "b")
        if round_ == 2:
            raise Exists("a", "b")

    raced = race(ground, 3, attempt)
    assert raced.winners == ({1, 2}, {2}, frozenset())
    assert (raced.double, raced.nobody, raced.unclear) == (1, 1, 1)


def test_each_client_is_another_share(ground):
    seen = set()
    race(ground, 1, lambda share, round_, number: seen.add((number, id(share))))
    assert len(seen) == len({share for _, share in seen}) == 3


def test_a_fault_of_one_ends_all(ground):
    def attempt(share, round_, number):
        if number == 1:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        race(ground, 50, attempt)


def test_a_race_of_no_rounds_has_no_winner(ground):
    assert race(ground, 0, lambda *_: None) == Raced((), 0)
