"""The end of an adoption: anybody brings it about, nobody twice."""

import pytest

from spool_layout import folders
from spool_layout.ticket import format_ticket, parse_ticket
from tests.faults import Crash, FaultyShare
from tests.spools import DECK, JOB, new_spool, ticket_for
from wamspool.adoption import Taken, complete_adoption, taken_drop
from wamspool.errors import Gone

QUEUED = f"incoming/5-20261122-093000-123-{JOB}.yaml"
DROP = f"{folders.job(JOB)}/bracket.inp"


@pytest.fixture
def share(tmp_path):
    return new_spool(tmp_path / "spool").share


def ticket_text(**draft):
    return format_ticket(ticket_for(**{"extra": {"dropped": "incoming/bracket.inp"}, **draft}))


def prepare(share, *, by="mine1", deck=DECK, **draft):
    """As it is when the adopter of that mark has taken the drop."""
    share.make_folder(folders.job(JOB))
    share.create(folders.own_draft(JOB, by), ticket_text(**draft).encode())
    if deck is not None:
        share.create(folders.taken(JOB, by), deck)


def names(share):
    return sorted(entry.name for entry in share.list(folders.job(JOB)))


def test_the_draft_beside_the_taken_drop_becomes_the_ticket(share):
    prepare(share)
    assert complete_adoption(share, taken_drop(share, JOB)) == QUEUED
    assert share.read(QUEUED) == ticket_text().encode()
    assert share.read(DROP) == DECK
    assert names(share) == ["bracket.inp"]


def test_a_held_one_goes_among_the_held(share):
    prepare(share, hold=True)
    assert complete_adoption(share, taken_drop(share, JOB)).startswith("held/")


@pytest.mark.parametrize("call", [1, 2, 3])
def test_whoever_dies_between_two_moves_another_goes_on(share, call):
    prepare(share)
    dying = FaultyShare(share, crash_before=call)
    with pytest.raises(Crash):
        complete_adoption(dying, taken_drop(share, JOB))
    assert complete_adoption(share, taken_drop(share, JOB)) == QUEUED
    assert taken_drop(share, JOB) is None
    assert (share.read(DROP), names(share)) == (DECK, ["bracket.inp"])


@pytest.mark.parametrize("call", [1, 2, 3])
def test_whoever_sleeps_between_two_moves_queues_nothing_twice(share, call):
    """Meanwhile the job was queued and claimed, and an adopter that came late has drafted again."""
    prepare(share)
    seen = taken_drop(share, JOB)

    def meanwhile():
        complete_adoption(share, taken_drop(share, JOB))
        share.move(QUEUED, "claimed/elsewhere.yaml")
        share.create(folders.own_draft(JOB, "late1"), ticket_text().encode())

    sleeping = FaultyShare(share, at_call=(call, meanwhile))
    assert complete_adoption(sleeping, seen) == QUEUED
    assert [e.name for e in share.list("incoming") if e.name.endswith(".yaml")] == []
    assert taken_drop(share, JOB) is None


def test_what_has_been_put_back_is_not_queued(share):
    prepare(share)
    seen = taken_drop(share, JOB)
    share.move(folders.taken(JOB, "mine1"), "incoming/bracket.inp")
    with pytest.raises(Gone):
        complete_adoption(share, seen)
    assert taken_drop(share, JOB) is None
    assert share.read("incoming/bracket.inp") == DECK


def test_only_the_draft_of_whoever_took_the_drop_counts(share):
    prepare(share, by="taker", note="his")
    for other in ("after", "upper"):
        share.create(folders.own_draft(JOB, other), ticket_text(note="another's").encode())
    complete_adoption(share, taken_drop(share, JOB))
    assert parse_ticket(share.read(QUEUED), source=QUEUED).draft.note == "his"
    assert taken_drop(share, JOB) is None


@pytest.mark.parametrize("deck", [None, DECK[:-1]])
def test_what_lacks_an_input_is_left_alone(share, deck):
    """The drop is taken last; until then it lies where its owner dropped it."""
    prepare(share, deck=deck)
    before = names(share)
    assert taken_drop(share, JOB) is None
    assert names(share) == before


@pytest.mark.parametrize(
    "text",
    ["half a tick", ticket_text(extra={}), ticket_text().replace(JOB, "other-aaaaa")],
)
def test_what_is_no_draft_of_the_job_is_left_alone(share, text):
    share.make_folder(folders.job(JOB))
    share.create(folders.own_draft(JOB, "mine1"), text.encode())
    share.create(folders.taken(JOB, "mine1"), DECK)
    assert taken_drop(share, JOB) is None
    assert taken_drop(share, "absent-aaaaa") is None


def test_a_dropped_ticket_must_lie_with_the_job(share):
    dropped = {"dropped": "incoming/high/study.yaml"}
    prepare(share, deck=None, extra=dropped)
    share.create(DROP, DECK)
    assert taken_drop(share, JOB) is None
    share.create(folders.taken(JOB, "mine1"), b"input: bracket.inp")
    assert taken_drop(share, JOB) == Taken(ticket_for(extra=dropped), "mine1")
