"""Decisions are pure: each is made from a view that a test writes down."""

from dataclasses import replace
from pathlib import Path

import pytest

from node_service.attempt import Attempt, Phase
from node_service.decide import (
    Begin,
    Claim,
    Consider,
    End,
    Lose,
    Quit,
    Relaunch,
    Stop,
    View,
    decide,
)
from node_service.processes import Ended, NotStarted, Running, Vanished
from node_service.scratch import AttemptFolder
from spool_layout.names import TicketName
from spool_layout.request import Verb
from spool_layout.states import State
from spool_layout.ticket import Draft, Resources, Ticket
from tests.real.real_spool import FakeClock
from wamspool.asking import Granted
from wamspool.choose import Offer, PassedBy
from wamspool.drops import Dropped
from wamspool.incoming import DropFolder, Queue
from wamspool.transition import Place

NOW_S = 1000.0
ENDED = Ended(0, None, 1.0, 0.0)


def ticket(job="bracket-abcde", **resources):
    draft = Draft(input="bracket.inp", solver="command", resources=Resources(**resources))
    return Ticket(job, draft, FakeClock().utc, "jo", ())


def attempt(phase=Phase.SOLVING, job="bracket-abcde", **resources):
    place = Place(State.RUNNING, TicketName(5, "20260101-000000-000", job, 1, 1, "alpha"))
    folder = AttemptFolder(Path("/nowhere"))
    return Attempt(place, ticket(job, **resources), folder, phase, started_s=NOW_S - 100)


def view(*attempts, states=None, queue=None, **changes):
    made = View(
        now_s=NOW_S,
        attempts=attempts,
        states=states or {},
        queue=queue,
        free=Offer("alpha", cpus=4, memory_bytes=1 << 30, solvers=("command",)),
        claiming=True,
        quiet_s=6.0,
        grace_s=lambda _: 10.0,
        avoided=frozenset(),
        ticket_of=lambda name: ticket(name.job),
        may_run=lambda _: True,
        waiting=queue.waiting if queue else (),
        passed_by=PassedBy(),
    )
    return replace(made, **changes)


def running(orphaned=False):
    return {"bracket-abcde": Running(7, 0.0, orphaned=orphaned)}


def waiting(*jobs):
    names = tuple(TicketName(5, "20260101-000000-000", job) for job in jobs)
    return Queue(names, ())


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (ENDED, End),
        (Vanished("gone"), Lose),
        (NotStarted(), Relaunch),
        (Running(7, 0.0), None),
        (Running(7, 0.0, orphaned=True), Stop),
    ],
)
def test_what_follows_from_how_the_run_stands(state, expected):
    actions = decide(view(attempt(), states={"bracket-abcde": state}))
    assert [type(a) for a in actions] == ([expected] if expected else [])


def test_an_orphan_is_killed_lest_it_computes_beside_a_second_run():
    (stop,) = decide(view(attempt(), states=running(orphaned=True)))
    assert stop.force


def test_a_claim_that_is_not_staged_is_begun():
    (begin,) = decide(view(attempt(Phase.STAGE_IN)))
    assert isinstance(begin, Begin)


def test_nothing_is_done_to_an_attempt_that_a_thread_is_at_or_that_waits_for_its_turn():
    busy, later = attempt(Phase.STAGE_IN), attempt(Phase.STAGE_IN)
    busy.busy, later.try_again_s = True, NOW_S + 0.1
    assert decide(view(busy, later)) == []


def test_the_walltime_is_asked_for_politely_and_then_enforced():
    run = attempt(walltime_s=99.0)
    (first,) = decide(view(run, states=running()))
    assert isinstance(first, Stop) and not first.force
    run.stop_asked_s, run.signalled = NOW_S - 9.9, True
    assert decide(view(run, states=running())) == []
    run.stop_asked_s = NOW_S - 10.0
    (second,) = decide(view(run, states=running()))
    assert second.force
    run.forced = True
    assert decide(view(run, states=running())) == []


