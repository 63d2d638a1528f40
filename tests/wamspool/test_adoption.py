"""The end of an adoption: anybody brings it about, nobody twice."""

import pytest

from spool_layout import folders
from spool_layout.ticket import format_ticket
from tests.faults import FaultyShare
from tests.spools import DECK, JOB, new_spool, ticket_for
from wamspool.adoption import complete_adoption, unfinished_adoptions
from wamspool.errors import Gone

QUEUED = f"incoming/5-20261122-093000-123-{JOB}.yaml"


@pytest.fixture
def share(tmp_path):
    return new_spool(tmp_path / "spool").share


def prepare(share, *, deck=True, **draft):
    share.make_folder(folders.job(JOB))
    if deck:
        share.create(f"{folders.job(JOB)}/bracket.inp", DECK)
    share.create(folders.draft(JOB), format_ticket(ticket_for(**draft)).encode())


def test_the_draft_becomes_the_ticket(share):
    prepare(share)
    assert complete_adoption(share, JOB) == QUEUED
    assert share.read(QUEUED) == format_ticket(ticket_for()).encode()
    assert [entry.name for entry in share.list(folders.job(JOB))] == ["bracket.inp"]


def test_a_held_one_goes_among_the_held(share):
    prepare(share, hold=True)
    assert complete_adoption(share, JOB).startswith("held/")


def test_another_was_first(share):
    prepare(share)
    racing = FaultyShare(share).at("move", JOB, before=lambda: complete_adoption(share, JOB))
    assert complete_adoption(racing, JOB) == QUEUED
    assert complete_adoption(share, JOB, ticket=ticket_for()) == QUEUED
    assert share.read(QUEUED)


def test_without_a_draft_there_is_nothing_to_complete(share):
    with pytest.raises(Gone):
        complete_adoption(share, JOB)


def test_what_is_whole_can_be_finished(share):
    prepare(share)
    assert unfinished_adoptions(share, [JOB, "absent-aaaaa"]) == [JOB]
    assert complete_adoption(share, JOB) == QUEUED
    assert unfinished_adoptions(share, [JOB]) == []


@pytest.mark.parametrize("content", [None, DECK[:-1]])
def test_what_lacks_an_input_is_not(share, content):
    """The deck is moved into the job last; until then it lies where its owner dropped it."""
    prepare(share, deck=False)
    if content is not None:
        share.create(f"{folders.job(JOB)}/bracket.inp", content)
    assert unfinished_adoptions(share, [JOB]) == []
    assert share.read(folders.draft(JOB))


def test_what_is_no_draft_is_left_alone(share):
    share.make_folder(folders.job(JOB))
    share.create(folders.draft(JOB), b"half a tick")
    assert unfinished_adoptions(share, [JOB]) == []


def test_a_dropped_ticket_must_lie_with_the_job(share):
    prepare(share, extra={"dropped": "incoming/high/study.yaml"})
    assert unfinished_adoptions(share, [JOB]) == []
    share.create(f"{folders.job(JOB)}/study.yaml", b"input: bracket.inp")
    assert unfinished_adoptions(share, [JOB]) == [JOB]
