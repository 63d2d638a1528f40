"""Publishing: shown once, by the ticket's own move; each crash leaves what the module says."""

from contextlib import suppress
from datetime import timedelta

import pytest

from spool_layout.records import OutcomeRecord, parse_outcome
from spool_layout.states import Event, Outcome, State
from tests.clocks import START, FakeClock
from tests.faults import CHANGING, Crash, FaultyShare, raising
from tests.spools import DECK, JOB, as_seen_by, named, new_spool, put, tree
from wamspool.errors import Busy, Gone, ShareError, TicketGone, Unreachable
from wamspool.find import account_of, find_job
from wamspool.publish import (
    Publication,
    discard_prepared,
    finish_publishing,
    prepare,
    publish,
    recent_months,
    record,
)
from wamspool.sweep import Sweep
from wamspool.transition import Place, requeue
from wamspool.tree import make_folders

MONTH = "2026-11"
HIDDEN = f"done/{MONTH}/.{JOB}.g1"
SHOWN = f"done/{MONTH}/{JOB}"
OUTCOME = OutcomeRecord(JOB, Outcome.COMPLETED, "ok", "All steps were computed.")
COMPLETE = {
    f"{SHOWN}/ticket.yaml",
    f"{SHOWN}/outcome.yaml",
    f"{SHOWN}/bracket.frd",
    f"{SHOWN}/inputs/bracket.inp",
}


@pytest.fixture
def spool(tmp_path):
    return new_spool(tmp_path / "spool")


@pytest.fixture
def root(tmp_path):
    return tmp_path / "spool"


@pytest.fixture
def place(spool):
    """A running job of this node, with its inputs, and a live copy that people watch."""
    share = spool.share
    for folder in (f"jobs/{JOB}", f"jobs/{JOB}/live", f"jobs/{JOB}/live/g1", f"doors/{JOB}.g1"):
        share.make_folder(folder)
    share.create(f"jobs/{JOB}/bracket.inp", DECK)
    share.create(f"jobs/{JOB}/live/g1/bracket.sta", b"1 1 1")
    return put(spool, Place(State.RUNNING, named(generation=1, attempt=1, node="cougar")))


def stage_out(spool, place):
    """What a node does with a run that has ended."""
    publication = prepare(spool.share, place, now=spool.share.now())
    spool.share.create(f"{publication.folder}/bracket.frd", b"results")
    record(spool.share, publication, OUTCOME)
    if not publish(spool.share, spool.doors, Event.FINISH, place, publication):
        return None
    return finish_publishing(spool.share, publication)


def of_the_job(root):
    return {path for path in tree(root) if JOB in path}


def test_a_job_is_done_complete_and_tidy(spool, place, root):
    assert stage_out(spool, place) == SHOWN
    assert of_the_job(root) == COMPLETE
    assert list((root / "doors").iterdir()) == list((root / "jobs").iterdir()) == []
    account = account_of(spool, find_job(spool, JOB))
    assert (account.state, account.outcome) == (State.DONE, OUTCOME)


def test_nothing_is_shown_before_the_ticket_has_moved(spool, place, root):
    publication = prepare(spool.share, place, now=spool.share.now())
    record(spool.share, publication, OUTCOME)
    assert publication.folder == HIDDEN
    assert find_job(spool, JOB).state is State.RUNNING
    assert publish(spool.share, spool.doors, Event.FINISH, place, publication)
    assert (root / HIDDEN / "ticket.yaml").exists() and not (root / SHOWN).exists()


def steps_of(tmp_path):
    """The number of verbs that a whole publication takes."""
    spool = new_spool(tmp_path / "counted")
    share = spool.share
    share.make_folder(f"jobs/{JOB}")
    share.create(f"jobs/{JOB}/bracket.inp", DECK)
    place = put(spool, Place(State.RUNNING, named(generation=1, attempt=1, node="cougar")))
    counting = FaultyShare(share)
    stage_out(as_seen_by(spool, FakeClock(), counting), place)
    return counting.calls


