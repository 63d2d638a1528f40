"""Trying again, for a time."""

import pytest

from tests.clocks import FakeClock
from wamspool.errors import Busy, Gone
from wamspool.shares.smb.patience import LONGEST_PAUSE_S, insist


class _Attempts:
    def __init__(self, *outcomes):
        self.outcomes = list(outcomes)
        self.made = 0

    def __call__(self):
        self.made += 1
        outcome = self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


def test_it_goes_on_until_nobody_is_in_the_way():
    clock, attempts = FakeClock(), _Attempts(Busy("a", "x"), Busy("a", "x"), "done")
    assert insist(clock, attempts, patience_s=2) == "done"
    assert len(clock.slept) == 2


def test_it_ends_when_the_time_is_over():
    clock, attempts = FakeClock(), _Attempts(Busy("a", "x"))
    with pytest.raises(Busy):
        insist(clock, attempts, patience_s=2)
    assert 2 <= clock.passed_s < 2 + 1.5 * LONGEST_PAUSE_S
    assert 8 < attempts.made < 40


def test_pauses_grow_and_are_not_the_same_for_all():
    slept = []
    for seed in "ab":
        clock = FakeClock(seed=seed)
        with pytest.raises(Busy):
            insist(clock, _Attempts(Busy("a", "x")), patience_s=2)
        slept.append(clock.slept)
        assert clock.slept[0] < 0.01 < clock.slept[-1] <= 1.5 * LONGEST_PAUSE_S
    assert slept[0] != slept[1]


def test_without_time_it_is_tried_once():
    clock, attempts = FakeClock(), _Attempts(Busy("a", "x"))
    with pytest.raises(Busy):
        insist(clock, attempts, patience_s=0)
    assert attempts.made == 1 and clock.slept == []


def test_any_other_error_ends_it_at_once():
    attempts = _Attempts(Gone("a", "x"))
    with pytest.raises(Gone):
        insist(FakeClock(), attempts, patience_s=2)
    assert attempts.made == 1
