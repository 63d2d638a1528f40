"""How often a node looks."""

import pytest

from node_service.pace import JITTER, POLL_QUIET_S, QUIET_AFTER_S, Pace
from node_service.settings import POLL_S, POLL_WITH_EVENTS_S
from tests.clocks import FakeClock


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def pace(clock):
    return Pace(clock, fixed_s=None)


def mean_s(pace, **given):
    return sum(pace.next_s(**given) for _ in range(400)) / 400


def about(value_s):
    return pytest.approx(value_s, rel=0.05)


def test_what_the_administrator_says_is_obeyed_exactly(clock):
    pace = Pace(clock, fixed_s=7.5)
    pace.note_nodes(500)
    assert pace.next_s() == 7.5 and pace.next_s(at_most_s=1.0) == 7.5


def test_without_hints_it_slows_down_when_nothing_goes_on(pace, clock):
    assert mean_s(pace) == about(POLL_S)
    pace.note_seen("empty")
    clock.advance(QUIET_AFTER_S)
    pace.note_seen("empty")
    assert mean_s(pace) == about(POLL_QUIET_S)
    pace.note_seen("one ticket")
    assert mean_s(pace) == about(POLL_S)


def test_with_hints_polling_is_the_net_below(pace):
    pace.notified = True
    assert mean_s(pace) == about(POLL_WITH_EVENTS_S)


def test_a_drop_that_settles_is_looked_at_soon(pace):
    pace.notified = True
    assert mean_s(pace, at_most_s=0.5) == about(0.5)
    assert mean_s(pace, at_most_s=30.0) == about(POLL_S)


@pytest.mark.parametrize("nodes", [1, 10, 60, 200])
def test_all_nodes_together_stay_within_the_budget(pace, nodes):
    pace.note_nodes(nodes)
    assert nodes / mean_s(pace, at_most_s=0.1) <= 10.5


def test_no_two_looks_are_in_step(pace):
    drawn = [pace.next_s() for _ in range(200)]
    assert len(set(drawn)) > 50
    assert min(drawn) >= POLL_S * (1 - JITTER) and max(drawn) <= POLL_S * (1 + JITTER)


def test_a_spool_without_a_status_file_is_shared_by_one(pace):
    pace.note_nodes(0)
    assert mean_s(pace) == about(POLL_S)


def test_after_a_long_look_there_is_a_rest_however_much_happens(pace, clock):
    assert pace.rests_until_s == 0.0
    began_s = clock.monotonic_s()
    clock.advance(0.4)
    pace.note_look(began_s=began_s)
    assert pace.rests_until_s == pytest.approx(began_s + 0.4 + 3.6)
