"""What people ask of a node: found, judged, done once; whatever dies in between."""

import errno
import logging
from contextlib import suppress

import pytest

from node_service import job_requests
from node_service.attempt import Phase
from node_service.expiring import Expiring
from node_service.job_requests import REFUSAL_KEPT_S
from node_service.loop import Loop
from node_service.processes import Ended, Vanished
from node_service.requests import BUSY_S
from node_service.scratch import AttemptFolder
from spool_layout.request import RequestName, Verb
from tests.node_service.conftest import FakeProcesses
from tests.owners import OwnedShare
from tests.real.real_spool import QUICK, left_on, outcomes
from wamspool import transition
from wamspool.asking import ask
from wamspool.errors import Denied, Unreachable
from wamspool.find import find_flying

GRACE_S = 2 * QUICK["door_grace"]


class Obedient(FakeProcesses):
    """Runs that end when they are asked to, unless they are deaf."""

    deaf = False

    def stop(self, folder, *, force):
        super().stop(folder, force=force)
        if folder.name in self.states and (force or not self.deaf):
            self.states[folder.name] = Ended(None, 15, 0.1, 1000.0)


@pytest.fixture
def site(make_site):
    made = make_site(processes=Obedient())
    made.share._share = OwnedShare(made.share._share, nodes="wam")
    return made


def beat(site):
    site.node.lease.renew(site.clock.monotonic_s())


def run(site, loop, times=8, step_s=1.0):
    for _ in range(times):
        beat(site)
        loop.turn()
        site.clock.sleep(step_s)


def solving(site, **asked):
    ticket = site.submit(**asked)
    loop = site.loop()
    run(site, loop, 3)
    assert site.tickets("running")
    return ticket.job, loop


def granted(site, verb, subject, why="", **more):
    return ask(site.spool, verb, subject, by="jo", why=why, **more)


def left(site):
    return sorted(p.name for p in (site.root / "requests").iterdir())


def test_a_running_job_is_stopped_and_done_and_the_request_is_gone(site):
    job, loop = solving(site)
    granted(site, Verb.CANCEL, job, "wrong mesh")
    run(site, loop)
    record = outcomes(site.root)[job]
    assert (record.outcome, record.reason, record.by) == ("cancelled", "cancelled", "jo")
    assert record.sentence.startswith("Cancelled by jo: wrong mesh. It was running;")
    assert left(site) == [] and left_on(site.node.settings.scratch) == []
    assert '"cancel_asked"' in site.journal() and "by jo: wrong mesh" in site.journal()


def test_what_has_left_the_solver_is_killed_although_the_solver_has_ended(site):
    job, loop = solving(site)
    granted(site, Verb.CANCEL, job)
    run(site, loop)
    assert [force for _, force in site.processes.stopped] == [False, True]


def test_a_deaf_solver_is_asked_then_killed(site):
    site.processes.deaf = True
    job, loop = solving(site)
    granted(site, Verb.CANCEL, job)
    run(site, loop, 20)
    assert outcomes(site.root)[job].outcome == "cancelled"
    assert [force for _, force in site.processes.stopped] == [False, True, True]


def test_a_job_that_is_to_run_again_does_whatever_its_retries(site):
    job, loop = solving(site, retries=0)
    granted(site, Verb.REQUEUE, job, generation=1)
    run(site, loop, 4)
    (name,) = site.tickets("running")
    assert ".g3.a2.alpha" in name and left(site) == [] and outcomes(site.root) == {}
    assert '"requeue"' in site.journal()


def test_one_that_was_asked_of_an_earlier_run_is_passed_over(site):
    job, loop = solving(site)
    granted(site, Verb.REQUEUE, job, generation=7)
    run(site, loop, 4)
    assert site.processes.stopped == [] and left(site) == []


def test_to_cancel_what_is_just_handed_back_ends_it_where_it_waits(site, monkeypatch):
    """What carries a job back to the queue may be a thread, and the loop looks at requests."""
    job, loop = solving(site)
    (attempt,) = loop._attempts.values()

    def requeue(*arguments):
        if not attempt.granted.is_to_cancel:
            granted(site, Verb.CANCEL, job, "in between")
            loop._requests._of_jobs.take(left(site))
        return transition.requeue(*arguments)

    monkeypatch.setattr("node_service.ending.requeue", requeue)
    granted(site, Verb.REQUEUE, job)
    run(site, loop, 16)
    assert outcomes(site.root)[job].outcome == "cancelled" and left(site) == []