def test_a_solver_that_was_asked_in_its_own_way_gets_a_signal_after_half_of_the_grace():
    run = attempt(walltime_s=99.0)
    run.stop_asked_s = NOW_S - 4.9
    assert decide(view(run, states=running())) == []
    run.stop_asked_s = NOW_S - 5.0
    (stop,) = decide(view(run, states=running()))
    assert isinstance(stop, Stop) and not stop.force
    run.signalled = True
    assert decide(view(run, states=running())) == []


def test_a_run_within_its_walltime_goes_on():
    assert decide(view(attempt(walltime_s=100.5), states=running())) == []


def test_the_queue_is_claimed_in_order_until_the_cores_are_gone():
    jobs = [f"job{n}-abcde" for n in range(6)]
    actions = decide(view(queue=waiting(*jobs)))
    assert [a.name.job for a in actions] == jobs[:4]


def test_what_does_not_fit_is_passed_by():
    def asked(name):
        return ticket(name.job, cpus=99 if name.job == "big-abcde" else 1)

    actions = decide(view(queue=waiting("big-abcde", "small-abcde"), ticket_of=asked))
    assert [a.name.job for a in actions] == ["small-abcde"]


def test_avoided_unreadable_and_waiting_jobs_are_not_claimed():
    queue = waiting("avoided-abcde", "damaged-abcde", "after-abcde", "good-abcde")
    actions = decide(
        view(
            queue=queue,
            avoided=frozenset({"avoided-abcde"}),
            ticket_of=lambda n: None if n.job == "damaged-abcde" else ticket(n.job),
            may_run=lambda t: t.job != "after-abcde",
        )
    )
    assert [a.name.job for a in actions] == ["good-abcde"]


def test_a_node_that_stops_claims_nothing_and_still_ends_its_runs():
    actions = decide(
        view(
            attempt(),
            states={"bracket-abcde": ENDED},
            queue=waiting("other-abcde"),
            claiming=False,
        )
    )
    assert [type(a) for a in actions] == [End]


def drop_folder(*, group, quiet_since_s=0.0):
    drops = (Dropped("incoming/study/a.inp"),)
    return DropFolder("incoming/study", (), frozenset({"a.inp"}), drops, quiet_since_s, group)


def test_a_dropped_folder_is_looked_into_once_nothing_more_arrives():
    fresh = Queue((), (drop_folder(group=True, quiet_since_s=NOW_S - 5.9),))
    rested = Queue((), (drop_folder(group=True, quiet_since_s=NOW_S - 6.0),))
    preset = Queue((), (drop_folder(group=False, quiet_since_s=NOW_S),))
    assert decide(view(queue=fresh)) == []
    assert [type(a) for a in decide(view(queue=rested))] == [Consider]
    assert [type(a) for a in decide(view(queue=preset))] == [Consider]


def test_claims_come_before_drops():
    queue = replace(waiting("job-abcde"), folders=(drop_folder(group=False),))
    assert [type(a) for a in decide(view(queue=queue))] == [Claim, Consider]


def test_a_request_stops_a_run_and_keeps_one_from_starting():
    wanted = Granted(Verb.CANCEL, "jo")
    run = attempt()
    run.granted = wanted
    assert decide(view(run, states=running())) == [Stop(run, force=False)]
    (quitting,) = decide(view(run, states={"bracket-abcde": NotStarted()}))
    assert isinstance(quitting, Quit)
    claimed = attempt(Phase.STAGE_IN)
    claimed.granted = wanted
    assert [type(a) for a in decide(view(claimed))] == [Quit]


def test_a_draining_node_claims_nothing_and_starts_nothing_more():
    assert decide(view(queue=waiting("plate-abcde"), draining=True)) == []
    claimed = attempt(Phase.STAGE_IN)
    (quitting,) = decide(view(claimed, draining=True))
    assert isinstance(quitting, Quit) and "no more jobs" in quitting.why
    assert decide(view(attempt(), states=running(), draining=True)) == []
