"""Taking back what a dead node holds."""

import pytest

from spool_layout.records import parse_outcome
from spool_layout.request import Verb
from spool_layout.states import Event, Outcome, State
from tests.clocks import FakeClock
from tests.faults import FaultyShare
from tests.spools import JOB, as_seen_by, named, new_spool, put, ticket_for, tree
from wamspool.asking import Granted
from wamspool.errors import TicketGone, Unreachable
from wamspool.expire import claims, end_unrun, has_runs_left, take_back
from wamspool.publish import prepare, publish
from wamspool.transition import Place, claim

CLAIMED = Place(State.CLAIMED, named(generation=1, node="cougar"))
RUNNING = Place(State.RUNNING, named(generation=1, attempt=1, node="cougar"))
LAST = Place(State.RUNNING, named(generation=3, attempt=2, node="cougar"))


@pytest.fixture
def spool(tmp_path):
    made = new_spool(tmp_path / "spool")
    made.share.make_folder(f"jobs/{JOB}")
    made.share.create(f"jobs/{JOB}/bracket.inp", b"*STEP\n")
    return made


def done(tmp_path):
    (folder,) = (tmp_path / "spool/done").glob("*/*")
    return folder


def test_claims_are_the_tickets_that_bear_a_node(spool):
    put(spool, CLAIMED)
    other = put(spool, Place(State.RUNNING, named("plate-aaaaa", generation=1, node="lynx")))
    spool.share.create("running/readme.txt", b"")
    spool.share.make_folder("claimed/folder")
    assert sorted(claims(spool.share), key=lambda p: p.path) == [CLAIMED, other]


def test_a_claim_waits_again_and_nobody_counts_a_run(spool):
    put(spool, CLAIMED, ticket_for(retries=0))
    assert take_back(spool, CLAIMED, silent_s=90).event is Event.EXPIRE
    (entry,) = [e.name for e in spool.share.list("incoming") if e.name.endswith(".yaml")]
    assert entry == named(generation=2).file_name


def test_a_lost_run_is_repeated_while_retries_are_left(spool):
    put(spool, RUNNING)
    taken = take_back(spool, RUNNING, silent_s=91)
    assert taken.event is Event.EXPIRE and "cougar has been silent for 91 s" in taken.detail
    (entry,) = [e.name for e in spool.share.list("incoming") if e.name.endswith(".yaml")]
    assert entry == named(generation=2, attempt=1).file_name


def test_the_last_attempt_ends_the_job_with_what_was_seen_of_it(spool, tmp_path):
    put(spool, LAST)
    spool.share.make_folder(f"jobs/{JOB}/live")
    spool.share.make_folder(f"jobs/{JOB}/live/g3")
    spool.share.create(f"jobs/{JOB}/live/g3/bracket.sta", b"1 1\n")
    assert take_back(spool, LAST, silent_s=95).event is Event.GIVE_UP
    outcome = parse_outcome((done(tmp_path) / "outcome.yaml").read_bytes(), source="")
    assert outcome.outcome is Outcome.LOST and outcome.node == "cougar"
    assert "attempt 2 was the last" in outcome.sentence
    assert tree(done(tmp_path)) == {
        "outcome.yaml",
        "ticket.yaml",
        "live/bracket.sta",
        "inputs/bracket.inp",
    }
    assert not list((tmp_path / "spool/doors").iterdir())
    assert not list((tmp_path / "spool/jobs").iterdir())


def test_runs_left():
    ticket = ticket_for(retries=1)
    assert has_runs_left(ticket, 1) and not has_runs_left(ticket, 2)


def test_a_ticket_that_cannot_be_read_ends_with_a_sentence(spool, tmp_path):
    spool.share.create(RUNNING.path, b"wam: 1\ninput: [\n")
    assert take_back(spool, RUNNING, silent_s=90).event is Event.GIVE_UP
    outcome = parse_outcome((done(tmp_path) / "outcome.yaml").read_bytes(), source="")
    assert outcome.reason == "ticket-damaged"


