"""Submission: the ticket comes last, and when it fails nothing is queued."""

from dataclasses import replace

import pytest

from spool_layout.names import parse_ticket_name
from spool_layout.states import State
from spool_layout.ticket import Draft, Ticket, parse_ticket
from tests.adopting import inputs_of, jobs
from tests.clocks import FakeClock
from tests.faults import Crash, FaultyShare, raising
from tests.mapping_source import MappingSource
from tests.spools import DECK, as_seen_by, new_spool, ticket_for, tree
from wamspool.errors import BadInput, Denied, Exists, Full, Gone, ShareError, Unreachable
from wamspool.gather import Item, gather
from wamspool.submit import (
    Submission,
    enqueue,
    first_place,
    submission_of,
    submit,
    submit_all,
    ticket_text,
)
from wamspool.sweep import Sweep
from wamspool.transition import Place, claim

MESH = b"*NODE\n2, 0., 0., 0.\n"
WITH_MESH = b"*INCLUDE, INPUT=parts/mesh.inc\n" + DECK


@pytest.fixture
def spool(tmp_path):
    return new_spool(tmp_path / "spool")


@pytest.fixture
def submission(tmp_path):
    folder = tmp_path / "local"
    (folder / "parts").mkdir(parents=True)
    (folder / "bracket.inp").write_bytes(WITH_MESH)
    (folder / "parts/mesh.inc").write_bytes(MESH)
    source = MappingSource({"bracket.inp": WITH_MESH, "parts/mesh.inc": MESH})
    found = gather(source, "bracket.inp", family_of=lambda s: "calculix", default_solver="calculix")
    return submission_of(found, folder, owner="jo")


def test_a_submitted_deck_is_queued_complete(spool, submission):
    ticket = submit(spool, submission)
    assert jobs(spool) == {ticket.job: ticket}
    assert inputs_of(spool, ticket) == {"bracket.inp": WITH_MESH, "parts/mesh.inc": MESH}
    assert (ticket.owner, ticket.submitted) == ("jo", spool.share.now())
    assert ticket.job.startswith("bracket-")


def test_each_submission_is_a_job_of_its_own(spool, submission):
    assert len({submit(spool, submission).job for _ in range(20)}) == 20


def test_a_job_is_called_as_its_owner_says(spool, submission):
    named = replace(submission, draft=replace(submission.draft, name="Mesh study 3", hold=True))
    ticket = submit(spool, named)
    assert ticket.job.startswith("mesh_study_3-")
    assert first_place(ticket).startswith("held/") and jobs(spool)


def test_a_name_that_is_taken_is_not_used_again(spool, submission):
    again = as_seen_by(spool, FakeClock(seed="same"))
    first = submit(again, submission)
    same = as_seen_by(spool, FakeClock(seed="same"))
    assert submit(same, submission).job != first.job
    assert len(jobs(spool)) == 2


def test_names_run_out_one_day(spool, submission):
    faulty = FaultyShare(spool.share)
    faulty.at("make_folder", "jobs/", before=raising(Exists("jobs", "is there")), times=100)
    with pytest.raises(Exists, match="no free name"):
        submit(as_seen_by(spool, FakeClock(), faulty), submission)


def test_files_may_come_from_elsewhere_and_be_changed_on_their_way(spool, submission, tmp_path):
    (tmp_path / "elsewhere").write_bytes(b"*NODE\n")
    changed = replace(
        submission,
        sources={"parts/mesh.inc": tmp_path / "elsewhere"},
        transforms={
            "bracket.inp": lambda pieces: (p.replace(b"STATIC", b"DYNAMIC") for p in pieces)
        },
    )
    ticket = submit(spool, changed)
    assert inputs_of(spool, ticket) == {
        "bracket.inp": WITH_MESH.replace(b"STATIC", b"DYNAMIC"),
        "parts/mesh.inc": b"*NODE\n",
    }


def calls_of(tmp_path, submission):
    spool = new_spool(tmp_path / "counted")
    counting = FaultyShare(spool.share)
    submit(as_seen_by(spool, FakeClock(), counting), submission)
    return counting.calls


