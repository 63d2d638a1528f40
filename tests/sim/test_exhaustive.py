"""Every order of requests, and every fault that is allowed, where two or three want one job.

Orders that differ only in requests which have nothing to do with each other are run once; that
this loses nothing is tested against the runs of all. WAM_SIM=N, with N above 1, adds the larger
explorations (``make simulate``).
"""

import time

import pytest

from tests.sim.access import CIFS, LOCAL, NFS, SMB, without_delay
from tests.sim.root_seed import SCALE
from tests.sim.worlds_claim import claim_world, crash, explore, unclear
from tests.sim.worlds_contended import (
    adopters,
    cancel,
    claim_against,
    finish_against_expire,
    hold,
    passed_over,
    rejected_beside,
    shown_while_it_moves,
    submission_and_node,
    two_finishers,
)

ALL = SCALE > 1
KINDS = {kind.name: without_delay(kind) for kind in (LOCAL, SMB, NFS, CIFS)}


def holds(build, what, **given):
    """What was explored, once no schedule of it breaks anything; printed with its speed."""
    began_s = time.perf_counter()
    explored = explore(build, **given)
    took_s = time.perf_counter() - began_s
    assert explored.violation is None, f"{explored.violation}\n{explored.trace}"
    print(
        f"{what}: {explored.schedules} schedules (and {explored.cut} cut short), "
        f"{len(explored.ends)} ends, {explored.runs / took_s:.0f}/s"
    )
    return explored


@pytest.fixture(params=KINDS)
def kind(request):
    return KINDS[request.param]


def test_claim_by_two_in_every_order(kind):
    reduced = holds(claim_world(2, kind), f"claim by two, {kind.name}, reduced")
    every = holds(claim_world(2, kind), f"claim by two, {kind.name}, all", reduces=False)
    assert reduced.ends == every.ends
    assert len(every.ends) == 2, "each of the two can win"
    assert reduced.schedules < every.schedules / 2


def test_claim_by_two_with_any_one_fault(kind):
    explored = holds(
        claim_world(2, kind, returns=True),
        f"claim by two, one fault, {kind.name}",
        variants=unclear,
        faults_max=1,
    )
    assert explored.schedules > 150


@pytest.mark.parametrize("name", KINDS if ALL else ["smb"])
def test_claim_by_three_in_every_order(name):
    explored = holds(claim_world(3, KINDS[name]), f"claim by three, {name}")
    assert len(explored.ends) == 3


@pytest.mark.parametrize("name", KINDS if ALL else ["local"])
def test_claim_by_three_with_a_crash(name):
    """A node that crashed comes back as a new service, and takes up what it finds."""
    explored = holds(
        claim_world(3, KINDS[name], returns=True),
        f"claim by three and a crash, {name}",
        variants=crash,
        faults_max=1,
    )
    assert explored.schedules > 1500


@pytest.mark.parametrize("body", [hold, cancel])
def test_claim_against_hold_and_cancel(kind, body):
    explored = holds(
        claim_against(body, kind),
        f"claim against {body.__name__}, {kind.name}",
        variants=unclear,
        faults_max=int(ALL),
    )
    assert len(explored.ends) >= 2, "either may win"


def test_finish_against_expire(kind):
    explored = holds(
        finish_against_expire(kind),
        f"finish against expire, {kind.name}",
        variants=unclear,
        faults_max=int(ALL),
    )
    assert len(explored.ends) >= 2


@pytest.mark.parametrize("large", [ALL])
def test_a_late_owner_against_a_rerun(kind, large):
    """The watcher's own run may be published before, between or after the owner's requests."""
    holds(
        finish_against_expire(kind, reruns=large),
        f"late owner against {'rerun' if large else 'expiry'}, {kind.name}",
    )


def test_a_door_is_passed_over_while_its_maker_sleeps(kind):
    """Wherever the maker wakes: before the other moves the ticket, meanwhile, or after."""
    explored = holds(
        passed_over(kind),
        f"door passed over, {kind.name}",
        ticks_max=3,
        variants=unclear,
        faults_max=int(ALL),
    )
    assert any("generation=2" in end[0][0] for end in explored.ends), "never passed over"


@pytest.mark.parametrize("includes", [False, True])
def test_two_adopters(kind, includes):
    explored = holds(
        adopters(kind, includes=includes), f"two adopters, includes {includes}, {kind.name}"
    )
    assert len(explored.ends) == 1


@pytest.mark.parametrize("name", KINDS if ALL else ["local"])
def test_an_adopter_that_sleeps_is_passed_over(name):
    holds(
        adopters(KINDS[name], includes=True, tries=2),
        f"adopter passed over, {name}",
        ticks_max=2,
        runs_max=20_000 if ALL else 1500,
    )


def test_a_submission_with_an_unclear_answer_against_a_claim(kind):
    holds(
        submission_and_node(kind),
        f"submission, one fault, against a claim, {kind.name}",
        variants=unclear,
        faults_max=1,
        ticks_max=1,
    )


def test_a_job_that_comes_back_meanwhile_is_shown(kind):
    holds(shown_while_it_moves(kind), f"a picture while a ticket moves, {kind.name}")


def test_a_file_of_a_persons_in_rejected_stays(kind):
    holds(rejected_beside(kind), f"rejected beside a person's file, {kind.name}")


@pytest.mark.parametrize("name", KINDS if ALL else ["smb"])
def test_two_that_bring_a_done_job_into_view(name):
    holds(
        two_finishers(KINDS[name]),
        f"two finishers, {name}",
        runs_max=20_000 if ALL else 1500,
    )


def test_a_drop_that_is_copied_again_meanwhile(kind):
    holds(
        adopters(kind, includes=False, count=1, rewritten=True),
        f"drop copied again under an adopter, {kind.name}",
    )
