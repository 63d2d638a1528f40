"""The journal: appended together, a file a month, kept until the share takes it."""

import threading

import pytest

from spool_layout.records import parse_journal
from tests.clocks import FakeClock
from tests.faults import FaultyShare, raising
from tests.spools import new_spool
from wamspool.errors import Full, Unreachable
from wamspool.journal import Journal


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def share(tmp_path, clock):
    return new_spool(tmp_path / "spool", clock).share


def read(share, month="2026-11", writer="cougar"):
    path = f"journal/{month}/{writer}.jsonl"
    return [(e.event, e.job, e.by) for e in parse_journal(share.read(path), source=path)]


def test_entries_are_appended_together(share):
    counting = FaultyShare(share)
    journal = Journal(counting, "cougar")
    for event in ("claim", "start"):
        journal.note(event, "a-aaaaa", generation=1)
    journal.note("hold", "b-bbbbb", by="jo")
    before = counting.calls
    journal.flush()
    assert counting.calls - before == 3  # the month's folder is new: append, make, append
    journal.note("finish", "a-aaaaa", detail="completed")
    journal.flush()
    assert counting.calls - before == 4
    journal.flush()
    assert counting.calls - before == 4
    assert read(share) == [
        ("claim", "a-aaaaa", "cougar"),
        ("start", "a-aaaaa", "cougar"),
        ("hold", "b-bbbbb", "jo"),
        ("finish", "a-aaaaa", "cougar"),
    ]


def test_each_month_has_its_file(share, clock):
    journal = Journal(share, "cougar")
    journal.note("claim", "a-aaaaa")
    clock.advance(10 * 86400)
    journal.note("finish", "a-aaaaa")
    journal.flush()
    assert read(share, "2026-11") == [("claim", "a-aaaaa", "cougar")]
    assert read(share, "2026-12") == [("finish", "a-aaaaa", "cougar")]


@pytest.mark.parametrize("error", [Full("journal", "no room"), Unreachable("journal", "no answer")])
def test_what_the_share_refuses_stays_noted(share, error):
    faulty = FaultyShare(share).at("append", before=raising(error), times=2)
    journal = Journal(faulty, "cougar")
    journal.note("claim", "a-aaaaa")
    journal.flush()
    journal.note("start", "a-aaaaa")
    journal.flush()
    journal.flush()
    assert [event for event, _, _ in read(share)] == ["claim", "start"]


def test_a_name_that_is_no_unicode_is_noted(share):
    """The journal tells of drops, whatever they are called."""
    journal = Journal(share, "cougar")
    journal.note("reject", "a\udcff.inp", detail="incoming/a\udcff.inp")
    journal.flush()
    assert read(share) == [("reject", "a\udcff.inp", "cougar")]


def test_threads_may_note_while_another_flushes(share):
    journal = Journal(share, "cougar")

    def note(number):
        for step in range(50):
            journal.note("start", f"{number}-{step}")

    threads = [threading.Thread(target=note, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        journal.flush()
    journal.flush()
    assert len(set(read(share))) == len(read(share)) == 200
