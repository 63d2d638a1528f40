"""Ends of jobs, the newest first, and what the walk costs."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from benchmarks.counting import CountingShare
from spool_layout import folders
from spool_layout.names import suffix_from_bytes
from spool_layout.records import JournalEntry, OutcomeRecord, format_journal_entry, format_outcome
from spool_layout.states import Outcome
from spool_layout.ticket import Draft, InputFile, Resources, Ticket, format_ticket, format_time
from tests.clocks import FakeClock
from wamspool.history import PIECE_BYTES, EndedJob, History, newest
from wamspool.shares.local import LocalShare
from wamspool.spool import create_spool

BEGAN = datetime(2026, 10, 1, 8, 0, tzinfo=UTC)


@pytest.fixture
def share(tmp_path):
    clock = FakeClock()
    share = LocalShare(tmp_path, clock, durable=False)
    create_spool(share, clock)
    return share


def name_of(number):
    return f"plate-{suffix_from_bytes((number * 7919 % 2**40).to_bytes(8))}"


def end(share, number, *, node="cougar", outcome=Outcome.COMPLETED, journal=True, event="finish"):
    """The job with this number ends so many hours after the beginning."""
    job, ended = name_of(number), BEGAN + timedelta(hours=number)
    month = folders.month(ended)
    resources = Resources(cpus=4)
    ticket = Ticket(job, Draft("a.inp", solver="calculix", resources=resources),
                    ended - timedelta(minutes=30), "jo", (InputFile("a.inp", "a.inp", 1, "00"),))  # fmt: skip
    record = OutcomeRecord(job, outcome, "", "", node=node, attempt=1,
                           started=ended - timedelta(minutes=10), ended=ended, cpu_s=1200.0)  # fmt: skip
    folder = folders.done(month, job)
    (share_root(share) / folder).mkdir(parents=True)
    share.create(f"{folder}/{folders.TICKET_FILE}", format_ticket(ticket).encode())
    share.create(f"{folder}/{folders.OUTCOME_FILE}", format_outcome(record).encode())
    if journal:
        (share_root(share) / folders.JOURNAL / month).mkdir(exist_ok=True)
        entry = JournalEntry(format_time(ended), event, job, node, detail=f"{outcome}: x")
        share.append(folders.journal(month, node), format_journal_entry(entry))
    return job


def share_root(share):
    return Path(share.location)


def walk(
    share, limit=20, *, may_fit=lambda *_: True, fits=lambda _: True, looked_at_max=1000, since=None
):
    history = History(share, since)
    found, is_cut = newest(
        history, limit=limit, may_fit=may_fit, fits=fits, looked_at_max=looked_at_max
    )
    return [job.ticket.job for job in found], is_cut, history.looked_at


def test_the_newest_come_first_whoever_noted_them(share):
    jobs = [end(share, number, node=("cougar", "lynx")[number % 2]) for number in range(6)]
    assert walk(share, 4) == (jobs[:1:-1], False, 4)
    assert walk(share)[0] == jobs[::-1]


def test_months_are_gone_through_backwards(share):
    jobs = [end(share, hours) for hours in (1, 800, 1500)]
    assert walk(share)[0] == jobs[::-1]


def test_a_job_that_no_journal_tells_of_is_told_at_last(share):
    silent = end(share, 3, journal=False)
    others = [end(share, number) for number in (1, 2)]
    assert walk(share)[0] == [*others[::-1], silent]


def test_an_end_that_is_noted_twice_is_told_once(share):
    job = end(share, 1)
    entry = JournalEntry(format_time(BEGAN), "finish", job, "lynx")
    share.append(folders.journal(folders.month(BEGAN), "lynx"), format_journal_entry(entry))
    assert walk(share)[0] == [job]


def test_what_the_journal_tells_and_the_folder_does_not_hold_is_no_job(share):
    entry = JournalEntry(format_time(BEGAN), "finish", "gone-aaaaa", "lynx")
    (share_root(share) / folders.JOURNAL / folders.month(BEGAN)).mkdir()
    share.append(folders.journal(folders.month(BEGAN), "lynx"), format_journal_entry(entry))
    assert walk(share) == ([], False, 1)


def test_a_job_published_as_the_month_ended_is_found(share):
    job = end(share, 31 * 24 - 8, journal=False)  # the last hour of October
    entry = JournalEntry("2026-11-01T00:00:05.000Z", "finish", job, "cougar")
    (share_root(share) / folders.JOURNAL / "2026-11").mkdir()
    share.append(folders.journal("2026-11", "cougar"), format_journal_entry(entry))
    assert walk(share)[0] == [job]


def test_since_ends_the_walk(share):
    jobs = [end(share, number) for number in range(5)]
    found, _, looked_at = walk(share, since=BEGAN + timedelta(hours=3))
    assert found == [jobs[4], jobs[3]]
    assert looked_at <= 5


def test_what_the_journal_rules_out_is_not_read(share):
    end(share, 1)
    failed = end(share, 2, outcome=Outcome.FAILED)
    end(share, 3)
    found = walk(share, 1, may_fit=lambda _, outcome: outcome in {"", "failed"})
    assert found == ([failed], False, 1)


def test_a_filter_that_fits_nothing_gives_up(share):
    for number in range(12):
        end(share, number)
    assert walk(share, fits=lambda _: False, looked_at_max=5) == ([], True, 5)


def test_long_journals_are_read_from_their_end(share):
    jobs = [end(share, number) for number in range(3)]
    month = folders.month(BEGAN)
    path = folders.journal(month, "cougar")
    old = share.read(path)
    line = format_journal_entry(JournalEntry(format_time(BEGAN), "claim", "x-aaaaa", "cougar"))
    for many, trips in (
        (1, 1),
        (PIECE_BYTES // len(line) + 5, 3),
        (3 * PIECE_BYTES // len(line), 5),
    ):
        share.replace(path, old + line * many)
        counting = CountingShare(share)
        found = newest(History(counting), limit=3, may_fit=lambda *_: True, fits=lambda _: True,
                       looked_at_max=9)[0]  # fmt: skip
        assert [job.ticket.job for job in found] == jobs[::-1]
        reading = counting.counts["read_from"] + counting.counts["examine"]
        assert reading <= trips + 1


def test_the_cost_does_not_grow_with_the_history(share):
    costs = []
    for numbers in (range(30), range(30, 300)):
        for number in numbers:
            end(share, number, node=("cougar", "lynx")[number % 2])
        counting = CountingShare(share)
        newest(History(counting), limit=10, may_fit=lambda *_: True, fits=lambda _: True,
               looked_at_max=99)  # fmt: skip
        costs.append(counting.total())
    assert costs == [24, 24]  # the journals: 2 lists and 2 files; 10 outcomes, 10 tickets


def test_what_a_job_took():
    ticket = Ticket("a-aaaaa", Draft("a.inp", resources=Resources(cpus=4)), BEGAN, "jo", ())
    record = OutcomeRecord("a-aaaaa", Outcome.COMPLETED, "", "", started=BEGAN + timedelta(minutes=5),
                           ended=BEGAN + timedelta(minutes=15), cpu_s=1200.0)  # fmt: skip
    job = EndedJob("done/x", ticket, record)
    assert (job.waited_s, job.solved_s, job.efficiency) == (300.0, 600.0, 0.5)
    never = EndedJob("done/x", ticket, replace(record, started=None))
    assert (never.waited_s, never.solved_s, never.efficiency) == (None, None, None)
