"""Carrying out decisions, and what becomes of what fails."""

import pytest

from node_service.act import Acting
from node_service.attempt import Phase
from node_service.decide import Begin, Claim, End, Lose, Relaunch, Stop
from node_service.licences import Licences
from node_service.limits import Reached
from node_service.own_faults import OwnFaults
from node_service.processes import Ended, LaunchFailed
from node_service.refusals import PAUSE_FIRST_S
from node_service.retrying import RETRY_FIRST_S, RETRY_MOST_S
from node_service.room import Room
from node_service.solvers.evidence import StoppedFor
from spool_layout.names import TicketName
from spool_layout.request import Verb
from spool_layout.ticket import Resources
from tests.real.real_spool import QUICK, left_on, outcomes
from wamspool.asking import Granted
from wamspool.errors import CopyDiffers, Unreachable
from wamspool.transition import requeue

LOST = Unreachable("spool", "timed out")
ENDED = Ended(0, None, 0.5, 1000.0)


@pytest.fixture
def avoided():
    return []


@pytest.fixture
def acting(site, avoided):
    def at_once(attempt, work, size_bytes):
        work()

    parts = (Licences(site.node), Room(site.node), OwnFaults(""))
    return Acting(site.node, at_once, lambda: None, avoided.append, lambda: None, *parts)


def outcome(site, attempt):
    return outcomes(site.root)[attempt.job]


def test_a_begin_stages_starts_and_follows(site, acting):
    attempt = site.attempt()
    acting.attempt(Begin(attempt))
    assert attempt.phase is Phase.SOLVING
    assert site.processes.watched == [attempt.folder.path.name]


def test_inputs_that_differ_end_the_job_with_a_sentence(site, acting):
    attempt = site.attempt()
    (site.root / f"jobs/{attempt.job}/bracket.inp").write_text("other\n")
    acting.attempt(Begin(attempt))
    record = outcome(site, attempt)
    assert (record.outcome, record.reason) == ("failed", "inputs-differ")
    assert "not the file that was submitted" in record.sentence


def test_a_program_that_cannot_be_launched_is_tried_again_elsewhere(site, acting, avoided):
    attempt = site.attempt()
    site.processes.refusal = LaunchFailed("no such program", cure="Install it.")
    acting.attempt(Begin(attempt))
    assert attempt.phase is Phase.OVER and avoided == [attempt.job]
    (name,) = site.tickets("incoming")
    assert ".g2.a1." in name


def test_a_program_that_cannot_be_launched_ends_a_job_without_retries(site, acting):
    attempt = site.attempt(retries=0)
    site.processes.refusal = LaunchFailed("no such program", cure="Install it.")
    acting.attempt(Begin(attempt))
    record = outcome(site, attempt)
    assert (record.reason, record.sentence) == ("launch-failed", "no such program Install it.")


@pytest.mark.parametrize("error", [OSError(28, "No space left"), CopyDiffers("differs")])
def test_what_is_the_nodes_fault_hands_the_claim_back(site, acting, avoided, monkeypatch, error):
    attempt = site.attempt()
    site.share.fail("copy_out", error)
    acting.attempt(Begin(attempt))
    assert attempt.phase is Phase.OVER and avoided == [attempt.job]
    assert len(site.tickets("incoming")) == 1 and site.tickets("claimed") == []
    assert left_on(site.node.scratch.root) == []


def test_what_the_share_refuses_is_tried_again_ever_more_rarely(site, acting):
    attempt = site.attempt()
    site.share.fail("copy_out", LOST, times=100)
    waits = []
    for _ in range(9):
        acting.attempt(Begin(attempt))
        waits.append(attempt.try_again_s - site.clock.monotonic_s())
    assert waits[:4] == [RETRY_FIRST_S, 2.0, 4.0, 8.0] and waits[-1] == RETRY_MOST_S
    assert "timed out" in attempt.problem
    site.share.heal()
    acting.attempt(Begin(attempt))
    assert (attempt.problem, attempt.failures) == ("", 0)


def test_the_end_is_judged_and_shown(site, acting, solving):
    acting.attempt(End(solving, ENDED))
    assert outcome(site, solving).outcome == "completed"


def test_a_result_that_goes_while_it_is_counted_ends_no_service(site, acting, solving, monkeypatch):
    def vanish(self, names):
        raise FileNotFoundError(2, "No such file", "core")

    monkeypatch.setattr(type(solving.folder), "size_bytes", vanish)
    acting.attempt(End(solving, ENDED))
    assert outcome(site, solving).outcome == "completed"


def test_a_share_that_refuses_the_results_is_asked_ever_more_rarely(site, acting, solving):
    site.share.fail("create", Unreachable("done", "timed out"), times=3)
    pauses = []
    for _ in range(3):
        acting.attempt(End(solving, ENDED))
        pauses.append(solving.try_again_s - site.clock.monotonic_s())
    assert pauses == [1.0, 2.0, 4.0] and "timed out" in solving.problem
    acting.attempt(End(solving, ENDED))
    assert outcome(site, solving).outcome == "completed"