def test_a_crash_at_any_instant_leaves_a_whole_job_or_none(tmp_path, submission):
    queued = 0
    for instant in range(2, calls_of(tmp_path, submission) + 2):
        spool = new_spool(tmp_path / f"crash-{instant}")
        dying = FaultyShare(spool.share, crash_before=instant)
        try:
            submit(as_seen_by(spool, FakeClock(), dying), submission)
        except Crash:
            assert jobs(spool) == {}
        for ticket in jobs(spool).values():
            queued += 1
            inputs_of(spool, ticket)
        other = as_seen_by(spool, FakeClock())
        sweep = Sweep(other)
        before = jobs(spool)
        for _ in range(3):
            sweep.sweep()
            other.clock.advance(1000)
        assert jobs(spool) == before, "a sweep made a job of a submission that was not finished"
    assert queued == 1


@pytest.mark.parametrize("error", [Full, Denied, Gone])
def test_a_refusal_at_any_step_queues_nothing_and_leaves_nothing(tmp_path, submission, error):
    for instant in range(2, calls_of(tmp_path, submission) + 1):
        root = tmp_path / f"{error.__name__}-{instant}"
        spool = new_spool(root)
        faulty = FaultyShare(spool.share, at_call=(instant, raising(error("spool", "refused"))))
        try:
            submit(as_seen_by(spool, FakeClock(), faulty), submission)
        except ShareError:
            assert jobs(spool) == {}
            assert list((root / "jobs").iterdir()) == [], instant
        else:
            assert len(jobs(spool)) == 1  # a folder that was not there, and was made


@pytest.mark.parametrize("reply", ["before", "after"])
def test_after_an_outage_a_queued_job_has_its_inputs(tmp_path, submission, reply):
    """Whatever the client was told: a ticket whose inputs were tidied away is a lost job."""
    for instant in range(2, calls_of(tmp_path, submission) + 1):
        spool = new_spool(tmp_path / f"outage-{reply}-{instant}")
        moment = (instant, raising(Unreachable("spool", "no answer")))
        faulty = (
            FaultyShare(spool.share, at_call=moment)
            if reply == "before"
            else FaultyShare(spool.share, after_call=moment)
        )
        try:
            ticket = submit(as_seen_by(spool, FakeClock(), faulty), submission)
        except Unreachable:
            ticket = None
        found = jobs(spool)
        assert ticket is None or list(found) == [ticket.job]
        for one in found.values():
            inputs_of(spool, one)


def test_a_lost_reply_of_the_last_step_is_no_failure(spool, submission):
    faulty = FaultyShare(spool.share)
    faulty.at("create", "incoming/", after=raising(Unreachable("incoming", "no answer")))
    ticket = submit(as_seen_by(spool, FakeClock(), faulty), submission)
    assert list(jobs(spool)) == [ticket.job]


def test_an_answer_that_a_mount_asked_for_again_is_no_failure(spool, submission):
    """The first answer was lost; the kernel asked again, and was told that the name exists."""
    faulty = FaultyShare(spool.share)
    faulty.at("create", "incoming/", after=raising(Exists("incoming", "is there already")))
    ticket = submit(as_seen_by(spool, FakeClock(), faulty), submission)
    assert list(jobs(spool)) == [ticket.job]


def test_when_nobody_can_look_an_answer_asked_for_again_says_nothing(spool, submission):
    faulty = FaultyShare(spool.share)
    faulty.at("create", "incoming/", after=raising(Exists("incoming", "is there already")))
    faulty.at("list", "incoming", before=raising(Unreachable("incoming", "no answer")))
    with pytest.raises(Unreachable):
        submit(as_seen_by(spool, FakeClock(), faulty), submission)
    (ticket,) = jobs(spool).values()
    assert inputs_of(spool, ticket)


@pytest.mark.parametrize("answer", [Unreachable, Exists])
def test_a_job_that_was_claimed_at_once_keeps_its_inputs(spool, submission, answer):
    """Between the lost answer and the look a node has taken the ticket out of the queue."""

    def claim_and_fail():
        (ticket,) = jobs(spool).values()
        place = Place(State.QUEUED, ticket.first_name)
        assert claim(spool.share, spool.doors, place, "cougar")
        raise answer("incoming", "no answer, or the second one")

    faulty = FaultyShare(spool.share).at("create", "incoming/", after=claim_and_fail)
    with pytest.raises(Unreachable):
        submit(as_seen_by(spool, FakeClock(), faulty), submission)
    (ticket,) = jobs(spool).values()
    assert inputs_of(spool, ticket)


