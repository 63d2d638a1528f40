"""A ticket that somebody has copied by hand: its job is not run beside itself."""

import pytest

from spool_layout import folders
from spool_layout.records import OutcomeRecord
from spool_layout.states import Event, Outcome, State
from tests.spools import JOB, named, new_spool, put
from wamspool.cleaning import done_jobs
from wamspool.errors import TicketGone
from wamspool.transition import Place, advance, claim, start
from wamspool.unrun import end_unrun

GRACE_S = 15.0


@pytest.fixture
def spool(tmp_path):
    made = new_spool(tmp_path / "spool")
    made.share.make_folder(folders.job(JOB))
    return made


def lying(spool):
    each = (folders.INCOMING, folders.HELD, folders.CLAIMED, folders.RUNNING)
    return sorted(
        f"{f}/{entry.name}"
        for f in each
        for entry in spool.share.list(f)
        if entry.name.endswith(".yaml")
    )


def rejected(spool):
    return sorted(entry.name for entry in spool.share.list(folders.REJECTED))


def change(spool, what):
    """Tried again behind the grace of whatever door is found."""
    if (done := what()) is not None:
        return done
    spool.clock.advance(GRACE_S)
    return what()


def test_a_copy_that_comes_late_is_set_aside_while_its_job_runs(spool):
    place = put(spool, Place(State.QUEUED, named()))
    copy = put(spool, Place(State.HELD, named()))
    held = claim(spool.share, spool.doors, place, "cougar")
    assert held is not None
    running = start(spool.share, held)
    with pytest.raises(TicketGone, match="was a copy"):
        change(spool, lambda: advance(spool.share, spool.doors, Event.RELEASE, copy))
    assert lying(spool) == [running.path]
    assert rejected(spool) == [named().file_name, f"{named().file_name}.why.txt"]
    why = spool.share.read(f"rejected/{rejected(spool)[1]}").decode()
    assert "it is a copy of the ticket of" in why and "Move tickets, do not copy" in why


@pytest.mark.parametrize("state", [State.CLAIMED, State.RUNNING])
def test_a_copy_of_a_held_claim_in_the_queue_is_not_claimed(spool, state):
    name = named(generation=1, attempt=1, node="cougar")
    mine = put(spool, Place(state, name))
    copy = put(spool, Place(State.QUEUED, name))
    spool.share.make_folder(folders.door(JOB, 1))
    with pytest.raises(TicketGone, match="was a copy"):
        claim(spool.share, spool.doors, copy, "lynx")
    assert lying(spool) == [mine.path]


def test_a_ticket_moved_out_of_running_is_taken_again(spool):
    name = named(generation=1, attempt=1, node="cougar")
    place = put(spool, Place(State.QUEUED, name))
    spool.share.make_folder(folders.door(JOB, 1))
    taken = claim(spool.share, spool.doors, place, "lynx")
    assert taken is not None and lying(spool) == [taken.path] and rejected(spool) == []


def test_whoever_passes_a_door_over_sets_older_twins_aside(spool):
    place = put(spool, Place(State.QUEUED, named(generation=2)))
    put(spool, Place(State.HELD, named(generation=1)))
    spool.share.make_folder(folders.door(JOB, 3))
    taken = change(spool, lambda: claim(spool.share, spool.doors, place, "lynx"))
    assert taken is not None and lying(spool) == [taken.path] and len(rejected(spool)) == 2


def test_of_two_alike_the_held_one_stays(spool):
    queued = put(spool, Place(State.QUEUED, named()))
    held = put(spool, Place(State.HELD, named()))
    spool.share.make_folder(folders.door(JOB, 1))
    with pytest.raises(TicketGone):
        change(spool, lambda: claim(spool.share, spool.doors, queued, "lynx"))
    assert lying(spool) == [held.path]


def test_one_that_moves_while_twins_are_looked_for_is_no_copy(spool):
    """Its owner starts it while a watcher wants to take it back."""
    place = put(spool, Place(State.CLAIMED, named(generation=1, node="cougar")))
    spool.share.make_folder(folders.door(JOB, 2))
    assert advance(spool.share, spool.doors, Event.EXPIRE, place) is None
    running = start(spool.share, place)
    spool.clock.advance(GRACE_S)
    with pytest.raises(TicketGone):
        advance(spool.share, spool.doors, Event.EXPIRE, place)
    assert lying(spool) == [running.path] and rejected(spool) == []


def test_a_copy_that_was_kept_until_its_job_was_done_is_not_cancelled_as_well(spool):
    place = put(spool, Place(State.QUEUED, named()))
    record = OutcomeRecord(JOB, Outcome.CANCELLED, "", "")
    assert end_unrun(spool, Event.CANCEL, place, record)
    copy = put(spool, Place(State.HELD, named()))
    with pytest.raises(TicketGone, match="copy"):
        change(spool, lambda: end_unrun(spool, Event.CANCEL, copy, record))
    assert lying(spool) == [] and len(rejected(spool)) == 2
    assert len(list(done_jobs(spool.share))) == 1
