"""Finding a job by any unambiguous part of its name."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from benchmarks.counting import CountingShare
from spool_layout.names import marked_suffix
from spool_layout.records import JobOnNode, NodeStatus, OutcomeRecord, format_outcome, format_status
from spool_layout.states import Event, Outcome, State
from spool_layout.ticket import format_ticket
from tests.clocks import FakeClock
from tests.faults import FaultyShare
from tests.spools import JOB, as_seen_by, named, new_spool, put, ticket_for
from wamspool.errors import AmbiguousJob, NoSuchJob, TicketGone
from wamspool.find import account_of, find_batch, find_job, find_jobs, months
from wamspool.transition import Place, advance, claim, hand_back, requeue


@pytest.fixture
def spool(tmp_path):
    return new_spool(tmp_path / "spool")


def done(spool, job, month="2026-11"):
    for folder in (f"done/{month}", f"done/{month}/{job}"):
        if folder.rpartition("/")[2] not in {
            e.name for e in spool.share.list(folder.rpartition("/")[0])
        }:
            spool.share.make_folder(folder)
    record = OutcomeRecord(
        job, Outcome.FAILED, "diverged", "It diverged.", started=datetime(2026, 11, 1, tzinfo=UTC)
    )
    spool.share.create(f"done/{month}/{job}/ticket.yaml", format_ticket(ticket_for(job)).encode())
    spool.share.create(f"done/{month}/{job}/outcome.yaml", format_outcome(record).encode())


def queue(spool, *found):
    for job in found:
        put(spool, Place(State.QUEUED, named(job)))


@pytest.mark.parametrize("text", [JOB, "bracket", "k7f3x", "BRACKET", " rack ", "t-k7"])
def test_any_unambiguous_part_will_do(spool, text):
    queue(spool, JOB, "plate-aaaaa")
    assert find_job(spool, text).job == JOB


def test_the_whole_name_wins_over_names_that_contain_it(spool):
    queue(spool, "a-aaaaa", "data-a-aaaaa")
    assert find_job(spool, "a-aaaaa").job == "a-aaaaa"


def test_several_are_named(spool):
    queue(spool, *(f"bracket-aaaa{letter}" for letter in "abcdefghjk"))
    with pytest.raises(AmbiguousJob, match="'bracket' fits 10 jobs") as caught:
        find_job(spool, "bracket")
    first, *_, last = caught.value.cure.splitlines()[1:]
    assert re.fullmatch(r"  bracket-aaaaa  \S+  queued  of jo, \S.* ago", first), first
    assert last == "  ... and 2 more"


def test_names_are_found_as_people_write_them(spool):
    queue(spool, "bracke_2-k7f3x")
    assert find_job(spool, "Brackè 2").job == "bracke_2-k7f3x"


def in_batch(spool, job, batch):
    ticket = ticket_for(job)
    ticket = replace(ticket, draft=replace(ticket.draft, batch=batch))
    spool.share.create(Place(State.QUEUED, named(job)).path, format_ticket(ticket).encode())


def test_a_batch_is_found_by_its_mark_in_flight_and_done(spool):
    suffix = marked_suffix("k7f3x", "study")
    other = marked_suffix("aaaaa", "study")
    in_batch(spool, f"plate-{suffix}", "study")
    in_batch(spool, f"plate-{other}", "another")
    queue(spool, "bracket-zzzzz")
    done(spool, f"press-{other}")
    path = f"done/2026-11/press-{other}/ticket.yaml"
    text = spool.share.read(path).decode() + "batch: study\n"
    spool.share.remove(path)
    spool.share.create(path, text.encode())
    assert [one.job for one in find_batch(spool, "Study")] == [f"plate-{suffix}", f"press-{other}"]
    found = find_jobs(spool, ["@study", "bracket", f"plate-{suffix}"])
    assert [one.job for one in found] == [f"plate-{suffix}", f"press-{other}", "bracket-zzzzz"]
    with pytest.raises(AmbiguousJob, match="'@study' fits 2 jobs"):
        find_job(spool, "@study")


def test_only_tickets_that_may_be_of_the_batch_are_read(spool):
    in_batch(spool, f"plate-{marked_suffix('k7f3x', 'study')}", "study")
    queue(spool, *(f"bracket-zzzz{letter}" for letter in "abcdefgh"))
    counting = CountingShare(spool.share)
    seen = as_seen_by(spool, FakeClock(), counting)
    counting.counts.clear()
    find_batch(seen, "study")
    assert counting.counts["read"] == 1


def test_a_batch_that_is_none(spool):
    queue(spool, JOB)
    with pytest.raises(NoSuchJob, match="no job is of a batch 'bracket'"):
        find_jobs(spool, ["@bracket"])


def test_near_names_are_suggested(spool):
    queue(spool, JOB)
    done(spool, "plate-aaaaa")
    with pytest.raises(NoSuchJob, match="no job's name contains 'braket-k7f3x'") as caught:
        find_job(spool, "braket-k7f3x")
    assert caught.value.cure == f"Did you mean {JOB}?"
    with pytest.raises(NoSuchJob) as caught:
        find_job(spool, "plate-aaaab")
    assert "plate-aaaaa" in caught.value.cure
    with pytest.raises(NoSuchJob) as caught:
        find_job(spool, "zzzzzzzzz")
    assert "wam status" in caught.value.cure


@pytest.mark.parametrize("text", ["", "  ", "../x", "*", "\0"])
def test_odd_texts_find_nothing(spool, text):
    queue(spool, JOB)
    with pytest.raises(NoSuchJob):
        find_job(spool, text)


def test_jobs_in_flight_come_before_done_ones_and_newer_months_before_older(spool):
    done(spool, "bracket-ddddd", "2026-10")
    assert find_job(spool, "bracket").folder == "done/2026-10/bracket-ddddd"
    done(spool, "bracket-eeeee", "2026-11")
    assert find_job(spool, "bracket").folder == "done/2026-11/bracket-eeeee"
    queue(spool, "bracket-fffff")
    assert find_job(spool, "bracket").state is State.QUEUED
    assert find_job(spool, "bracket-ddddd").folder == "done/2026-10/bracket-ddddd"
    assert months(spool.share) == ["2026-11", "2026-10"]


def test_what_is_being_published_is_not_done_yet(spool):
    spool.share.make_folder("done/2026-11")
    spool.share.make_folder(f"done/2026-11/.{JOB}.g1")
    with pytest.raises(NoSuchJob):
        find_job(spool, "bracket")


def test_a_whole_name_does_not_list_the_done_jobs(spool):
    done(spool, JOB)
    faulty = FaultyShare(spool.share)
    listed = []
    faulty.at("list", "done/2026-11", before=lambda: listed.append(1), times=99)
    assert find_job(as_seen_by(spool, FakeClock(), faulty), JOB).state is State.DONE
    assert listed == []


MOVES = {
    "claim": (State.QUEUED, lambda s, d, p: claim(s, d, p, "cougar")),
    "hold": (State.QUEUED, lambda s, d, p: advance(s, d, Event.HOLD, p)),
    "release": (State.HELD, lambda s, d, p: advance(s, d, Event.RELEASE, p)),
    "hand_back": (State.CLAIMED, hand_back),
    "requeue": (State.RUNNING, requeue),
}


@pytest.mark.parametrize("number", range(1, 7))
@pytest.mark.parametrize("event", MOVES)
def test_a_job_that_moves_meanwhile_is_found(spool, event, number):
    source, move = MOVES[event]
    node = "cougar" if source in {State.CLAIMED, State.RUNNING} else None
    place = put(spool, Place(source, named(node=node)))
    moving = FaultyShare(
        spool.share, at_call=(number + 1, lambda: move(spool.share, spool.doors, place))
    )
    assert find_job(as_seen_by(spool, FakeClock(), moving), JOB).job == JOB


# ------------------------------------------------------------------ the account of a job


def test_the_account_of_a_waiting_job(spool):
    queue(spool, JOB)
    account = account_of(spool, find_job(spool, JOB))
    assert (account.state, account.ticket, account.outcome) == (State.QUEUED, ticket_for(), None)
    assert account.started is None


def test_the_account_of_a_running_job_is_what_its_node_says(spool):
    put(spool, Place(State.RUNNING, named(generation=1, attempt=1, node="cougar")))
    said = JobOnNode(JOB, 1, "solving", started="2026-11-22T09:00:00+00:00", percent=50.0)
    other = JobOnNode("plate-aaaaa", 1, "solving")
    status = NodeStatus("cougar", "up", jobs=(other, said))
    spool.share.create("nodes/cougar.1.json", format_status(status))
    account = account_of(spool, find_job(spool, JOB))
    assert account.on_node == said
    assert account.started == datetime(2026, 11, 22, 9, tzinfo=UTC)


@pytest.mark.parametrize("started", ["soon", "", "2026-99-99"])
def test_an_odd_time_in_a_status_is_no_time(spool, started):
    put(spool, Place(State.RUNNING, named(generation=1, attempt=1, node="cougar")))
    status = NodeStatus("cougar", "up", jobs=(JobOnNode(JOB, 1, "solving", started=started),))
    spool.share.create("nodes/cougar.1.json", format_status(status))
    assert account_of(spool, find_job(spool, JOB)).started is None


def test_the_account_of_a_done_job(spool):
    done(spool, JOB)
    account = account_of(spool, find_job(spool, JOB))
    assert account.outcome.reason == "diverged"
    assert account.started == account.outcome.started
    assert account.ticket.job == JOB


def test_a_ticket_that_moves_is_looked_for_again(spool):
    queue(spool, JOB)
    found = find_job(spool, JOB)
    claim(spool.share, spool.doors, found.place, "cougar")
    assert account_of(spool, found).state is State.CLAIMED


def test_a_ticket_that_never_stays_is_given_up(spool):
    done(spool, JOB)
    spool.share.remove(f"done/2026-11/{JOB}/ticket.yaml")
    with pytest.raises(TicketGone, match="cannot be read"):
        account_of(spool, find_job(spool, JOB))
    assert 0 < sum(spool.clock.slept) < 5
