"""The waiting tickets: in order, and the same object for as long as nothing changes."""

from spool_layout.names import TicketName
from wamspool.waiting import Waiting


def named(job, priority=5, stamp="20261123-120000-000", **said):
    return TicketName(priority, stamp, job, **said)


def waiting(*names):
    return Waiting(name.file_name for name in names)


def test_by_priority_then_time_then_job():
    urgent = named("z-aaaaa", priority=2, stamp="20261123-130000-000")
    early = named("y-aaaaa", stamp="20261123-110000-000")
    again = named("b-aaaaa", generation=3, attempt=1)
    late = named("c-aaaaa")
    assert list(waiting(late, again, early, urgent)) == [urgent, early, again, late]


def test_what_comes_and_goes():
    first, second, third = named("a-aaaaa"), named("b-aaaaa"), named("c-aaaaa")
    before = waiting(first, third)
    assert list(before) == [first, third]
    after = before.followed_by(frozenset({second.file_name, third.file_name}))
    assert list(after) == [second, third]
    assert (len(before), len(after)) == (2, 2)
    assert second in after and first not in after and "b-aaaaa" not in after
    kept = {name.job: name for name in before}["c-aaaaa"]
    assert {name.job: name for name in after}["c-aaaaa"] is kept, "was parsed again"


def test_nothing_waits():
    assert not Waiting() and list(Waiting()) == []
