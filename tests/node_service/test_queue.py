"""Tickets of the queue, read once each, and what they wait for."""

from dataclasses import replace

import pytest

from node_service.queue import ASK_AGAIN_S, ASK_MOST_S, READ_AGAIN_S, Dependencies, Tickets
from node_service.settings import TICKETS_READ_AT_ONCE
from spool_layout.after import parse_after
from spool_layout.names import TicketName
from tests.real.real_spool import outcomes, turn_until_idle
from wamspool.errors import Denied, Unreachable


def reads(site):
    return sum(call.startswith("read incoming/") for call in site.share.calls)


def test_a_ticket_is_read_once(site):
    ticket = site.submit()
    tickets = Tickets(site.node)
    assert tickets.read(ticket.first_name) == tickets.read(ticket.first_name) == ticket
    assert reads(site) == 1


def test_one_that_left_the_queue_is_forgotten(site):
    ticket = site.submit()
    tickets = Tickets(site.node)
    tickets.read(ticket.first_name)
    tickets.forget_all_but([])
    tickets.read(ticket.first_name)
    assert reads(site) == 2


@pytest.mark.parametrize("content", [b"", b"\x00", b"wam: 99\n", b"input: a.inp\n"])
def test_a_damaged_one_is_said_once_and_passed_by(site, content, caplog):
    ticket = site.submit()
    (site.root / f"incoming/{ticket.first_name.file_name}").write_bytes(content)
    tickets = Tickets(site.node)
    assert tickets.read(ticket.first_name) is tickets.read(ticket.first_name) is None
    assert reads(site) == 1 and len(caplog.records) == 1


def test_one_that_speaks_of_another_job_is_passed_by(site):
    ticket = site.submit()
    place = site.root / f"incoming/{ticket.first_name.file_name}"
    other = replace(ticket.first_name, job="victim-abcde")
    place.rename(site.root / f"incoming/{other.file_name}")
    assert Tickets(site.node).read(other) is None


def test_one_that_may_not_be_read_is_passed_by_and_not_asked_for_again(site):
    ticket = site.submit()
    site.share.fail("read", Denied("incoming", "no right"))
    tickets = Tickets(site.node)
    assert tickets.read(ticket.first_name) is tickets.read(ticket.first_name) is None


def test_one_that_could_not_be_read_is_tried_again_ever_more_rarely(site, caplog):
    ticket = site.submit()
    site.share.fail("read", Denied("incoming", "no right"), about="incoming/", times=3)
    tickets = Tickets(site.node)
    paused = []
    while tickets.read(ticket.first_name) is None:
        paused.append(reads(site))
        site.clock.sleep(READ_AGAIN_S)
        tickets.read_on()
    assert paused == [1, 2, 2, 3, 3, 3, 3] and len(caplog.records) == 1
    assert tickets.read(ticket.first_name) == ticket and reads(site) == 4


def test_a_full_memory_does_not_forget_when_a_damaged_one_is_read_again(site, monkeypatch):
    monkeypatch.setattr("node_service.queue.TICKETS_KEPT", 1)
    ticket = site.submit()
    (site.root / f"incoming/{ticket.first_name.file_name}").write_bytes(b"")
    tickets = Tickets(site.node)
    for expected in (1, 2):
        assert tickets.read(ticket.first_name) is tickets.read(ticket.first_name) is None
        assert reads(site) == expected
        site.clock.sleep(READ_AGAIN_S)


def test_one_that_could_not_be_reached_is_read_at_the_next_look(site):
    ticket = site.submit()
    site.share.fail("read", Unreachable("incoming", "timed out"))
    tickets = Tickets(site.node)
    assert tickets.read(ticket.first_name) is None
    assert tickets.read(ticket.first_name) == ticket


def test_a_look_reads_so_many_and_no_more(site):
    tickets = Tickets(site.node)
    names = [TicketName(5, "20260101-000000-000", f"job{n}-abcde") for n in range(300)]
    assert [tickets.read(name) for name in names] == [None] * 300
    assert reads(site) == TICKETS_READ_AT_ONCE
    tickets.forget_all_but(names)
    tickets.read(names[-1])
    assert reads(site) == TICKETS_READ_AT_ONCE + 1


def after(ticket, *texts):
    return replace(ticket, draft=replace(ticket.draft, after=tuple(map(parse_after, texts))))


def run_alone(site, tmp_path, name, text):
    """A job that has ended, run for real."""
    from tests.real.real_spool import SteppedClock, make_node, open_at, submit_deck

    clock = SteppedClock()
    spool = open_at(site.root, clock)
    deck = tmp_path / f"{name}.inp"
    deck.write_text(text)
    ticket = submit_deck(spool, deck)
    turn_until_idle(make_node(spool, tmp_path / "elsewhere", name="gamma"))
    assert ticket.job in outcomes(site.root)
    return ticket


@pytest.mark.parametrize(
    ("text", "met"), [("true\n", {"", ":completed", ":any"}), ("false\n", {":failed", ":any"})]
)
def test_what_an_end_meets(site, tmp_path, text, met):
    before = run_alone(site, tmp_path, "before", text)
    dependencies = Dependencies(site.spool)
    later = site.submit()
    words = ["", ":completed", ":any", ":failed", ":later"]
    assert dependencies.are_met(after(later, before.job)) is ("" in met)
    asked = len(site.share.calls)
    for word in words:
        assert dependencies.are_met(after(later, before.job + word)) is (word in met), word
    both = after(later, f"{before.job}:any", f"{before.job}:failed")
    assert dependencies.are_met(both) is (":failed" in met)
    assert len(site.share.calls) == asked, "the answer is final"


def test_a_job_in_flight_or_unknown_is_asked_after_again_later(site):
    first = site.submit(name="first")
    later = after(site.submit(name="later"), first.job, "nosuch-abcde")
    dependencies = Dependencies(site.spool)
    assert not dependencies.are_met(later)
    asked = len(site.share.calls)
    assert not dependencies.are_met(later)
    assert len(site.share.calls) == asked
    site.clock.sleep(ASK_AGAIN_S)
    assert not dependencies.are_met(later)
    assert len(site.share.calls) > asked


def test_many_that_wait_for_jobs_in_flight_cost_one_look_at_the_spool(site):
    tickets = [after(site.submit(), site.submit(name="first").job) for _ in range(30)]
    dependencies = Dependencies(site.spool)
    before = len(site.share.calls)
    for ticket in tickets:
        assert not dependencies.are_met(ticket)
    assert len(site.share.calls) - before == 6


def test_what_is_found_nowhere_is_looked_for_ever_more_rarely(site):
    later = after(site.submit(), "nosuch-abcde")
    dependencies = Dependencies(site.spool)
    looked = []
    for _ in range(400):
        before = sum(call.startswith("list done") for call in site.share.calls)
        dependencies.are_met(later)
        looked.append(sum(call.startswith("list done") for call in site.share.calls) > before)
        site.clock.sleep(ASK_AGAIN_S)
    assert sum(looked[-int(2 * ASK_MOST_S / ASK_AGAIN_S) :]) <= 2 < sum(looked) < 15


def test_a_job_does_not_wait_for_itself_by_a_part_of_its_name(site, tmp_path):
    ended = run_alone(site, tmp_path, "plate", "true\n")
    again = after(site.submit(name="plate"), "plate")
    assert ended.job != again.job and Dependencies(site.spool).are_met(again)
    assert not Dependencies(site.spool).are_met(after(again, again.job))
