"""What a job that another comes after is, to it."""

import pytest

from spool_layout.after import After
from spool_layout.names import TicketName
from spool_layout.records import OutcomeRecord
from spool_layout.states import Event, Outcome, State
from tests.spools import named, new_spool, put, ticket_for
from wamspool.dependencies import dependency
from wamspool.transition import Place
from wamspool.unrun import end_unrun


def ended(spool, outcome, word="completed"):
    place = put(spool, Place(State.QUEUED, named()), ticket_for())
    record = OutcomeRecord(place.name.job, outcome, "", "")
    assert end_unrun(spool, Event.CANCEL, place, record)
    return dependency(spool, After(place.name.job, word))


def test_only_a_completed_job_meets(tmp_path):
    found = ended(new_spool(tmp_path / "a"), Outcome.COMPLETED)
    assert found.is_met and not found.is_dead
    for outcome in (Outcome.FAILED, Outcome.CANCELLED, Outcome.LOST, Outcome.WALLTIME):
        found = ended(new_spool(tmp_path / outcome), outcome)
        assert found.is_dead and not found.is_met


@pytest.mark.parametrize("outcome", ["completed", "failed", "cancelled", "lost", "walltime"])
@pytest.mark.parametrize("word", ["completed", "any", "failed", "later"])
def test_an_end_is_met_or_dead_and_never_both(tmp_path, outcome, word):
    found = ended(new_spool(tmp_path / "spool"), Outcome(outcome), word)
    assert found.is_met is not found.is_dead
    assert found.is_met is After("a", word).is_met_by(Outcome(outcome))


def test_one_in_flight_and_one_that_is_not_there_are_neither(tmp_path):
    spool = new_spool(tmp_path / "spool")
    put(spool, Place(State.RUNNING, TicketName(5, named().stamp, named().job, 1, 1, "cougar")))
    for job, state in ((named().job, State.RUNNING), ("other-aaaaa", None)):
        found = dependency(spool, After(job))
        assert (found.state, found.is_met, found.is_dead) == (state, False, False)
