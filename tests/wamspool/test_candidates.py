"""In which order a node tries: the queue's when it is alone, and not all nodes in the same."""

import pytest

from spool_layout.names import TicketName
from wamspool.candidates import BLOCK_A_NODE, MISSES_MAX, Candidates, blocks


def named(number, priority=5):
    return TicketName(priority, "20261123-120000-000", f"job-{number:05}")


QUEUE = [named(n, priority=2) for n in range(5)] + [named(n) for n in range(5, 200)]


def beside(count):
    return ["cougar", *(f"node-{n}" for n in range(count - 1))]


def candidates(node="cougar", *, nodes=1, queue=QUEUE):
    made = Candidates(node)
    made.look(queue, nodes=beside(nodes))
    return made


def test_a_node_that_is_alone_keeps_the_order_of_the_queue():
    assert list(candidates()) == QUEUE


def test_priorities_are_kept_among_many_nodes_too_and_nothing_is_left_out():
    tried = list(candidates(nodes=4))
    assert set(tried[:5]) == set(QUEUE[:5])
    assert sorted(tried, key=QUEUE.index) == QUEUE and tried != QUEUE


def test_nobody_is_passed_by_for_longer_than_a_block():
    size = BLOCK_A_NODE * 4
    for place, name in enumerate(candidates(nodes=4)):
        assert abs(QUEUE.index(name) - place) < size


def test_nodes_begin_at_different_tickets():
    firsts = {next(iter(candidates(node, nodes=8, queue=QUEUE[5:]))) for node in beside(8)}
    assert len(firsts) >= 5


def test_nodes_that_go_on_at_one_pace_do_not_meet_before_their_shares_are_eaten():
    size = BLOCK_A_NODE * 8
    sides = [list(candidates(node, nodes=8, queue=QUEUE[5:]))[:size] for node in beside(8)]
    taken, met = set(), 0
    for step in range(BLOCK_A_NODE // 2):
        for side in sides:
            met += side[step] in taken
            taken.add(side[step])
    assert met <= 3


def test_a_node_that_is_not_known_yet_has_a_share_too():
    these = Candidates("newcomer")
    these.look(QUEUE, nodes=beside(3))
    assert sorted(these, key=QUEUE.index) == QUEUE


def test_a_node_keeps_its_order_from_look_to_look():
    assert list(candidates(nodes=4)) == list(candidates(nodes=4))


def test_what_was_neither_claimed_nor_missed_comes_again():
    these = candidates()
    three = [name for name, _ in zip(these, range(3), strict=False)]
    these.note_claimed(three[1])
    these.note_missed(three[2])
    assert list(these) == [three[0], *QUEUE[3:]]


def test_after_a_new_listing_all_may_be_tried():
    these = candidates()
    these.note_missed(next(iter(these)))
    these.look(QUEUE, nodes=beside(1))
    assert list(these) == QUEUE


def test_after_the_same_listing_without_a_miss_nothing_begins_anew():
    these = candidates()
    these.note_claimed(next(iter(these)))
    these.look(QUEUE, nodes=beside(1))
    assert list(these) == QUEUE[1:]


@pytest.mark.parametrize("claims_between", [True, False])
def test_where_others_are_at_work_the_rest_of_the_block_is_left_to_them(claims_between):
    queue = QUEUE[5:]
    these = candidates(nodes=2, queue=queue)
    (first, *_), (second, *_) = list(blocks(queue, "cougar", nodes=beside(2)))[:2]
    tried = iter(these)
    for _ in range(MISSES_MAX):
        these.note_missed(next(tried))
        if claims_between:
            these.note_claimed(next(tried))
    assert next(iter(these)) in (queue[:16] if claims_between else queue[16:32])
    assert first in queue[:16] and second in queue[16:32]


def test_an_empty_queue_has_no_candidates():
    assert list(candidates(queue=[])) == [] == list(Candidates("cougar"))
