"""Room for large jobs: what may run beside it, who keeps it, and for whom."""

import pytest

from spool_layout.ticket import Resources
from tests.spools import named, ticket_for
from wamspool.choose import Offer, PassedBy, choose
from wamspool.keeping import LARGE_MAX, LargeJobs, Run, may_keep, room_for

GIB = 1024**3
WHOLE = Offer("cougar", 8, 32 * GIB, solvers=("calculix",))
NOW_S = 1000.0


def wanting(cpus=1, **resources):
    return ticket_for(resources=Resources(cpus, **resources))


def at(number, job="large"):
    return named(f"{job}-{number:05}", stamp=f"20261123-12000{number % 10}-000")


def free_beside(*runs):
    free = WHOLE
    for run in runs:
        free = free.less(run.ticket)
    return free


def room(*runs, large=None):
    large = large or wanting(6)
    return room_for(at(1), large, free_beside(*runs), runs, now_s=NOW_S, ageing_s=None)


def test_it_begins_when_enough_has_ended_by_its_walltime():
    runs = [Run(wanting(2), NOW_S + 50), Run(wanting(2), NOW_S + 90), Run(wanting(2), None)]
    assert room(*runs).begins_s == NOW_S + 90
    assert room(*runs, large=wanting(4)).begins_s == NOW_S + 50
    assert room(*runs, large=wanting(2)).begins_s == NOW_S
    assert room(Run(wanting(4), None)).begins_s is None
    assert room(Run(wanting(4), NOW_S - 30)).begins_s == NOW_S, "it is over its time"


@pytest.mark.parametrize(
    ("ticket", "admitted"),
    [
        (wanting(2, walltime_s=90), True),
        (wanting(2, walltime_s=91), False),
        (wanting(3, walltime_s=90), True),
        (wanting(2), False),
        (wanting(1), True),
        (wanting(1, memory_bytes=20 * GIB), True),
    ],
)
def test_what_comes_behind_ends_in_time_or_needs_only_what_is_left(ticket, admitted):
    """Five cores are free; when the run has ended, the large job leaves one of eight."""
    kept = room(Run(wanting(3), NOW_S + 90), large=wanting(7))
    assert kept.admits(at(2), ticket) is admitted


def test_where_nobody_knows_the_end_only_what_the_large_one_cannot_use_is_given():
    kept = room(
        Run(wanting(1, memory_bytes=20 * GIB), None), large=wanting(5, memory_bytes=16 * GIB)
    )
    assert kept.admits(at(2), wanting(2))
    assert not kept.admits(at(2), wanting(3))
    assert not kept.admits(at(2), wanting(1, memory_bytes=GIB))
    assert not kept.admits(at(2), wanting(3, walltime_s=1))


def test_what_comes_earlier_in_the_queue_is_not_kept_waiting():
    kept = room(Run(wanting(7), None))
    assert kept.admits(at(0), wanting(1)) and kept.admits(at(1), wanting(6))


def chosen(asked, free, kept):
    unfit = []
    taken = choose(
        asked,
        free,
        ticket_of=asked.get,
        may_run=lambda _: True,
        passed_by=PassedBy(),
        room=kept,
        note_unfit=lambda name, _: unfit.append(name),
    )
    return list(taken), unfit


def test_what_is_left_is_given_once():
    runs = [Run(wanting(1), None)]
    kept = room(*runs, large=wanting(5))
    asked = {at(1): wanting(8), at(2): wanting(1), at(3): wanting(1), at(4): wanting(1)}
    assert chosen(asked, free_beside(*runs), kept) == ([at(2), at(3)], [at(1)])


def test_when_the_large_one_is_chosen_the_rest_is_free():
    kept = room(large=wanting(6))
    asked = {at(1): wanting(6), at(2): wanting(1), at(3): wanting(1)}
    assert chosen(asked, WHOLE, kept)[0] == [at(1), at(2), at(3)]


def test_a_long_queue_behind_it_is_not_read_to_its_end():
    read = []

    def ticket_of(name):
        read.append(name)
        return wanting(1)

    stamp = "20261123-130000-000"
    names = [named(f"small-{n:05}", stamp=stamp) for n in range(10_000)]
    run = Run(wanting(4), None)
    kept = room(run)
    left = choose(names, free_beside(run), ticket_of=ticket_of, may_run=lambda _: True,
                  passed_by=PassedBy(), room=kept)  # fmt: skip
    assert list(left) == []
    assert len(read) < 200


def test_who_has_waited_too_long_in_the_order_of_the_queue():
    large = LargeJobs(None)
    large.note(at(2), wanting(4), whole=WHOLE, now_s=0.0)
    large.note(at(1), wanting(4), whole=WHOLE, now_s=5.0)
    large.note(at(3), wanting(9), whole=WHOLE, now_s=0.0)
    large.note(at(2), wanting(4), whole=WHOLE, now_s=9.0)
    assert [job.name for job in large.overdue(now_s=12.0, after_s=10.0)] == [at(2)]
    assert [job.name for job in large.overdue(now_s=15.0, after_s=10.0)] == [at(1), at(2)]
    large.forget_all_but([at(1)])
    assert [job.name for job in large.overdue(now_s=15.0, after_s=10.0)] == [at(1)]


def test_only_the_first_are_remembered():
    large = LargeJobs(None)
    names = [named(f"large-{n:05}") for n in range(LARGE_MAX + 10)]
    for name in reversed(names):
        large.note(name, wanting(4), whole=WHOLE, now_s=0.0)
    known = [job.name for job in large.overdue(now_s=1.0, after_s=1.0)]
    assert known == names[:LARGE_MAX]


def keeps(node, others, *, keeps=False, waited_s=60.0):
    return may_keep("large-aaaaa", node, others, keeps=keeps, waited_s=waited_s, after_s=60.0)


def test_one_node_keeps_room_and_one_more_the_longer_it_lasts():
    assert keeps("a", [])
    assert not keeps("a", ["b"])
    assert keeps("a", ["b"], waited_s=120.0)
    assert not keeps("a", ["b", "c"], waited_s=120.0)


def test_of_those_that_began_at_once_one_stays():
    nodes = [f"node-{n}" for n in range(9)]
    staying = [n for n in nodes if keeps(n, [o for o in nodes if o != n], keeps=True)]
    assert len(staying) == 1
    assert keeps(staying[0], [], keeps=True)
