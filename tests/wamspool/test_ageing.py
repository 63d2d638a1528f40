"""The order of the queue with ageing: bounded, from names alone, the same for all."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from spool_layout.names import TicketName, stamp_of
from tests.clocks import START
from wamspool.ageing import turn_of
from wamspool.candidates import blocks
from wamspool.waiting import Waiting

DAY_S = 86400.0


def after(hours, priority=5, job="a"):
    return TicketName(priority, stamp_of(START + timedelta(hours=hours)), f"{job}-aaaaa")


def order(*names, ageing_s=DAY_S):
    return sorted(names, key=lambda name: turn_of(name, ageing_s))


def test_at_about_the_same_time_priority_decides():
    low, normal, high = after(0, 8), after(1, 5), after(2, 2)
    assert order(low, normal, high) == [high, normal, low]


def test_a_day_of_waiting_makes_up_for_a_step():
    low = after(0, 8)
    assert order(low, after(71, 5)) == [after(71, 5), low]
    assert order(low, after(73, 5)) == [low, after(73, 5)]


def test_nobody_is_passed_for_longer_than_the_bound():
    last = after(0, 9)
    assert order(last, after(9 * 24 + 0.1, 0))[0] == last


def test_without_ageing_priority_comes_first_always():
    assert order(after(0, 5), after(10_000, 4), ageing_s=None) == [after(10_000, 4), after(0, 5)]


names = st.builds(
    lambda priority, hours, number: after(hours, priority, f"j{number}"),
    st.integers(0, 9),
    st.floats(0, 400),
    st.integers(0, 99),
)


@given(st.lists(names, unique=True), st.sampled_from([None, 60.0, 3600.0, DAY_S]))
def test_the_queue_is_merged_in_that_order(made, ageing_s):
    waiting = Waiting((name.file_name for name in made), ageing_s=ageing_s)
    assert list(waiting) == order(*made, ageing_s=ageing_s)
    assert list(waiting.followed_by(waiting.file_names)) == list(waiting)


def test_only_what_is_looked_at_is_parsed():
    waiting = Waiting(
        (after(n / 100, n % 10, f"j{n}").file_name for n in range(5000)), ageing_s=DAY_S
    )
    next(iter(waiting))
    assert len(waiting._parsed) <= 11


@given(st.lists(names, unique=True, min_size=1), st.integers(1, 4))
def test_blocks_hold_all_names_and_mix_no_priorities_that_are_far_apart(made, count):
    queue = order(*made)
    nodes = [f"node-{n}" for n in range(count)]
    cut = list(blocks(queue, nodes[0], nodes=nodes, ageing_s=DAY_S))
    assert {name for block in cut for name in block} == set(made)
    for block in cut:
        for name in block:
            first = min(block, key=lambda n: turn_of(n, DAY_S))
            apart = turn_of(name, DAY_S)[0] - turn_of(first, DAY_S)[0]
            assert name.priority == first.priority or apart <= DAY_S / 4
