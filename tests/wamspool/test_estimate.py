"""When jobs may end and start, as far as anybody can say."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from spool_layout.after import After
from spool_layout.names import TicketName
from spool_layout.pool import Pool
from spool_layout.records import JobOnNode, NodeStatus
from spool_layout.states import State
from spool_layout.ticket import Draft, Resources, Ticket, format_time
from wamspool.estimate import By, Rest, Start, expected_starts, rest_of
from wamspool.snapshot import NodeSight, Snapshot
from wamspool.transition import Place

NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
MINUTE = 60.0


def said(job="plate-aaaaa", *, minutes=30, **more):
    started = format_time(NOW - timedelta(minutes=minutes))
    return JobOnNode(job, 1, "solving", attempt=1, started=started, **more)


def node(name, *jobs, cpus=4, free=None, silent=False, state="up", **more):
    free = cpus - sum(job.cpus for job in jobs) if free is None else free
    status = NodeStatus(
        name, state, cpus=cpus, cpus_free=free, solvers=("calculix",), jobs=jobs, **more
    )
    return NodeSight(status, 1, 1.0, silent=silent)


def ticket(job, cpus=1, minutes=None, **more):
    walltime_s = None if minutes is None else minutes * MINUTE
    draft = Draft("a.inp", solver="calculix", resources=Resources(cpus=cpus, walltime_s=walltime_s))
    return Ticket(job, replace(draft, **more), NOW, "jo", ())


def picture(nodes, tickets, running=()):
    waiting = [
        Place(State.QUEUED, TicketName(5, f"20261123-08000{i}-000", one.job))
        for i, one in enumerate(tickets)
    ]
    held = [
        Place(State.RUNNING, TicketName(5, "20261123-070000-000", job, 1, 1, name))
        for job, name in running
    ]
    return Snapshot(NOW, (*waiting, *held), tuple(nodes), (), (), ())


def starts(nodes, tickets, running=(), pools=None):
    shown = picture(nodes, tickets, running)
    return expected_starts(shown, {one.job: one for one in tickets}, pools or {})


@pytest.mark.parametrize(
    ("told", "rest"),
    [
        ({"percent": 75.0}, Rest(10 * MINUTE, By.PROGRESS)),
        ({"percent": 75.0, "walltime_s": 35 * MINUTE}, Rest(5 * MINUTE, By.WALLTIME)),
        ({"walltime_s": 50 * MINUTE}, Rest(20 * MINUTE, By.WALLTIME)),
        ({"percent": 0.4, "walltime_s": 50 * MINUTE}, Rest(20 * MINUTE, By.WALLTIME)),
        ({"percent": 0.4}, None),
        ({"percent": 100.0}, Rest(0.0, By.PROGRESS)),
        ({}, None),
    ],
)
def test_what_is_left_of_a_run(told, rest):
    assert rest_of(said(**told), NOW) == rest


def test_nothing_is_left_to_say_of_a_run_that_has_not_begun():
    assert rest_of(None, NOW) is None
    assert rest_of(replace(said(), started=None), NOW) is None
    assert rest_of(replace(said(percent=5.0), started="soon"), NOW) is None


def test_what_fits_starts_now_and_the_next_when_that_ends():
    tickets = [ticket("one-aaaaa", 4, 10), ticket("two-aaaaa", 4, 10), ticket("six-aaaaa", 4, 10)]
    assert starts([node("cougar")], tickets) == {
        "one-aaaaa": Start(0.0, "cougar"),
        "two-aaaaa": Start(10 * MINUTE, "cougar"),
        "six-aaaaa": Start(20 * MINUTE, "cougar"),
    }


def test_behind_a_job_of_unknown_length_nothing_is_known():
    tickets = [ticket("one-aaaaa", 4), ticket("two-aaaaa", 1, 10)]
    assert starts([node("cougar")], tickets) == {"one-aaaaa": Start(0.0, "cougar")}


def test_a_running_job_makes_room_when_it_ends():
    runs = said("run-aaaaa", cpus=3, percent=50.0)
    found = starts([node("cougar", runs)], [ticket("one-aaaaa", 2)], [("run-aaaaa", "cougar")])
    assert found == {"one-aaaaa": Start(30 * MINUTE, "cougar")}


def test_a_small_one_passes_a_large_one_as_on_the_nodes():
    runs = said("run-aaaaa", cpus=3, percent=50.0)
    tickets = [ticket("big-aaaaa", 4), ticket("small-aaaaa", 1, 5)]
    found = starts([node("cougar", runs)], tickets, [("run-aaaaa", "cougar")])
    assert found["small-aaaaa"] == Start(0.0, "cougar")
    assert found["big-aaaaa"] == Start(30 * MINUTE, "cougar")


@pytest.mark.parametrize("how", [{"silent": True}, {"state": "draining"}, {"state": "stopped"}])
def test_a_node_that_takes_no_jobs_starts_none(how):
    assert starts([node("cougar", **how)], [ticket("one-aaaaa")]) == {}


def test_what_a_silent_node_said_is_no_ground():
    runs = said("run-aaaaa", cpus=4, percent=50.0)
    nodes = [node("cougar", runs, silent=True), node("lynx", cpus=1, free=0)]
    assert starts(nodes, [ticket("one-aaaaa")], [("run-aaaaa", "cougar")]) == {}


def test_a_job_after_another_starts_when_that_has_ended():
    tickets = [ticket("one-aaaaa", 1, 7), ticket("two-aaaaa", 1, after=(After("one-aaaaa"),))]
    assert starts([node("cougar")], tickets)["two-aaaaa"] == Start(7 * MINUTE, "cougar")


@pytest.mark.parametrize(("word", "known"), [("completed", True), ("any", True), ("failed", False)])
def test_what_ends_is_taken_to_complete(word, known):
    tickets = [ticket("one-aaaaa", 1, 7), ticket("two-aaaaa", 1, after=(After("one-aaaaa", word),))]
    assert ("two-aaaaa" in starts([node("cougar")], tickets)) is known


def test_a_job_after_one_that_is_not_in_flight_is_not_guessed():
    assert starts([node("cougar")], [ticket("two-aaaaa", after=(After("old-aaaaa"),))]) == {}


def test_tokens_are_waited_for():
    rule = {"tokens": {"calculix": {"pool": "lic", "factor": 5.0, "exponent": 0.0}}}
    tickets = [ticket("one-aaaaa", 1, 10), ticket("two-aaaaa", 1, 10)]
    found = starts([node("cougar", extra=rule)], tickets, pools={"lic": Pool(8)})
    assert found["one-aaaaa"].after_s == 0.0
    assert found["two-aaaaa"].after_s == 10 * MINUTE


@pytest.mark.parametrize(("seen", "begins"), [(3, True), (4, False)])
def test_tokens_that_others_were_seen_to_use_are_not_free(seen, begins):
    said_of = {"licences_seen": {"lic": {"outside": seen, "at": "", "every": 60.0}}}
    rule = {"tokens": {"calculix": {"pool": "lic", "factor": 5.0, "exponent": 0.0}}}
    nodes = [node("cougar", extra=rule), node("asks", cpus=0, extra=said_of)]
    found = starts(nodes, [ticket("one-aaaaa", 1, 10)], pools={"lic": Pool(8)})
    assert ("one-aaaaa" in found) is begins


def test_behind_a_ticket_that_was_not_read_nothing_is_known():
    tickets = [ticket("one-aaaaa"), ticket("two-aaaaa")]
    shown = picture([node("cougar")], tickets)
    assert expected_starts(shown, {"two-aaaaa": tickets[1]}, {}) == {}