def test_an_end_that_cannot_be_noted_is_asked_for_again(site, monkeypatch):
    """The scratch of an attempt may be full, or a thread may just have removed it."""
    site.processes.deaf = True
    job, loop = solving(site)
    granted(site, Verb.REQUEUE, job)
    run(site, loop, 3)
    granted(site, Verb.CANCEL, job)
    with monkeypatch.context() as full:
        full.setattr(AttemptFolder, "_overwrite", refuse_to_write)
        run(site, loop, 3)
    run(site, loop, 20)
    assert outcomes(site.root)[job].outcome == "cancelled"


def refuse_to_write(*_):
    raise OSError(errno.ENOSPC, "no space left")


def test_to_cancel_wins_while_the_run_is_stopped_to_run_again(site):
    site.processes.deaf = True
    job, loop = solving(site)
    granted(site, Verb.REQUEUE, job)
    run(site, loop, 3)
    assert site.processes.stopped
    granted(site, Verb.CANCEL, job, "never mind")
    run(site, loop, 12)
    assert outcomes(site.root)[job].sentence.startswith("Cancelled by jo: never mind.")
    assert left(site) == []


def test_another_s_request_is_refused_and_says_why(site):
    job, loop = solving(site)
    site.share._share.owners["cancel"] = "eve"
    name = granted(site, Verb.CANCEL, job)
    run(site, loop, 4)
    assert site.processes.stopped == [] and left(site) == [name.refusal]
    told = (site.root / "requests" / name.refusal).read_text()
    assert "it belongs to jo, and eve is no operator" in told
    assert '"refused"' in site.journal() and "cancel asked by eve" in site.journal()


def test_a_refusal_that_nobody_reads_goes_by_and_by(site):
    job, loop = solving(site)
    site.share._share.owners["cancel"] = "eve"
    granted(site, Verb.CANCEL, job)
    run(site, loop, 3)
    assert left(site)
    run(site, loop, 4, step_s=REFUSAL_KEPT_S / 2)
    assert left(site) == []


def test_one_that_cannot_be_removed_is_refused_once_and_journalled_once(site):
    job, loop = solving(site)
    site.share._share.owners["cancel"] = "eve"
    granted(site, Verb.CANCEL, job)
    site.share.fail("remove", Denied("requests/x", "not yours"), about="cancel", times=99)
    run(site, loop, 6)
    assert site.journal().count('"refused"') == 1


def test_a_job_that_ends_by_itself_at_the_same_moment_is_what_it_is(site):
    job, loop = solving(site)
    site.processes.end_all()
    granted(site, Verb.CANCEL, job)
    run(site, loop, 4)
    assert outcomes(site.root)[job].outcome == "completed" and left(site) == []


def test_a_run_that_is_lost_while_it_is_to_end_is_cancelled(site):
    site.processes.deaf = True
    job, loop = solving(site)
    granted(site, Verb.CANCEL, job)
    run(site, loop, 3)
    site.processes.states = dict.fromkeys(site.processes.states, Vanished("gone"))
    run(site, loop, 3)
    assert outcomes(site.root)[job].outcome == "cancelled"


def test_a_claim_that_waits_to_be_staged_ends_unstarted(site):
    ticket = site.submit()
    loop = site.loop()
    site.share.fail("copy_out", Unreachable("jobs/x", "no answer"), times=3)
    run(site, loop, 1)
    assert site.tickets("claimed")
    granted(site, Verb.CANCEL, ticket.job)
    run(site, loop, 4)
    record = outcomes(site.root)[ticket.job]
    assert record.sentence == "Cancelled by jo. The solver had not been started."
    assert site.processes.started == [] and left(site) == []


def test_a_look_is_one_listing_and_comes_more_often_while_jobs_are_held(site):
    _, loop = solving(site)

    def looks(times, step_s):
        del site.share.calls[:]
        run(site, loop, times, step_s)
        return site.share.calls.count("list requests")

    assert looks(10, BUSY_S / 4) in {5, 10}  # once a heartbeat at most, and that is short here
    site.processes.end_all()
    run(site, loop, 3)
    assert looks(8, QUICK["heartbeat"] / 4) <= 3


@pytest.mark.parametrize(
    "name",
    ["x", "a.yaml", "x-aaaaa.cancel.yaml", "alpha.k7f3x.drain.yaml.part", "{job}.cancel.yaml",
     "{job}.k7f3x.requeue.yaml", "alpha.k7f3x.drain.yaml", "alpha.k7f3x.doctor.yaml"],
)  # fmt: skip
@pytest.mark.parametrize("text", [b"\0\xff", b"verb: ["])
def test_garbage_stops_nothing(site, name, text):
    job, loop = solving(site)
    (site.root / "requests" / name.replace("{job}", job)).write_bytes(text)
    run(site, loop, 4)
    assert site.processes.stopped == [] and site.tickets("running")
    assert not loop._requests.draining.is_on
    granted(site, Verb.CANCEL, job)
    run(site, loop, 6)
    assert outcomes(site.root)[job].outcome == "cancelled"


