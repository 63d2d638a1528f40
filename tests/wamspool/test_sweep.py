"""Sweeping: what is left half done is finished, what is in anybody's hands is left alone."""

from datetime import UTC, datetime

import pytest

from spool_layout import folders
from spool_layout.states import State
from spool_layout.ticket import format_ticket
from tests.clocks import FakeClock
from tests.faults import FaultyShare, raising
from tests.spools import DECK, JOB, as_seen_by, named, new_spool, put, ticket_for
from wamspool.adoption import Taken, complete_adoption
from wamspool.errors import Busy
from wamspool.sweep import SEEN_S, Sweep, jobs_in_flight
from wamspool.transition import Place, claim, hand_back, requeue

GRACE_S = 15.0


@pytest.fixture
def spool(tmp_path):
    return new_spool(tmp_path / "spool")


def doors(spool):
    return sorted(entry.name for entry in spool.share.list(folders.DOORS))


def test_nothing_to_do_costs_two_listings(spool):
    counting = FaultyShare(spool.share)
    assert Sweep(as_seen_by(spool, FakeClock(), counting)).sweep() == []
    assert counting.calls - 1 == 2  # one call opened the spool


def test_the_cost_does_not_grow_with_history(spool):
    for number in range(200):
        spool.share.make_folder(f"done/2026-{number:03}")
    counting = FaultyShare(spool.share)
    seen = as_seen_by(spool, FakeClock(), counting)
    spool.share.make_folder(f"doors/{JOB}.g1")
    sweep = Sweep(seen)
    sweep.sweep()
    seen.clock.advance(GRACE_S)
    before = counting.calls
    assert sweep.sweep() == [JOB]
    assert counting.calls - before < 32  # 15 months are looked through, however many there are


def test_doors_of_a_job_in_flight_are_left_alone(spool):
    put(spool, Place(State.RUNNING, named(generation=2, attempt=1, node="cougar")))
    for generation in (1, 2):
        spool.share.make_folder(folders.door(JOB, generation))
    spool.share.make_folder(folders.job(JOB))
    sweep = Sweep(spool)
    for _ in range(5):
        assert sweep.sweep() == []
        spool.clock.advance(GRACE_S)
    assert doors(spool) == [f"{JOB}.g1", f"{JOB}.g2"]


def test_doors_that_lead_nowhere_are_removed_after_a_grace(spool):
    for generation in (1, 2, 3):
        spool.share.make_folder(folders.door(JOB, generation))
    sweep = Sweep(spool)
    assert sweep.sweep() == []
    spool.clock.advance(GRACE_S - 1)
    assert sweep.sweep() == [] and len(doors(spool)) == 3
    spool.clock.advance(1)
    assert sweep.sweep() == [JOB] and doors(spool) == []


def test_a_job_that_has_a_ticket_again_is_no_suspect_any_more(spool):
    spool.share.make_folder(folders.door(JOB, 1))
    sweep = Sweep(spool)
    sweep.sweep()
    spool.clock.advance(GRACE_S - 1)
    place = put(spool, Place(State.CLAIMED, named(generation=1, node="cougar")))
    assert sweep.sweep() == []
    spool.share.remove(place.path)
    spool.clock.advance(2)
    assert sweep.sweep() == []
    spool.clock.advance(GRACE_S)
    assert sweep.sweep() == [JOB]


def test_a_submission_that_takes_long_is_left_alone(spool):
    """Its folder is there, its ticket not yet: copying gigabytes takes longer than any grace."""
    spool.share.make_folder(folders.job(JOB))
    spool.share.create(f"{folders.job(JOB)}/mesh.inc", b"half")
    sweep = Sweep(spool)
    for _ in range(5):
        assert sweep.sweep() == []
        spool.clock.advance(1000)
    assert spool.share.read(f"{folders.job(JOB)}/mesh.inc") == b"half"


def cut_off(spool):
    spool.share.make_folder(folders.job(JOB))
    spool.share.create(f"{folders.job(JOB)}/mesh.inc", b"half")


def later(spool, days):
    """A clock of the share that is so many days ahead of when the folder was last changed."""
    changed_ns = spool.share.examine(folders.job(JOB)).changed_ns
    spool.share.now = lambda: datetime.fromtimestamp(changed_ns / 1e9 + days * 86400, UTC)


def test_what_was_cut_off_a_week_ago_lies_in_rejected_and_nothing_is_thrown_away(spool):
    cut_off(spool)
    later(spool, days=7.1)
    sweep = Sweep(spool)
    assert sweep.sweep() == []
    spool.clock.advance(SEEN_S - 1)
    assert sweep.sweep() == []
    spool.clock.advance(SEEN_S)
    assert sweep.sweep() == [JOB]
    assert spool.share.list("jobs") == []
    assert spool.share.read(f"rejected/{JOB}/mesh.inc") == b"half"
    why = spool.share.read(f"rejected/{JOB}.why.txt").decode()
    assert "cut off" in why and "Hand it in again" in why


