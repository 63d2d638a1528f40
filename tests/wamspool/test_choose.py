"""Which waiting ticket a node takes: in the order of the queue, what does not fit is passed by."""

from dataclasses import replace

import pytest

from spool_layout.ticket import Resources
from tests.spools import named, ticket_for
from wamspool.choose import Offer, PassedBy, choose, why_not

GIB = 1024**3
FREE = Offer(
    "cougar", 8, 32 * GIB, gpus=1, scratch_bytes=100 * GIB, tags=("big",), solvers=("calculix",)
)


def wanting(cpus=1, **resources):
    return ticket_for(resources=Resources(cpus, **resources))


@pytest.mark.parametrize(
    ("ticket", "lack"),
    [
        (wanting(8), None),
        (wanting(9), "wants 9 cores, 8 to be had"),
        (wanting(memory_bytes=32 * GIB), None),
        (wanting(memory_bytes=33 * GIB), "wants 33.0 GB of memory, 32.0 GB to be had"),
        (wanting(gpus=1), None),
        (wanting(gpus=2), "wants 2 GPUs, 1 to be had"),
        (wanting(scratch_bytes=101 * GIB), "wants 101.0 GB of scratch, 100.0 GB to be had"),
        (ticket_for(solver="abaqus"), "wants the solver 'abaqus'"),
        (ticket_for(tags=("big",)), None),
        (ticket_for(tags=("big", "gpu", "new")), "wants a node tagged gpu, new"),
        (ticket_for(nodes=("cougar", "lynx")), None),
        (ticket_for(nodes=("lynx", "puma")), "is pinned to lynx, puma"),
    ],
)
def test_what_an_offer_lacks(ticket, lack):
    assert why_not(ticket.draft, FREE) == lack


def test_a_node_that_does_not_know_its_scratch_promises_none():
    offer = Offer("cougar", 8, 32 * GIB, solvers=("calculix",))
    assert why_not(wanting(scratch_bytes=10**15).draft, offer) is None
    assert offer.less(wanting(scratch_bytes=1)).scratch_bytes is None


def test_what_is_left_when_a_job_runs():
    left = FREE.less(wanting(3, memory_bytes=GIB, gpus=1, scratch_bytes=GIB))
    assert (left.cpus, left.memory_bytes, left.gpus) == (5, 31 * GIB, 0)
    assert left.scratch_bytes == 99 * GIB and left.tags == FREE.tags


def chosen(asked, *, free=FREE, may_run=lambda ticket: True, passed_by=None):
    """``asked``: tickets by job, in the order of the queue; None for one that cannot be read."""
    read = []

    def ticket_of(name):
        read.append(name.job)
        return asked[name.job]

    taken = choose(
        [named(job) for job in asked],
        free,
        ticket_of=ticket_of,
        may_run=may_run,
        passed_by=passed_by or PassedBy(),
    )
    return [name.job for name in taken], read


def test_as_many_as_fit_in_the_order_of_the_queue():
    asked = {"a": wanting(4), "b": wanting(5), "c": wanting(3), "d": wanting(2), "e": wanting(1)}
    assert chosen(asked)[0] == ["a", "c", "e"]


def test_no_ticket_is_read_when_the_cores_are_gone():
    asked = {"a": wanting(8)} | {f"b{n}": wanting(1) for n in range(1000)}
    assert chosen(asked) == (["a"], ["a"])


def test_what_cannot_be_read_or_may_not_run_takes_nothing():
    after = ticket_for(resources=Resources(8), after=("plate",))
    asked = {"a": None, "b": after, "c": wanting(8)}
    taken, read = chosen(asked, may_run=lambda ticket: not ticket.draft.after)
    assert taken == ["c"] and read == ["a", "b", "c"]


def test_nothing_is_chosen_twice_and_nothing_from_nothing():
    assert chosen({"a": wanting(1)}, free=Offer("cougar", 0, 0))[0] == []
    assert chosen({})[0] == []


def test_what_does_not_fit_is_not_asked_again_while_no_more_is_free():
    """Ten thousand tickets that want a larger node must cost an idle one nothing."""
    asked = {f"b{n}": wanting(9) for n in range(50)} | {"c": wanting(8)}
    passed_by = PassedBy()
    assert chosen(asked, passed_by=passed_by, may_run=lambda _: False)[0] == []
    assert chosen(asked, passed_by=passed_by)[1] == ["c"]
    more = Offer("cougar", 9, 32 * GIB, solvers=("calculix",))
    assert chosen(asked, free=more, passed_by=passed_by)[0] == ["b0"]


def test_what_lacks_something_of_the_node_is_not_asked_again_whatever_is_free():
    asked = {"a": ticket_for(nodes=("elsewhere",)), "b": wanting(9), "c": wanting(99)}
    passed_by = PassedBy()
    assert chosen(asked, passed_by=passed_by) == ([], ["a", "b", "c"])
    for scratch_bytes in (GIB, 2 * GIB):  # something else on that disk has come or gone
        other = replace(FREE, scratch_bytes=scratch_bytes)
        assert chosen(asked, free=other, passed_by=passed_by) == ([], [])
    assert chosen(asked, free=replace(FREE, cpus=1), passed_by=passed_by) == ([], [])
    assert chosen(asked, free=replace(FREE, cpus=10), passed_by=passed_by) == (["b"], ["b", "c"])
    other = replace(FREE, solvers=("abaqus",))
    assert chosen(asked, free=other, passed_by=passed_by)[1] == ["a", "b", "c"]


def test_what_lacks_scratch_alone_is_asked_each_time():
    asked = {"a": ticket_for(resources=Resources(1, scratch_bytes=2 * GIB))}
    passed_by = PassedBy()
    for scratch_bytes, taken in ((GIB, []), (GIB, []), (3 * GIB, ["a"])):
        free = replace(FREE, scratch_bytes=scratch_bytes)
        assert chosen(asked, free=free, passed_by=passed_by) == (taken, ["a"])


def test_a_pass_that_went_by_all_is_known_until_more_is_free():
    asked = {"a": wanting(9), "b": wanting(10)}
    passed_by = PassedBy()
    assert not passed_by.are_all(2, FREE)
    chosen(asked, passed_by=passed_by)
    assert not passed_by.are_all(2, FREE)  # they were asked
    chosen(asked, passed_by=passed_by)
    assert passed_by.are_all(2, FREE) and not passed_by.are_all(3, FREE)
    assert not passed_by.are_all(2, replace(FREE, cpus=9))
    chosen({**asked, "c": wanting(1)}, passed_by=passed_by, may_run=lambda _: False)
    assert not passed_by.are_all(2, FREE)


def test_what_does_not_fit_beside_another_is_asked_again():
    asked = {"a": wanting(5), "b": wanting(4)}
    passed_by = PassedBy()
    assert chosen(asked, passed_by=passed_by)[0] == ["a"]
    del asked["a"]
    assert chosen(asked, passed_by=passed_by)[0] == ["b"]