def test_a_crash_at_any_instant_loses_nothing_and_publishes_once(tmp_path):
    """Either the job is still where it was, or a sweep on any machine completes it."""
    before, after = 0, 0
    for instant in range(2, steps_of(tmp_path) + 2):
        root = tmp_path / f"crash-{instant}"
        spool = new_spool(root)
        share = spool.share
        share.make_folder(f"jobs/{JOB}")
        share.create(f"jobs/{JOB}/bracket.inp", DECK)
        place = put(spool, Place(State.RUNNING, named(generation=1, attempt=1, node="cougar")))
        dying = FaultyShare(share, crash_before=instant)
        with suppress(Crash):
            stage_out(as_seen_by(spool, FakeClock(), dying), place)
        if (root / place.path).exists():
            before += 1
            assert not (root / SHOWN).exists()
            assert (root / f"jobs/{JOB}/bracket.inp").read_bytes() == DECK
            other = as_seen_by(spool, FakeClock())
            shown = stage_out(other, place)
            if shown is None:  # a door of the one who died
                other.clock.advance(spool.settings.door_grace_s)
                shown = stage_out(other, place)
            assert shown == SHOWN, instant
        else:
            after += 1
            sweep_twice(as_seen_by(spool, FakeClock()))
        assert of_the_job(root) == COMPLETE, instant
        sweep_twice(as_seen_by(spool, FakeClock()))
        assert list((root / "doors").iterdir()) == [], instant
    assert before > 5 and after > 5


def sweep_twice(spool):
    sweep = Sweep(spool)
    sweep.sweep()
    spool.clock.advance(spool.settings.door_grace_s)
    found = sweep.sweep()
    spool.clock.advance(spool.settings.door_grace_s)
    return found + sweep.sweep()


def test_finishing_may_be_called_again_and_again(spool, place, root):
    stage_out(spool, place)
    publication = Publication(JOB, MONTH, 1)
    for _ in range(3):
        assert finish_publishing(spool.share, publication) == SHOWN
    assert of_the_job(root) == COMPLETE


def test_of_two_that_finish_both_succeed(spool, place, root):
    """The owner, and a sweep that took it for dead: at each verb the other comes between."""
    publication = prepare(spool.share, place, now=spool.share.now())
    spool.share.create(f"{publication.folder}/bracket.frd", b"results")
    record(spool.share, publication, OUTCOME)
    publish(spool.share, spool.doors, Event.FINISH, place, publication)
    owner = FaultyShare(spool.share)
    owner.at("move", "jobs/", before=lambda: finish_publishing(spool.share, publication))
    assert finish_publishing(owner, publication) == SHOWN
    assert of_the_job(root) == COMPLETE


def test_a_fenced_finisher_shows_nothing(spool, place, root):
    other = as_seen_by(spool, FakeClock())
    requeued = requeue(other.share, other.doors, place)
    spool.clock.advance(1000)
    assert stage_out(spool, place) is None
    spool.clock.advance(1000)
    with pytest.raises(TicketGone):
        stage_out(spool, place)
    assert not (root / SHOWN).exists()
    assert (root / requeued.path).exists()
    assert (root / f"jobs/{JOB}/bracket.inp").exists()


def test_what_a_fenced_generation_prepared_goes_when_the_next_one_is_shown(spool, place, root):
    publication = prepare(spool.share, place, now=spool.share.now())
    spool.share.create(f"{publication.folder}/bracket.frd", b"of the fenced one")
    other = as_seen_by(spool, FakeClock())
    requeued = requeue(other.share, other.doors, place)
    again = Place(State.RUNNING, named(generation=2, attempt=2, node="lynx"))
    spool.share.move(requeued.path, again.path)
    assert stage_out(other, again) == SHOWN
    assert (root / SHOWN / "bracket.frd").read_bytes() == b"results"
    assert list((root / "done" / MONTH).iterdir()) == [root / SHOWN]


def test_what_an_earlier_try_has_prepared_is_removed(spool, place, root):
    publication = prepare(spool.share, place, now=spool.share.now())
    spool.share.make_folder(f"{publication.folder}/frames")
    spool.share.create(f"{publication.folder}/frames/old", b"half")
    assert prepare(spool.share, place, now=spool.share.now()) == publication
    assert spool.share.list(publication.folder) == []