def test_what_was_cut_off_lately_is_left_alone(spool):
    cut_off(spool)
    later(spool, days=6.9)
    sweep = Sweep(spool)
    for _ in range(5):
        assert sweep.sweep() == []
        spool.clock.advance(3 * SEEN_S)
    assert spool.share.list("rejected") == []


def test_what_was_cut_off_is_looked_at_ever_more_rarely(spool):
    cut_off(spool)
    counting = FaultyShare(spool.share)
    sweep = Sweep(as_seen_by(spool, spool.clock, counting))
    costs = []
    for _ in range(400):
        before = counting.calls
        sweep.sweep()
        costs.append(counting.calls - before)
        spool.clock.advance(30)
    least = min(costs[1:])
    assert sum(cost > least for cost in costs) < 15, "of 400 sweeps in more than three hours"


def test_foreign_names_are_left_alone(spool):
    for name in ("doors/notes", "doors/x.g", "jobs/.hidden"):
        spool.share.make_folder(name)
    spool.share.create("jobs/file", b"")
    sweep = Sweep(spool)
    sweep.sweep()
    spool.clock.advance(GRACE_S)
    sweep.sweep()
    assert doors(spool) == ["notes", "x.g"]
    assert len(spool.share.list("jobs")) == 2


@pytest.mark.parametrize("step", ["claim", "hand_back", "requeue"])
@pytest.mark.parametrize(
    "folder", [folders.HELD, folders.INCOMING, folders.CLAIMED, folders.RUNNING]
)
def test_a_ticket_that_moves_meanwhile_is_in_flight(spool, step, folder):
    source = State.QUEUED if step == "claim" else State.CLAIMED
    place = put(spool, Place(source, named(node=None if step == "claim" else "cougar")))
    moves = {
        "claim": lambda: claim(spool.share, spool.doors, place, "cougar"),
        "hand_back": lambda: hand_back(spool.share, spool.doors, place),
        "requeue": lambda: requeue(spool.share, spool.doors, place),
    }
    moving = FaultyShare(spool.share).at("list", folder, before=moves[step])
    assert jobs_in_flight(moving) == {JOB}


def test_inputs_that_are_kept_open_are_come_back_for(spool):
    """The doors stay meanwhile: without them the job's inputs would be nobody's."""
    spool.share.make_folder(f"doors/{JOB}.g1")
    for folder in (f"jobs/{JOB}", "done/2026-11", f"done/2026-11/{JOB}"):
        spool.share.make_folder(folder)
    spool.share.create(f"done/2026-11/{JOB}/ticket.yaml", b"wam: 1")
    spool.share.create(f"jobs/{JOB}/bracket.inp", b"deck")
    busy = FaultyShare(spool.share)
    busy.at("move", f"jobs/{JOB}", before=raising(Busy("jobs", "is open")), times=2)
    other = as_seen_by(spool, FakeClock(), busy)
    sweep = Sweep(other)
    for _ in range(3):
        sweep.sweep()
        other.clock.advance(GRACE_S)
        assert doors(spool) == [f"{JOB}.g1"]
    sweep.sweep()
    assert spool.share.read(f"done/2026-11/{JOB}/inputs/bracket.inp") == b"deck"


@pytest.mark.parametrize("claimed", [False, True])
def test_a_sweep_that_slept_queues_no_job_twice(spool, claimed):
    """Just after its look at the draft another queues the job, and an adopter that came late drafts
    it anew.
    """
    share = spool.share
    dropped = ticket_for(extra={"dropped": "incoming/bracket.inp"})
    text = format_ticket(dropped).encode()
    share.make_folder(folders.job(JOB))
    share.create(folders.own_draft(JOB, "mine1"), text)
    share.create(folders.taken(JOB, "mine1"), DECK)

    def another():
        complete_adoption(share, Taken(dropped, "mine1"))
        if claimed:
            claim(share, spool.doors, Place(State.QUEUED, named()), "cougar")
        share.create(folders.own_draft(JOB, "late1"), text)

    sleeping = FaultyShare(share).at("read", folders.own_draft(JOB, "mine1"), after=another)
    sweep = Sweep(as_seen_by(spool, spool.clock, sleeping))
    sweep.sweep()
    spool.clock.advance(GRACE_S)
    sweep.sweep()
    tickets = [*share.list("incoming"), *share.list("claimed")]
    assert len([entry for entry in tickets if entry.name.endswith(".yaml")]) == 1