def test_when_nobody_can_look_the_inputs_stay(spool, submission, tmp_path):
    no_answer = raising(Unreachable("incoming", "no answer"))
    faulty = FaultyShare(spool.share)
    faulty.at("create", "incoming/", after=no_answer).at("list", "incoming", before=no_answer)
    with pytest.raises(Unreachable):
        submit(as_seen_by(spool, FakeClock(), faulty), submission)
    (ticket,) = jobs(spool).values()
    assert inputs_of(spool, ticket)


def test_a_file_that_went_meanwhile_is_an_error_that_a_user_may_see(spool, submission, tmp_path):
    (tmp_path / "local/parts/mesh.inc").unlink()
    with pytest.raises(Gone, match=r"mesh\.inc"):
        submit(spool, submission)
    assert jobs(spool) == {} and tree(tmp_path / "spool/jobs") == set()


def test_a_ticket_that_nobody_could_read_is_refused(spool, tmp_path):
    """Too many files for the limit on a ticket's size: better said now than by each node."""
    (tmp_path / "a.inp").write_bytes(DECK)
    long = tuple(Item(f"{'x' * 150}-{n}", f"{'x' * 150}-{n}") for n in range(2000))
    draft = Draft("a.inp", files=tuple(item.name for item in long))
    submission = Submission(draft, tmp_path, (Item("a.inp", "a.inp"),), "jo")
    with pytest.raises(BadInput, match="needs a ticket that holds"):
        submit(spool, submission)
    assert jobs(spool) == {} and list((tmp_path / "spool/jobs").iterdir()) == []


def test_what_is_enqueued_is_what_is_read(spool):
    ticket = ticket_for()
    enqueue(spool.share, ticket)
    assert jobs(spool) == {ticket.job: ticket}
    assert parse_ticket(ticket_text(ticket), source="") == ticket
    with pytest.raises(Exists):
        enqueue(spool.share, ticket)
    assert isinstance(ticket, Ticket)


def submissions(folder, names):
    for name in names:
        (folder / f"{name}.inp").write_text("*STEP\n")
        draft = Draft(input=f"{name}.inp", solver="calculix")
        yield Submission(draft, folder, (Item(f"{name}.inp", f"{name}.inp"),), "jo")


def test_all_are_queued_and_told_in_their_order(spool, tmp_path):
    names = [f"plate-{number:03}" for number in range(150)]
    tickets = list(submit_all(spool, submissions(tmp_path, names)))
    assert [ticket.job.rpartition("-")[0] for ticket in tickets] == names
    queued = {
        parse_ticket_name(e.name).job for e in spool.share.list("incoming") if e.name[0] == "5"
    }
    assert queued == {ticket.job for ticket in tickets}
    assert sorted(t.submitted for t in tickets) == [t.submitted for t in tickets]


@pytest.mark.parametrize("at_once", [True, False])
def test_all_that_are_queued_are_told_before_the_first_failure_is_raised(
    tmp_path, at_once, monkeypatch
):
    """Whoever is told of the failure must know what has been queued in spite of it."""
    spool = new_spool(tmp_path / "spool")
    traits = replace(spool.share.traits, answers_at_once=not at_once)
    monkeypatch.setattr(spool.share, "traits", traits)
    good = list(submissions(tmp_path, [f"a{number}" for number in range(100)]))
    lost = Submission(Draft(input="b.inp"), tmp_path, (Item("b.inp", "b.inp"),), "jo")
    worse = Submission(Draft(input="c.inp"), tmp_path, (Item("c.inp", "c.inp"),), "jo")
    told = []
    several = submit_all(spool, [*good[:5], lost, worse, *good[5:]])
    with pytest.raises(Gone, match=r"b\.inp"):
        told.extend(ticket.job for ticket in several)  # keeps those before the error
    assert sorted(told) == sorted(jobs(spool)) == sorted(e.name for e in spool.share.list("jobs"))
    assert [job.rpartition("-")[0] for job in told[:5]] == ["a0", "a1", "a2", "a3", "a4"]
    assert len(told) < len(good)


def test_a_submitter_who_stops_taking_gets_no_more_queued(spool, tmp_path):
    several = submit_all(spool, submissions(tmp_path, [f"a{number}" for number in range(500)]))
    next(several)
    several.close()
    assert len(jobs(spool)) < 200
