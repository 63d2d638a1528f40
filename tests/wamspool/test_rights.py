"""Who may act: owners of files, operators, and what holds where the share cannot tell."""

from dataclasses import replace

import pytest

from spool_layout.settings import UnprovenOwners
from spool_layout.states import State
from tests.owners import OwnedShare
from tests.spools import JOB, named, new_spool, put, ticket_for
from wamspool.rights import (
    owner_of,
    shown,
    who_am_i,
    who_made,
    why_not_on_job,
    why_not_on_node,
)
from wamspool.transition import Place

PLACE = Place(State.QUEUED, named())
TRUST, REFUSE = UnprovenOwners.TRUST, UnprovenOwners.REFUSE


@pytest.fixture
def spool_of(tmp_path):
    made = new_spool(tmp_path / "spool")

    def spool(*, has_owner=True, operators=(), unproven=TRUST, **owners):
        share = OwnedShare(made.share, has_owner=has_owner, **owners)
        settings = replace(made.settings, operators=operators, unproven_owners=unproven)
        return replace(made, share=share, settings=settings)

    return spool


def dropped():
    ticket = ticket_for()
    return replace(ticket, draft=replace(ticket.draft, extra={"dropped": "incoming/high/b.inp"}))


def test_whose_a_job_is_the_ticket_s_file_says_not_its_text(spool_of):
    spool = spool_of(incoming="eve")
    put(spool, PLACE)
    assert ticket_for().owner == "jo" and owner_of(spool.share, PLACE, ticket_for()) == "eve"


def test_of_an_adopted_job_the_dropped_file_says(spool_of):
    spool = spool_of(incoming="wam", jobs="ann")
    put(spool, PLACE, dropped())
    spool.share.make_folder(f"jobs/{JOB}")
    spool.share.create(f"jobs/{JOB}/b.inp", b"*STEP\n")
    assert owner_of(spool.share, PLACE, dropped()) == "ann"


def test_a_ticket_that_only_says_it_was_dropped_belongs_to_its_file_s_owner(spool_of):
    spool = spool_of(incoming="eve")
    put(spool, PLACE, dropped())
    assert owner_of(spool.share, PLACE, dropped()) == "eve"


def test_where_the_share_cannot_tell_the_texts_count(spool_of):
    spool = spool_of(has_owner=False, incoming="root")
    put(spool, PLACE)
    assert owner_of(spool.share, PLACE, ticket_for()) == "jo"
    assert who_made(spool.share, PLACE.path, said="ann") == "ann"
    assert who_am_i(spool, said="ann") == "ann"
    assert who_made(spool_of().share, PLACE.path, said="ann") == "jo"


def test_oneself_as_the_share_names_one_leaves_nothing_behind(spool_of):
    spool = spool_of(who="S-1-5-21-7")
    assert who_am_i(spool, said="jo") == "S-1-5-21-7"
    assert spool.share.list("requests") == []


@pytest.mark.parametrize(
    ("who", "owner", "may"),
    [
        ("jo", "jo", True),
        ("eve", "jo", False),
        ("admin", "jo", True),
        ("JO", "jo", False),
        ("", "jo", False),
        ("", "", False),
        ("jo", "", False),
        ("admin", "", True),
    ],
)
def test_on_a_job_where_owners_are_proven(spool_of, who, owner, may):
    why = why_not_on_job(spool_of(operators=("admin",)), who, owner)
    assert (why is None) == may


def test_the_reason_names_both(spool_of):
    why = why_not_on_job(spool_of(), "S-1-7-2", "S-1-7-1", who_says="eve", owner_says="jo")
    assert why == "it belongs to S-1-7-1 (jo), and S-1-7-2 (eve) is no operator of this spool"
    why = why_not_on_job(spool_of(), "eve", "jo")
    assert why == "it belongs to jo, and eve is no operator of this spool"


@pytest.mark.parametrize(
    ("who", "owner", "unproven", "may"),
    [
        ("jo", "jo", TRUST, True),
        ("JO", "jo", TRUST, True),
        ("eve", "jo", TRUST, False),
        ("eve", "", TRUST, True),
        ("admin", "jo", TRUST, True),
        ("jo", "jo", REFUSE, False),
        ("admin", "jo", REFUSE, False),
    ],
)
def test_on_a_job_where_they_are_not(spool_of, who, owner, unproven, may):
    spool = spool_of(has_owner=False, operators=("admin",), unproven=unproven)
    why = why_not_on_job(spool, who, owner)
    assert (why is None) == may
    assert unproven is TRUST or "unproven_owners: refuse" in why


@pytest.mark.parametrize(
    ("who", "operators", "may"),
    [
        ("wam", (), True),
        ("jo", (), False),
        ("jo", ("jo",), True),
        ("wam", ("jo",), True),
        ("", (), False),
    ],
)
def test_on_a_node_where_owners_are_proven(spool_of, who, operators, may):
    spool = spool_of(operators=operators, nodes="wam")
    spool.share.create("nodes/cougar.7.json", b"{}")
    assert (why_not_on_node(spool, who, "cougar") is None) == may


def test_a_node_that_nobody_has_seen_has_no_account(spool_of):
    assert "no operator" in why_not_on_node(spool_of(default="jo"), "jo", "cougar")


@pytest.mark.parametrize(
    ("operators", "unproven", "may"),
    [((), TRUST, True), (("jo",), TRUST, True), (("ann",), TRUST, False), (("jo",), REFUSE, False)],
)
def test_on_a_node_where_they_are_not(spool_of, operators, unproven, may):
    spool = spool_of(has_owner=False, operators=operators, unproven=unproven)
    assert (why_not_on_node(spool, "jo", "cougar") is None) == may


def test_a_number_is_shown_with_the_name_that_he_gives():
    assert shown("S-1-5-21-7-1001", said="jo") == "S-1-5-21-7-1001 (jo)"
    assert (shown("1001", said="jo"), shown("jo", said="root")) == ("1001 (jo)", "jo")
    assert (shown("", said="jo"), shown("1001", said="")) == ("jo", "1001")