def test_a_thousand_requests_of_others_cost_one_listing_a_look(site):
    job, loop = solving(site)
    for number in range(1000):
        granted(site, Verb.CANCEL, f"other-{number:05}")
    granted(site, Verb.CANCEL, job)
    del site.share.calls[:]
    run(site, loop, 1, step_s=0.0)
    assert sum("requests/" in call for call in site.share.calls) <= 3
    run(site, loop, 120)
    assert outcomes(site.root)[job].outcome == "cancelled"
    assert left(site) == []  # those of jobs that nobody has are nobody's


def test_one_whose_job_waits_again_is_answered_by_whoever_sees_it_for_long(site):
    ticket = site.submit(hold=True)
    granted(site, Verb.CANCEL, ticket.job, "too late")
    loop = site.loop()
    run(site, loop, 6)
    assert outcomes(site.root)[ticket.job].sentence.startswith("Cancelled by jo: too late.")
    assert left(site) == []


def test_one_of_a_job_that_slips_through_one_look_is_kept(site, monkeypatch):
    ticket = site.submit(hold=True)
    name = granted(site, Verb.CANCEL, ticket.job)
    looks = []

    def blind_at_first(share):
        looks.append(share)
        return {} if len(looks) == 1 else find_flying(share)

    monkeypatch.setattr(job_requests, "find_flying", blind_at_first)
    loop = site.loop()
    while not looks:
        run(site, loop, 1)
    assert left(site) == [name.file_name]
    run(site, loop, 6)
    assert outcomes(site.root)[ticket.job].outcome == "cancelled" and left(site) == []


def test_one_of_a_job_that_waits_is_still_judged(site):
    ticket = site.submit(hold=True)
    site.share._share.owners["cancel"] = "eve"
    name = granted(site, Verb.CANCEL, ticket.job)
    run(site, site.loop(), 6)
    assert site.tickets("held") and left(site) == [name.refusal]


@pytest.mark.parametrize("verb", [Verb.CANCEL, Verb.REQUEUE])
def test_a_dead_node_s_job_is_done_as_was_asked(make_site, site, verb):
    job, _ = solving(site, retries=0)
    granted(site, verb, job, "now")
    watcher = make_site(name="watcher", root=site.root)
    watcher.share._share = OwnedShare(watcher.share._share)
    expiring = Expiring(watcher.node)
    for _ in range(round(QUICK["lease"] / 0.4) + 6):
        beat(watcher)
        if expiring.due_in_s() <= 0:
            expiring.look([])
        watcher.clock.sleep(0.4)
    if verb is Verb.CANCEL:
        record = outcomes(site.root)[job]
        assert (record.outcome, record.by, record.node) == ("cancelled", "jo", "alpha")
        assert "alpha has been silent for" in record.sentence
    else:
        assert len(site.tickets("incoming")) == 1 and outcomes(site.root) == {}
    assert left(site) == []


def test_a_dead_node_s_job_is_not_ended_by_another_s_request(make_site, site):
    job, _ = solving(site)
    granted(site, Verb.CANCEL, job)
    watcher = make_site(name="watcher", root=site.root)
    watcher.share._share = OwnedShare(watcher.share._share, cancel="eve")
    expiring = Expiring(watcher.node)
    for _ in range(round(QUICK["lease"] / 0.4) + 6):
        beat(watcher)
        if expiring.due_in_s() <= 0:
            expiring.look([])
        watcher.clock.sleep(0.4)
    assert len(site.tickets("incoming")) == 1 and "refused" in left(site)[0]


