"""The duel: both at once, by turns a little early and late, until neither is always first."""

import threading

import pytest

from tests.clocks import FakeClock
from wamspool.clock import SystemClock
from wamspool.errors import Busy, Exists, Gone
from wamspool.probe.duel import BATCH, LATE_MAX_S, SPAN_S, Duel
from wamspool.probe.meeting import CLIENT, NODE, Meeting
from wamspool.shares.local import LocalShare


def duel(folder, side, clock, ahead_s=0.0):
    share = LocalShare(folder, clock, durable=False)
    return Duel(Meeting(share, clock, "m", side), ahead_s)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "m").mkdir()
    return tmp_path


def both(folder, rounds, client_attempt, node_attempt):
    """What each side makes of it."""
    clock, raced = SystemClock(), {}

    def run(side, attempt):
        raced[side] = duel(folder, side, clock).run("door", rounds, attempt)

    other = threading.Thread(target=run, args=(NODE, node_attempt))
    other.start()
    run(CLIENT, client_attempt)
    other.join(30)
    assert raced[CLIENT] == raced[NODE]
    return raced[CLIENT]


def test_winners_are_told_apart_and_both_sides_agree(folder):
    def client(round_):
        if round_ == 1:
            raise Exists("a", "b")

    def node(round_):
        if round_ != 1:
            raise Gone("a", "b")

    raced = both(folder, 3, client, node)
    assert raced.winners == ({0}, {1}, {0})
    assert (raced.double, raced.nobody, raced.unclear) == (0, 0, 0)


def test_double_wins_nobody_and_unclear_answers(folder):
    def client(round_):
        if round_:
            raise Busy("a", "b")

    raced = both(folder, 2, client, client)
    assert raced.winners == ({0, 1}, frozenset())
    assert (raced.double, raced.nobody, raced.unclear) == (1, 1, 2)


def test_a_client_that_wins_comes_later_and_one_that_loses_earlier(folder):
    winning, losing = (duel(folder, CLIENT, FakeClock()) for _ in range(2))
    for _ in range(3):
        winning._take_aim(BATCH, first=False)
        losing._take_aim(0, first=False)
    assert winning.late_s > SPAN_S
    assert losing.late_s < -SPAN_S / 2


def test_steps_grow_one_way_and_shrink_when_they_turn(folder):
    client = duel(folder, CLIENT, FakeClock())
    steps = []
    for won in (BATCH, BATCH, 0, BATCH, 0):
        before_s = client.late_s
        client._take_aim(won, first=False)
        steps.append(round((client.late_s - before_s) / SPAN_S, 4))
    assert steps == [1.0, 2.0, -1.0, 0.5, -0.25]


def test_it_never_strays_far(folder):
    client = duel(folder, CLIENT, FakeClock())
    for _ in range(50):
        client._take_aim(BATCH, first=False)
    assert client.late_s == LATE_MAX_S


@pytest.mark.parametrize(
    ("side", "won", "first"), [(NODE, 10, False), (CLIENT, 10, True), (CLIENT, 5, False)]
)
def test_only_a_client_with_a_batch_behind_it_takes_aim(folder, side, won, first):
    one = duel(folder, side, FakeClock())
    one._take_aim(won, first=first)
    assert one.late_s == 0


def test_a_clients_moments_differ_within_a_batch_and_a_nodes_do_not(folder):
    client, node = (duel(folder, side, FakeClock()) for side in (CLIENT, NODE))
    apart = {round(client._due_s(n) - node._due_s(n), 6) for n in range(BATCH)}
    assert len(apart) == BATCH
    assert max(apart) - min(apart) == pytest.approx(SPAN_S * (BATCH - 1) / BATCH)


def test_a_node_reckons_by_the_clients_clock(folder):
    clock = FakeClock()
    node = duel(folder, NODE, clock, ahead_s=400.0)
    node._wait_for(clock.monotonic_s() - 400.0 + 0.5)
    assert clock.slept == [pytest.approx(0.5)]
    node._wait_for(clock.monotonic_s() - 401.0)
    assert len(clock.slept) == 1


def test_nobody_is_kept_waiting_by_what_the_other_says(folder):
    clock = FakeClock()
    duel(folder, NODE, clock)._wait_for(clock.monotonic_s() + 10**9)
    assert clock.slept == [1.0]