def test_a_lost_run_is_run_again_while_it_has_retries(site, acting, solving):
    acting.attempt(Lose(solving, "killed from outside"))
    (name,) = site.tickets("incoming")
    assert ".g2.a1." in name and site.tickets("running") == []
    assert solving.phase is Phase.OVER and left_on(site.node.scratch.root) == []


def test_a_run_that_is_lost_too_often_is_given_up_with_what_it_left(site, acting, solving):
    from dataclasses import replace

    draft = replace(solving.ticket.draft, retries=0)
    solving.ticket = replace(solving.ticket, draft=draft)
    (solving.folder.run / "part.dat").write_text("part")
    acting.attempt(Lose(solving, "killed from outside"))
    record = outcome(site, solving)
    assert (record.outcome, record.reason) == ("lost", "run-lost")
    assert "killed from outside" in record.sentence and "part.dat" in record.results


def test_a_start_that_never_was_is_made_good(site, acting, solving):
    acting.attempt(Relaunch(solving))
    assert len(site.processes.started) == 2  # the runner itself sees to it that one runs


def test_a_start_without_a_folder_is_a_lost_run(site, acting, solving):
    solving.folder.remove()
    acting.attempt(Relaunch(solving))
    assert len(site.processes.started) == 1
    assert len(site.tickets("incoming")) == 1


def test_a_stop_is_noted_before_it_is_asked_for(site, acting, solving):
    reached = Reached(StoppedFor.WALLTIME, "It ran for 2 s; its walltime is 1 s.")
    acting.attempt(Stop(solving, force=False, reached=reached))
    note = solving.folder.stop_note
    assert (note.reason, note.by, note.why) == ("walltime", "node alpha", reached.sentence)
    assert reached.sentence in site.journal()
    assert site.processes.stopped == [(solving.folder.path.name, False)]
    acting.attempt(Stop(solving, force=True))
    assert site.processes.stopped[-1] == (solving.folder.path.name, True) and solving.forced


def test_a_fenced_attempt_is_stopped_and_let_go(site, acting, solving):
    requeue(site.share, site.spool.doors, solving.place)
    site.clock.sleep(site.spool.settings.door_grace_s)
    acting.attempt(End(solving, ENDED))
    assert solving.phase is not Phase.OVER  # another's door is in the way
    site.clock.sleep(site.spool.settings.door_grace_s)
    acting.attempt(End(solving, ENDED))
    assert solving.phase is Phase.OVER
    assert (solving.folder.path.name, True) in site.processes.stopped
    assert outcomes(site.root) == {}


def test_a_claim_is_no_action_on_an_attempt(acting):
    with pytest.raises(TypeError):
        acting.attempt(Claim(TicketName(5, "20260101-000000-000", "job-abcde")))


@pytest.fixture
def unlicensed(site, solving, monkeypatch):
    """A run of Abaqus that got no licence."""
    monkeypatch.setitem(site.node.profiles, "command", site.node.profiles["abaqus"])
    (solving.folder.run / "solver.out").write_text(
        "Abaqus JOB bracket\nAbaqus Error: Error checking out Abaqus license.\n"
    )
    return solving


def test_a_run_without_a_licence_is_handed_back_and_does_not_count(
    site, acting, unlicensed, avoided
):
    acting.attempt(End(unlicensed, Ended(1, None, 0.5, 1000.0)))
    (name,) = site.tickets("incoming")
    assert ".g2.a0." in name and site.tickets("running") == []
    assert unlicensed.phase is Phase.OVER and avoided == []
    assert not acting.licences.set_aside(unlicensed.ticket)
    site.clock.sleep(PAUSE_FIRST_S)
    assert acting.licences.set_aside(unlicensed.ticket)
    assert left_on(site.node.scratch.root) == []
    assert "Abaqus got no licence" in site.journal()


def test_a_refused_run_whose_door_is_another_s_counts_as_refused_once(
    site, acting, unlicensed, monkeypatch
):
    monkeypatch.setattr("node_service.ending.hand_back", lambda *_: None)
    for _ in range(3):
        acting.attempt(End(unlicensed, Ended(1, None, 0.5, 1000.0)))
    assert unlicensed.phase is Phase.SOLVING
    assert acting.licences.set_aside(unlicensed.ticket)


def test_the_end_of_a_run_lets_the_refused_try_again(site, acting, unlicensed):
    acting.licences.note_end(unlicensed.ticket, refused=True)
    assert not acting.licences.set_aside(unlicensed.ticket)
    (unlicensed.folder.run / "solver.out").write_text("Abaqus Error: something else\n")
    acting.attempt(End(unlicensed, Ended(1, None, 0.5, 1000.0)))
    assert acting.licences.set_aside(unlicensed.ticket)