def test_a_retry_after_lost_replies_does_not_undo_what_has_happened(spool, place, root):
    """The ticket moved, the reply was lost, and the look after it failed too: all in one outage.

    Preparing anew would remove results and ticket of a job that is done.
    """
    no_answer = raising(Unreachable("done", "the server did not answer"))
    faulty = FaultyShare(spool.share).at("move", HIDDEN, after=no_answer)
    faulty.at("list", f"done/{MONTH}", before=no_answer)
    seen = as_seen_by(spool, spool.clock, faulty)
    with pytest.raises(Unreachable):
        stage_out(seen, place)
    assert (root / HIDDEN / "ticket.yaml").exists()
    with pytest.raises(TicketGone, match=JOB):
        stage_out(seen, place)
    assert sweep_twice(as_seen_by(spool, FakeClock())) == [JOB]
    assert of_the_job(root) == COMPLETE


@pytest.mark.parametrize("blocked", ["jobs/", f"{HIDDEN} "])
def test_what_somebody_has_open_is_brought_later(spool, place, root, blocked):
    """A share may refuse to move a folder while a file in it is open in somebody's editor."""
    source = blocked.rstrip()

    class Blocking(FaultyShare):
        def __getattr__(self, name):
            found = super().__getattr__(name)
            if name != "move":
                return found

            def move(source_path, target):
                if source_path == source or (source == "jobs/" and source_path.startswith("jobs/")):
                    raise Busy(source_path, "is open elsewhere")
                return found(source_path, target)

            return move

    stage_out(as_seen_by(spool, spool.clock, Blocking(spool.share)), place)
    assert of_the_job(root) != COMPLETE
    sweep_twice(as_seen_by(spool, FakeClock()))
    assert of_the_job(root) == COMPLETE
    sweep_twice(as_seen_by(spool, FakeClock()))
    assert list((root / "doors").iterdir()) == []


def test_an_outage_while_finishing_leaves_it_to_the_sweep(spool, place, root):
    faulty = FaultyShare(spool.share)
    faulty.at("move", f"jobs/{JOB}", before=raising(Unreachable("jobs", "no answer")))
    with pytest.raises(ShareError):
        stage_out(as_seen_by(spool, spool.clock, faulty), place)
    assert sweep_twice(as_seen_by(spool, FakeClock())) == [JOB]
    assert of_the_job(root) == COMPLETE


def test_a_name_that_is_taken_in_done_is_not_written_over(spool, place, root):
    spool.share.make_folder(f"done/{MONTH}")
    spool.share.make_folder(SHOWN)
    spool.share.create(f"{SHOWN}/kept", b"somebody's")
    assert stage_out(spool, place) == f"{SHOWN}~g1"
    assert (root / SHOWN / "kept").read_bytes() == b"somebody's"
    assert (root / f"{SHOWN}~g1" / "bracket.frd").exists()


def test_the_outcome_is_written_whole_and_once(spool, place):
    publication = prepare(spool.share, place, now=spool.share.now())
    record(spool.share, publication, OUTCOME)
    path = f"{publication.folder}/outcome.yaml"
    assert parse_outcome(spool.share.read(path), source=path) == OUTCOME
    with pytest.raises(ShareError):
        record(spool.share, publication, OUTCOME)


def test_the_last_two_months_are_recent():
    assert recent_months(START) == ("2026-11", "2026-10")
    assert recent_months(START.replace(month=1, day=1)) == ("2026-01", "2025-12")
    assert recent_months(START.replace(month=3, day=31)) == ("2026-03", "2026-02")


def test_a_month_that_ends_while_publishing_does_no_harm(spool, place, root):
    late = as_seen_by(spool, FakeClock(start=START.replace(day=30, hour=23, minute=59, second=59)))
    late_share = FaultyShare(spool.share)
    late = as_seen_by(spool, late.clock, late_share)
    publication = prepare(spool.share, place, now=late.clock.utc_now())
    spool.share.create(f"{publication.folder}/bracket.frd", b"results")
    record(spool.share, publication, OUTCOME)
    assert publish(spool.share, late.doors, Event.FINISH, place, publication)
    december = FakeClock(start=START + timedelta(days=15))
    shared = FaultyShare(spool.share)
    shared.now = december.utc_now
    assert sweep_twice(as_seen_by(spool, december, shared)) == [JOB]
    assert of_the_job(root) == COMPLETE


