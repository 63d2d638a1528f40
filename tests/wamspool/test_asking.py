"""Requests that act: written, judged, refused, and what a job's end by them says."""

from dataclasses import replace

import pytest

from spool_layout.records import parse_outcome
from spool_layout.request import RequestName, Verb, format_request, parse_request
from spool_layout.states import Outcome, State
from tests.owners import OwnedShare
from tests.spools import JOB, named, new_spool, put, ticket_for
from wamspool.asking import (
    READ_FOR_A_JOB,
    Granted,
    Refused,
    ask,
    cancel_waiting,
    judge,
    read_request,
    refusal_of,
    refuse,
    requests_now,
    withdraw,
)
from wamspool.errors import Gone, TicketGone
from wamspool.transition import Place, claim

RUNNING = Place(State.RUNNING, named(generation=3, attempt=1, node="cougar"))


@pytest.fixture
def spool(tmp_path):
    made = new_spool(tmp_path / "spool")
    made = replace(made, share=OwnedShare(made.share))
    put(made, RUNNING)
    return made


def asked(spool, verb=Verb.CANCEL, **more):
    return ask(spool, verb, JOB, by="jo", why=more.pop("why", ""), **more)


def judged(spool):
    return judge(spool, requests_now(spool.share), RUNNING, ticket_for())


def test_what_is_asked_lies_there_and_says_who(spool):
    name = asked(spool, why="wrong mesh")
    assert requests_now(spool.share) == [name]
    request, who = read_request(spool.share, name)
    assert (request.job, request.by, request.why, who) == (JOB, "jo", "wrong mesh", "jo")
    withdraw(spool.share, (name, name))
    assert requests_now(spool.share) == []


def test_the_owner_s_request_counts(spool):
    name = asked(spool, why="wrong mesh")
    assert judged(spool).granted == Granted(Verb.CANCEL, "jo", "wrong mesh", (name,))


def test_another_s_is_refused_whatever_it_says(spool):
    name = asked(spool)
    spool.share.owners["requests"] = "eve"
    found = judged(spool)
    assert found.granted is None
    assert found.refused == (
        Refused(name, "eve", "it belongs to jo, and eve is no operator of this spool"),
    )


def test_to_cancel_wins_over_to_run_again_and_both_are_answered_together(spool):
    both = {asked(spool, Verb.REQUEUE), asked(spool, why="no")}
    granted = judged(spool).granted
    assert (granted.verb, granted.why, set(granted.requests)) == (Verb.CANCEL, "no", both)
    assert granted.and_also(granted) == granted


def test_to_run_again_is_asked_of_one_claim(spool):
    assert asked(spool, Verb.REQUEUE, generation=2) in judged(spool).moot
    withdraw(spool.share, requests_now(spool.share))
    asked(spool, Verb.REQUEUE, generation=3)
    assert judged(spool).granted.verb is Verb.REQUEUE


@pytest.mark.parametrize(
    "text", ["", "verb: explode\n", "x" * 100_000, "verb: cancel\njob: plate-aaaaa\n", "\xff"]
)
def test_garbage_and_a_borrowed_name_are_refused(spool, text):
    name = RequestName(JOB, "k7f3x", Verb.CANCEL)
    spool.share.create(f"requests/{name.file_name}", text.encode("latin-1"))
    found = judged(spool)
    assert found.granted is None and [r.name for r in found.refused] == [name]
    assert "cannot be read" in found.refused[0].why


def test_a_folder_in_the_place_of_a_request_is_refused_too(spool):
    name = RequestName(JOB, "k7f3x", Verb.CANCEL)
    spool.share.make_folder(f"requests/{name.file_name}")
    assert [r.name for r in judged(spool).refused] == [name]


def test_of_very_many_only_some_are_read_at_once(spool):
    for _ in range(READ_FOR_A_JOB + 5):
        asked(spool)
    assert len(judged(spool).granted.requests) == READ_FOR_A_JOB


def test_a_refusal_is_told_once(spool):
    name = asked(spool)
    assert refusal_of(spool.share, name) is None
    assert refuse(spool.share, Refused(name, "eve", "no"), node="cougar")
    assert not refuse(spool.share, Refused(name, "eve", "no"), node="cougar")
    told = refusal_of(spool.share, name)
    assert (told.node, told.who, told.why) == ("cougar", "eve", "no")
    assert refusal_of(spool.share, name) is None and spool.share.list("requests") == []


def test_one_that_is_gone_is_nobody_s(spool):
    with pytest.raises(Gone):
        read_request(spool.share, RequestName(JOB, "k7f3x", Verb.CANCEL))
    assert (
        judge(spool, [RequestName(JOB, "k7f3x", Verb.CANCEL)], RUNNING, ticket_for()).granted
        is None
    )


def test_a_waiting_job_is_done_at_once(tmp_path, spool):
    place = put(spool, Place(State.HELD, named("plate-aaaaa")))
    folder = cancel_waiting(spool, place, by="jo", why="wrong mesh.")
    record = parse_outcome(spool.share.read(f"{folder}/outcome.yaml"), source="x")
    assert (record.outcome, record.reason, record.by) == (Outcome.CANCELLED, "cancelled", "jo")
    assert record.sentence == "Cancelled by jo: wrong mesh. It had not been started."
    assert spool.share.list("doors") == [] and spool.share.list("held") == []


def test_a_node_that_was_first_keeps_it(spool):
    place = put(spool, Place(State.QUEUED, named("plate-aaaaa")))
    assert claim(spool.share, spool.doors, place, "cougar")
    spool.clock.advance(60)
    spool.doors.lead(place.name)
    spool.clock.advance(60)
    with pytest.raises(TicketGone):
        cancel_waiting(spool, place, by="jo", why="")
    assert [e for e in spool.share.list("done") if spool.share.list(f"done/{e.name}")] == []


def test_a_request_says_of_which_run_it_speaks():
    text = format_request(
        replace(parse_request("verb: requeue\njob: a\n", source="x"), generation=3)
    )
    assert parse_request(text, source="x").generation == 3