def test_one_that_was_stopped_meanwhile_is_not_handed_back(site, acting, unlicensed):
    unlicensed.folder.note_stop("walltime")
    acting.attempt(End(unlicensed, Ended(1, None, 0.5, 1000.0)))
    assert outcome(site, unlicensed).outcome == "walltime"


def test_the_solvers_own_way_comes_before_signals(site, acting, solving, monkeypatch):
    from dataclasses import replace

    told = []
    profile = replace(site.node.profiles["command"], stop_command=("{program}", "end"))
    monkeypatch.setitem(site.node.profiles, "command", profile)
    monkeypatch.setattr(site.processes, "tell", lambda *words: told.append(words), raising=False)
    acting.attempt(Stop(solving, force=False))
    assert len(told) == 1 and site.processes.stopped == [] and not solving.signalled
    acting.attempt(Stop(solving, force=False))
    assert len(told) == 1 and solving.signalled
    assert site.processes.stopped == [(solving.folder.path.name, False)]
    acting.attempt(Stop(solving, force=True))
    assert site.processes.stopped[-1] == (solving.folder.path.name, True)


def test_a_job_that_is_not_wanted_any_more_is_not_started_however_far_it_is(site, acting):
    attempt = site.attempt()
    real = site.share.copy_out

    def copied(source, target):
        attempt.granted = Granted(Verb.CANCEL, "jo", "wrong mesh")  # while the inputs come
        return real(source, target)

    site.share.copy_out = copied
    acting.attempt(Begin(attempt))
    record = outcome(site, attempt)
    assert (record.outcome, record.by, record.results) == ("cancelled", "jo", ())
    assert site.processes.started == [] and attempt.phase is Phase.OVER


def test_staging_breaks_off_between_two_files(site, acting):
    attempt = site.attempt()
    attempt.granted = Granted(Verb.REQUEUE, "jo")
    acting.attempt(Begin(attempt))
    assert not any(call.startswith("copy_out") for call in site.share.calls)
    assert len(site.tickets("incoming")) == 1 and site.processes.started == []


def test_to_run_again_waits_for_another_s_door_and_throws_the_results_away(site, acting, solving):
    solving.granted = Granted(Verb.REQUEUE, "jo")
    acting.attempt(Stop(solving, force=False))
    assert solving.folder.stop_note.by == "jo"
    (site.root / f"doors/{solving.job}.g2").mkdir()
    acting.attempt(End(solving, ENDED))
    assert solving.try_again_s > site.clock.monotonic_s() and solving.phase is Phase.SOLVING
    site.clock.sleep(QUICK["door_grace"] * 2)
    acting.attempt(End(solving, ENDED))
    assert solving.phase is Phase.OVER and site.tickets("incoming")[0].count(".g3.a1") == 1


def test_what_is_put_off_says_why_until_it_is_done_and_is_tried_ever_more_rarely(
    site, acting, solving, monkeypatch
):
    waits = [True]
    why = "the share has 1.0 MB free"
    monkeypatch.setattr(acting.room, "why_not_published", lambda size: why if waits else None)
    delays = []
    for _ in range(4):
        began_s = site.clock.monotonic_s()
        acting.attempt(End(solving, Ended(0, None, 1.0, 1000.0)))
        assert (solving.problem, solving.has_ended) == (why, True)
        delays.append(solving.try_again_s - began_s)
    assert delays == [RETRY_FIRST_S * 2**n for n in range(4)]
    waits.clear()
    acting.attempt(End(solving, Ended(0, None, 1.0, 1000.0)))
    assert (solving.problem, solving.failures, solving.phase) == ("", 0, Phase.OVER)


@pytest.mark.parametrize(
    ("asked_bytes", "retries", "is_run_again"),
    [(1 << 20, 1, True), (1 << 20, 0, False), (10, 1, False), (None, 1, False)],
)
def test_who_met_a_full_disk_without_having_filled_it_is_run_again(
    site, acting, avoided, solving, monkeypatch, asked_bytes, retries, is_run_again
):
    draft = solving.ticket.draft
    object.__setattr__(draft, "resources", Resources(scratch_bytes=asked_bytes))
    object.__setattr__(draft, "retries", retries)
    (solving.folder.run / "result").write_bytes(b"x" * 1000)
    monkeypatch.setattr(type(site.node.scratch), "free_bytes", lambda _: 0)
    acting.attempt(End(solving, Ended(0, None, 1.0, 1000.0)))
    assert solving.phase is Phase.OVER and not solving.folder.path.exists()
    assert bool(site.tickets("incoming")) == is_run_again
    assert avoided == [solving.job] * is_run_again
    if not is_run_again:
        assert outcomes(site.root)[solving.job].reason == "disk-full"