@pytest.mark.parametrize("beyond", [START + timedelta(days=9), START - timedelta(days=9000)])
def test_what_a_wrong_clock_has_published_is_found(spool, place, root, beyond):
    """The node that publishes names the month by its own clock, and dies before it is shown."""
    publication = prepare(spool.share, place, now=beyond)
    spool.share.create(f"{publication.folder}/bracket.frd", b"results")
    record(spool.share, publication, OUTCOME)
    assert publish(spool.share, spool.doors, Event.FINISH, place, publication)
    assert sweep_twice(as_seen_by(spool, FakeClock())) == [JOB]
    shown = f"done/{beyond:%Y-%m}/{JOB}"
    assert of_the_job(root) == {path.replace(SHOWN, shown) for path in COMPLETE}


def test_what_was_prepared_in_the_month_before_goes(spool, place, root):
    earlier = prepare(spool.share, place, now=START - timedelta(days=30))
    spool.share.create(f"{earlier.folder}/bracket.frd", b"results, cut o")
    stage_out(spool, place)
    assert of_the_job(root) == COMPLETE


def test_what_a_fenced_owner_prepared_late_goes_but_never_the_job(spool, place, root):
    """It prepares when the job is long done: nobody else would ever look there."""
    requeue(spool.share, spool.doors, place)
    late = prepare(spool.share, place, now=START)
    record(spool.share, late, OUTCOME)
    discard_prepared(spool.share, JOB, 1)
    assert not (root / HIDDEN).exists()
    late = prepare(spool.share, place, now=START)
    spool.share.create(late.ticket, b"the job itself")
    discard_prepared(spool.share, JOB, 1)
    assert (root / HIDDEN / "ticket.yaml").exists()


def test_what_a_late_owner_has_shown_goes_from_the_done_job(spool, place, root):
    """An NFS client writes on in the folder that it knew, wherever that was moved to."""
    stage_out(spool, place)
    for generation in (1, 2):
        make_folders(spool.share, f"{SHOWN}/inputs/live/g{generation}")
        spool.share.create(f"{SHOWN}/inputs/live/g{generation}/bracket.sta", b"late")
    discard_prepared(spool.share, JOB, 1)
    assert [e.name for e in spool.share.list(f"{SHOWN}/inputs/live")] == ["g2"]
    discard_prepared(spool.share, JOB, 2)
    assert of_the_job(root) == COMPLETE


def test_inputs_stay_known_when_another_shows_the_job_meanwhile(spool, place, root):
    """Then the folder to which they were to go is gone, and they are not."""
    other = as_seen_by(spool, FakeClock())
    shown = raising(Busy("jobs", "is open"))

    def show():
        faulty = FaultyShare(spool.share).at("move", f"jobs/{JOB}", before=shown)
        finish_publishing(faulty, Publication(JOB, MONTH, 1))

    faulty = FaultyShare(spool.share).at("move", f"jobs/{JOB}", before=show)
    stage_out(as_seen_by(spool, spool.clock, faulty), place)
    assert (root / "jobs" / JOB).exists()
    assert list((root / "doors").iterdir()), "by these the sweep finds the job"
    sweep_twice(other)
    assert of_the_job(root) == COMPLETE


def test_a_lookup_that_is_out_of_date_costs_no_ticket(spool, place, root):
    """A mount that was told that there is no ticket says so for a minute; a listing knows."""
    no_answer = raising(Unreachable("running", "no answer"))
    faulty = FaultyShare(spool.share)
    faulty.at("move", "running/", after=no_answer).at("list", "running", before=no_answer)
    seen = as_seen_by(spool, spool.clock, faulty)
    with pytest.raises(Unreachable):
        stage_out(seen, place)
    stale = FaultyShare(spool.share)
    stale.at("examine", "ticket.yaml", before=raising(Gone("ticket.yaml", "believed")), times=9)
    with pytest.raises(TicketGone):
        prepare(stale, place, now=START)
    assert (root / HIDDEN / "ticket.yaml").exists()


def test_the_verbs_that_can_be_interrupted_are_those_that_change_something():
    """So that the crash test above cannot go blind when a verb is added to the share."""
    from benchmarks.counting import VERBS

    looking = {"list", "examine", "read", "read_from", "chunks", "copy_out", "settled", "lock"}
    assert VERBS - looking == CHANGING