def test_of_many_watchers_one_takes_the_ticket_back(spool):
    put(spool, RUNNING)
    watchers = [as_seen_by(spool, FakeClock(seed=str(n))) for n in range(5)]
    results = []
    for watcher in watchers:
        try:
            results.append(take_back(watcher, RUNNING, silent_s=90))
        except TicketGone:
            results.append("gone")
    assert [r.event for r in results if r not in (None, "gone")] == [Event.EXPIRE]


def test_an_owner_that_was_first_is_left_in_peace(spool, tmp_path):
    put(spool, LAST)
    publication = prepare(spool.share, LAST, now=spool.share.now())
    watcher = as_seen_by(spool, FakeClock(seed="w"))
    faulty = FaultyShare(watcher.share).at(
        "move",
        ".yaml",
        before=lambda: publish(spool.share, spool.doors, Event.FINISH, LAST, publication),
    )
    watcher = as_seen_by(spool, FakeClock(seed="w"), faulty)
    # The watcher has the door; the owner cannot pass it and waits: the watcher wins.
    assert take_back(watcher, LAST, silent_s=90).event is Event.GIVE_UP
    assert (done(tmp_path) / "outcome.yaml").exists()


def test_who_comes_too_late_shows_nothing_and_leaves_nothing(spool, tmp_path):
    put(spool, LAST)

    def finish():
        publication = prepare(spool.share, LAST, now=spool.share.now())
        clock = FakeClock(seed="owner")
        owner = as_seen_by(spool, clock)
        assert not publish(owner.share, owner.doors, Event.FINISH, LAST, publication)
        clock.advance(1000)  # the watcher sleeps with its door in hand
        assert publish(owner.share, owner.doors, Event.FINISH, LAST, publication)

    faulty = FaultyShare(spool.share).at("move", ".yaml", before=finish)
    watcher = as_seen_by(spool, FakeClock(seed="w"), faulty)
    with pytest.raises(TicketGone):
        take_back(watcher, LAST, silent_s=90)
    (folder,) = (tmp_path / "spool/done").glob("*/.*")
    assert tree(folder) == {"ticket.yaml"}


def test_an_end_whose_answer_was_lost_is_found_to_have_happened(spool, tmp_path):
    put(spool, LAST)

    def lose():
        raise Unreachable(LAST.path, "timed out")

    faulty = FaultyShare(spool.share).at("move", ".yaml", after=lose)
    watcher = as_seen_by(spool, FakeClock(seed="w"), faulty)
    assert take_back(watcher, LAST, silent_s=90).event is Event.GIVE_UP
    assert (done(tmp_path) / "ticket.yaml").exists()


def test_a_waiting_job_cannot_be_given_up(spool):
    queued = put(spool, Place(State.QUEUED, named()))
    with pytest.raises(ValueError, match="does not happen to a queued job"):
        end_unrun(spool, Event.GIVE_UP, queued, None)


def test_a_claim_after_an_expiry_carries_the_next_number(spool):
    put(spool, CLAIMED)
    take_back(spool, CLAIMED, silent_s=90)
    waiting = Place(State.QUEUED, named(generation=2))
    assert claim(spool.share, spool.doors, waiting, "lynx").name.generation == 3


def test_what_was_asked_of_the_dead_owner_is_done_in_its_place(spool, tmp_path):
    put(spool, RUNNING)
    taken = take_back(spool, RUNNING, silent_s=91, granted=Granted(Verb.CANCEL, "jo", "wrong mesh"))
    assert taken.event is Event.GIVE_UP
    record = parse_outcome((done(tmp_path) / "outcome.yaml").read_bytes(), source="x")
    assert (record.outcome, record.by, record.node) == (Outcome.CANCELLED, "jo", "cougar")
    assert record.sentence == (
        "Cancelled by jo: wrong mesh. Its node gave no answer: cougar has been silent for 91 s."
    )


def test_one_that_was_to_run_again_does_however_many_attempts_it_has_had(spool):
    put(spool, LAST)
    assert (
        take_back(spool, LAST, silent_s=91, granted=Granted(Verb.REQUEUE, "jo")).event
        is Event.EXPIRE
    )
    assert [e.name for e in spool.share.list("incoming") if e.name.endswith(".yaml")] == [
        named(generation=4, attempt=2).file_name
    ]