class TestDraining:
    """Nothing more is claimed, by no later service either; what runs goes on."""

    def test_a_drained_node_finishes_and_claims_nothing(self, site):
        _, loop = solving(site)
        site.share._share.owners["drain"] = "wam"
        granted(site, Verb.DRAIN, "alpha", "new disk")
        run(site, loop, 2)
        assert loop._requests.draining.is_on and left(site) == []
        site.submit(name="plate")
        site.processes.end_all()
        run(site, loop, 4)
        assert len(outcomes(site.root)) == 1 and len(site.tickets("incoming")) == 1
        told = next(iter(sorted((site.root / "nodes").iterdir()))).read_text()
        assert '"state": "draining"' in told and "asked by wam: new disk" in told

    def test_it_outlives_the_service_until_it_is_resumed(self, site):
        site.share._share.owners |= {"drain": "wam", "resume": "wam"}
        granted(site, Verb.DRAIN, "alpha")
        run(site, site.loop(), 2)
        site.submit()
        second = Loop(site.node)
        second.begin()
        site.loops.append(second)
        run(site, second, 4)
        assert site.processes.started == [] and len(site.tickets("incoming")) == 1
        granted(site, Verb.RESUME, "alpha")
        run(site, second, 6)
        assert len(site.tickets("running")) == 1

    def test_one_that_came_while_the_node_was_down_holds_before_anything_is_claimed(self, site):
        site.share._share.owners["drain"] = "wam"
        granted(site, Verb.DRAIN, "alpha")
        site.submit()
        run(site, site.loop(), 4)
        assert site.processes.started == []

    def test_who_is_no_operator_is_refused(self, site):
        loop = site.loop()
        name = granted(site, Verb.DRAIN, "alpha")
        run(site, loop, 2)
        assert not loop._requests.draining.is_on and left(site) == [name.refusal]

    def test_another_node_s_is_left_alone(self, site):
        name = granted(site, Verb.DRAIN, "beta")
        run(site, site.loop(), 4)
        assert left(site) == [name.file_name]

    def test_a_scratch_that_cannot_be_written_promises_nothing(self, site, monkeypatch, caplog):
        site.share._share.owners["drain"] = "wam"
        loop = site.loop()
        name = granted(site, Verb.DRAIN, "alpha")

        def full(*_):
            raise OSError(28, "no room")

        monkeypatch.setattr(type(site.node.scratch), "note_draining", full)
        with caplog.at_level(logging.WARNING):
            run(site, loop, 2)
        assert left(site) == [name.file_name] and not loop._requests.draining.is_on
        assert any("no room" in str(getattr(r, "why", "")) for r in caplog.records)

    def test_a_claim_that_cannot_be_staged_is_handed_back(self, site):
        site.share._share.owners["drain"] = "wam"
        site.submit()
        loop = site.loop()
        site.share.fail("copy_out", Unreachable("jobs/x", "no answer"), times=2)
        run(site, loop, 1)
        assert site.tickets("claimed")
        granted(site, Verb.DRAIN, "alpha")
        run(site, loop, 4)
        assert site.tickets("claimed") == [] and len(site.tickets("incoming")) == 1


def test_a_request_made_by_hand_is_followed(site):
    job, loop = solving(site)
    text = f"wam: 1\nverb: cancel\njob: {job}\n"
    name = RequestName(job, "", Verb.CANCEL)
    (site.root / "requests" / name.file_name).write_text(text)
    run(site, loop)
    assert outcomes(site.root)[job].by == "jo"


class Killed(BaseException):
    """The service was killed here."""


def dying(site, at):
    """The share kills the service at its ``at``-th call from now on."""
    left_calls = [at]
    real = site.share._share

    class Dying:
        def __getattr__(self, name):
            verb = getattr(real, name)
            if not callable(verb) or name == "now":
                return verb

            def called(*arguments, **options):
                left_calls[0] -= 1
                if left_calls[0] == 0:
                    raise Killed
                return verb(*arguments, **options)

            return called

    site.share._share = Dying()
    return real


@pytest.mark.parametrize(
    ("verb", "at"),
    [(Verb.CANCEL, at) for at in range(1, 36)] + [(Verb.REQUEUE, at) for at in range(2, 30, 3)],
)
def test_killed_at_any_call_the_next_service_does_as_was_asked(site, verb, at):
    job, loop = solving(site, retries=5)
    granted(site, verb, job, "wrong mesh", generation=1)
    real = dying(site, at)
    with suppress(Killed):
        run(site, loop, 12)
    site.share._share = real
    site.loops.clear()
    following = Loop(site.node)
    following.begin()
    site.loops.append(following)
    for _ in range(10):
        run(site, following, 4)
        if not left(site) and (outcomes(site.root) or verb is Verb.REQUEUE):
            break
    if verb is Verb.CANCEL:
        record = outcomes(site.root)[job]
        assert (record.outcome, record.by) == ("cancelled", "jo")
        assert "wrong mesh" in record.sentence
    else:
        (name,) = site.tickets("running")
        assert ".g1." not in name and outcomes(site.root) == {}
    assert left(site) == []
    assert not [a for a in following._attempts.values() if a.phase is Phase.OVER]
