"""The loop: looks, decides, acts; nothing that one job or one user does keeps it from the rest."""

import itertools
import threading
from dataclasses import replace

import pytest

from node_service import settings
from node_service.attempt import Phase
from node_service.claiming import AVOID_MOST_S
from node_service.processes import Running
from node_service.stage_in import ScratchShort
from spool_layout.ticket import Resources
from tests.real.real_spool import left_over, outcomes
from wamspool.errors import Denied, Full, TicketGone, Unreachable

LOST = Unreachable("spool", "timed out")


def finish_all(site, loop, *, times=4):
    site.turn(loop, times)
    site.processes.end_all()
    site.turn(loop, times)


def test_a_job_is_claimed_run_and_shown(site):
    ticket = site.submit()
    loop = site.loop()
    finish_all(site, loop)
    assert outcomes(site.root)[ticket.job].outcome == "completed"
    assert left_over(site.root) == []


def test_no_more_is_claimed_than_there_are_cores(site):
    for _ in range(3):
        site.submit()
    site.turn(site.loop(), 3)
    assert len(site.tickets("running")) == 2 and len(site.tickets("incoming")) == 1


def looks(site):
    return sum(call == "list incoming" for call in site.share.calls)


def test_short_jobs_are_taken_from_what_one_look_has_shown(site):
    """A node listed the whole queue anew for each of them."""
    jobs = {site.submit().job for _ in range(9)}
    loop = site.loop()
    for _ in range(12):
        loop.turn()  # no time passes
        site.processes.end_all()
    assert set(outcomes(site.root)) == jobs
    assert looks(site) <= 4 < len(jobs)  # one shows them, the last ones that nothing is left


def test_an_unchanged_queue_that_has_nothing_for_this_node_is_not_gone_through(site, monkeypatch):
    for _ in range(5):
        site.submit(nodes=("elsewhere",))
    loop = site.loop()
    site.turn(loop, 20)
    monkeypatch.setattr(loop._claiming.tickets, "read", None)
    monkeypatch.setattr(type(loop._claiming._candidates), "__iter__", None)
    before = looks(site)
    site.turn(loop, 20)
    assert looks(site) > before
    monkeypatch.undo()
    job = site.submit().job
    finish_all(site, loop, times=9)
    assert list(outcomes(site.root)) == [job]


def test_room_in_which_nothing_fits_is_forgotten_with_the_look_that_says_so(site, monkeypatch):
    for _ in range(5):
        site.submit(nodes=("elsewhere",))
    loop = site.loop()
    site.turn(loop, 20)
    loop._claiming.room_found()
    loop.look_again()
    loop.turn()
    monkeypatch.setattr(type(loop._claiming._candidates), "__iter__", None)
    before = looks(site)
    loop.turn()  # no time passes, so it does not look either
    assert looks(site) == before


def test_a_node_that_was_told_to_stop_leaves_its_runs_alone(site):
    site.submit()
    loop = site.loop()
    site.turn(loop, 2)
    loop.stop()
    loop.run()
    assert site.processes.stopped == []
    assert len(site.tickets("running")) == 1


def test_once_takes_what_fits_and_ends_when_it_is_finished(make_site):
    site = make_site(once=True, until_idle=False)
    jobs = [site.submit().job for _ in range(3)]
    ended = threading.Timer(0.3, site.processes.end_all)
    ended.start()
    from node_service.loop import Loop

    loop = Loop(site.node)
    patch_wait(loop, site)
    loop.run()
    ended.join()
    assert sorted(outcomes(site.root)) == sorted(jobs[:2])
    assert len(site.tickets("incoming")) == 1


def patch_wait(loop, site):
    """Waiting moves the test's clock on."""

    class Woken(threading.Event):
        def wait(self, timeout=None):
            site.clock.sleep(0.2)
            return super().wait(0.002)

    loop._woken = Woken()


def test_once_does_not_spin_while_its_job_runs(make_site):
    site = make_site(once=True, until_idle=False)
    site.submit()
    loop = site.loop()
    site.turn(loop, 30)
    loop.turn()
    assert len(site.tickets("running")) == 1 and loop._pause_s() > 0
    site.processes.end_all()
    site.turn(loop, 2)
    assert loop._is_done()


def test_until_idle_sees_what_lies_in_a_folder_that_was_not_listed_yet(site):
    loop = site.loop()
    (site.root / "incoming/study").mkdir()
    (site.root / "incoming/study/a.inp").write_text("echo\n")
    assert not loop._is_done()


def test_until_idle_waits_for_the_jobs_of_others_and_not_for_held_ones(site):
    loop = site.loop()
    assert loop._is_done()
    name = "5-20260101-000000-000-job-abcde"
    (site.root / f"held/{name}.yaml").touch()
    assert loop._is_done()
    (site.root / f"running/{name}.g1.a1.beta.yaml").touch()
    assert not loop._is_done()


def test_until_idle_waits_for_a_drop_that_is_half_adopted(site):
    from spool_layout.ticket import format_ticket

    ticket = site.submit()
    (queued,) = (site.root / "incoming").glob("*.yaml")
    loop = site.loop()
    queued.unlink()
    assert loop._is_done()
    dropped = {"dropped": f"incoming/{ticket.draft.input}"}
    drafted = replace(ticket, draft=replace(ticket.draft, extra=dropped))
    (site.root / f"jobs/{ticket.job}/ticket.draft.yaml").write_text(format_ticket(drafted))
    assert not loop._is_done()


def test_a_share_that_cannot_be_reached_is_no_news_and_looked_at_again(site):
    site.submit()
    loop = site.loop()
    site.share.fail("list", LOST, about="incoming", times=2)
    site.turn(loop)
    assert "timed out" in loop._outage.problem
    site.turn(loop, 5)
    assert loop._outage.problem == "" and len(site.tickets("running")) == 1


@pytest.mark.parametrize("error", [LOST, Denied("incoming", "no right")])
def test_a_ticket_that_cannot_be_read_keeps_nobody_from_the_next(site, error):
    site.submit(name="first")
    site.clock.sleep(1)
    site.submit(name="second")
    site.share.fail("read", error, about="first", times=50)
    site.turn(site.loop(), 3)
    assert [name.split("-")[4] for name in site.tickets("running")] == ["second"]


@pytest.mark.parametrize("verb", ["make_folder", "move", "copy_out", "append", "copy_in", "create"])
def test_an_outage_at_any_verb_ends_nothing(site, verb):
    ticket = site.submit()
    loop = site.loop()
    site.share.fail(verb, LOST, times=3)
    site.turn(loop, 30)
    site.share.heal()
    site.turn(loop, 60)
    site.processes.end_all()
    site.share.fail(verb, LOST, times=3)
    site.turn(loop, 70)
    site.share.heal()
    site.turn(loop, 70)
    assert outcomes(site.root)[ticket.job].outcome == "completed"
    assert len(site.processes.started) == 1


@pytest.mark.parametrize("lists_fail", [0, 1, 2])
def test_a_claim_whose_answer_was_lost_is_not_forgotten(site, lists_fail):
    ticket = site.submit()
    loop = site.loop()
    site.share.fail("move", LOST, about="claimed/", done=True)
    site.share.fail("list", LOST, about="claimed", times=lists_fail)
    site.turn(loop, 5)
    assert [name.count(ticket.job) for name in site.tickets("running")] == [1]


def test_a_folder_that_nobody_may_list_keeps_nobody_from_the_queue(site):
    (site.root / "incoming/private").mkdir()
    site.submit()
    site.share.fail("list", Denied("incoming/private", "no right"), about="private", times=100)
    site.turn(site.loop(), 20)
    assert len(site.tickets("running")) == 1


def test_drops_that_wait_take_turns_and_the_loop_rests(make_site):
    site = make_site(programs={"calculix": "/bin/true", "command": "/bin/sh"})
    for number in range(settings.DROPS_AT_ONCE + 4):
        text = "*INCLUDE, INPUT=missing.inc\n*NODE\n1,0,0,0\n*STEP\n*STATIC\n*END STEP\n"
        (site.root / f"incoming/a{number:02}.inp").write_text("** \n" + text)
    (site.root / "incoming/z.inp").write_text("echo\n")
    loop = site.loop()
    site.share.fail("settled", LOST, about="incoming/a", times=10_000)
    site.turn(loop, 6, step_s=0.01)
    assert len(site.tickets("incoming") + site.tickets("running")) == 1
    pauses = []
    for _ in range(6):
        site.turn(loop, step_s=0.01)
        pauses.append(loop._pause_s())
    assert max(pauses) > 0.0


def test_a_full_share_does_not_make_the_loop_spin(site):
    loop = site.loop()
    site.share.fail("create", Full("nodes", "no room"), times=1000)
    site.turn(loop, step_s=0.0)
    assert loop._pause_s() > 0.1


def test_what_is_large_is_staged_by_a_thread_while_the_loop_goes_on(site, monkeypatch):
    monkeypatch.setattr("node_service.staff.INLINE_BYTES", 2)
    site.submit()
    loop = site.loop()
    entered, leave = threading.Event(), threading.Event()
    real = site.node.scratch.new_attempt

    def slow(folder):
        entered.set()
        assert leave.wait(20)
        real(folder)

    monkeypatch.setattr(type(site.node.scratch), "new_attempt", lambda _, folder: slow(folder))
    site.turn(loop)
    assert entered.wait(20)
    (attempt,) = loop._attempts.values()
    assert attempt.busy
    site.turn(loop, 3)
    assert site.processes.started == []
    leave.set()
    loop._staff.dismiss()
    assert len(site.processes.started) == 1 and not attempt.busy


def test_cores_are_others_while_results_are_on_their_way(site, monkeypatch):
    """Of two cores both: a third and a fourth job run while nothing can be published."""
    waits = ["the share has 1.0 MB free"]
    loop = site.loop()
    monkeypatch.setattr(loop._room, "why_not_published", lambda _: waits[0] if waits else None)
    for number in range(8):
        site.submit(name=f"job{number}")
    for _ in range(8):
        site.turn(loop, 2)
        site.processes.end_all()
    # Results of four wait; those of a fifth and a sixth keep their cores: scratch must not fill up.
    told = [a for a in loop._attempts.values() if a.has_ended]
    assert len(told) == len(loop._attempts) == 6 and len(site.tickets("incoming")) == 2
    assert loop._claiming.free().cpus == 0
    waits.clear()
    for _ in range(3):
        finish_all(site, loop, times=40)
    assert len(outcomes(site.root)) == 8 and not loop._attempts


def test_gpus_are_given_out_by_index_once_each(make_site):
    site = make_site(gpus=2)
    loop = site.loop()
    for number in range(2):
        site.submit(name=f"job{number}")
    free = loop._claiming._allotting.free_gpus
    assert free() == (0, 1)
    site.turn(loop, 2)
    for index, attempt in enumerate(loop._attempts.values()):
        attempt.gpus = (index,)
    assert free() == ()


def test_a_job_that_was_handed_back_is_left_to_others_for_a_while(site, monkeypatch):
    site.submit()
    loop = site.loop()
    # Enough for the node, and less than the profile wants for a job.
    changed = replace(site.node.profiles["command"], min_free_scratch_bytes=1 << 60)
    monkeypatch.setitem(site.node.profiles, "command", changed)
    site.turn(loop, 20)
    assert site.journal().count('"event": "hand_back"') == 1
    site.turn(loop, 60)
    assert site.journal().count('"event": "hand_back"') == 2


def test_another_that_was_first_is_no_trouble(site, monkeypatch):
    def first(*_, **__):
        raise TicketGone("somebody else")

    monkeypatch.setattr("node_service.licences.claim", first)
    site.submit()
    loop = site.loop()
    site.turn(loop, 3)
    assert loop._attempts == {}


def test_a_run_of_an_earlier_service_is_followed(make_site):
    site = make_site()
    site.submit()
    site.turn(site.loop(), 2)
    later = make_site(root=site.root, processes=site.processes, scratch="scratch-alpha")
    loop = later.loop()
    (attempt,) = loop._attempts.values()
    assert attempt.phase is Phase.SOLVING
    assert isinstance(site.processes.states[attempt.folder.path.name], Running)
    site.processes.end_all()
    later.turn(loop, 3)
    assert len(outcomes(site.root)) == 1 and len(site.processes.started) == 1


def test_a_run_is_ended_at_its_walltime_while_a_call_to_the_share_hangs(site):
    site.submit(resources=Resources(walltime_s=30.0))
    loop = site.loop()
    site.turn(loop, 2)
    (name,) = site.processes.started
    site.share.calls.clear()
    site.clock.sleep(20)
    loop._hang(20.0)
    assert site.processes.stopped == []
    site.clock.sleep(10)
    loop._hang(30.0)
    assert site.processes.stopped == [(name, False)]
    for _ in range(3):
        site.clock.sleep(5)
        loop._hang(40.0)
    assert site.processes.stopped == [(name, False), (name, True)]
    assert site.share.calls == []
    (attempt,) = loop._attempts.values()
    assert attempt.folder.stop_note.reason == "walltime"


def test_limits_are_looked_at_without_the_share_although_room_is_kept_for_a_large_job(make_site):
    site = make_site(programs=None)
    site.submit(resources=Resources(walltime_s=3000.0))
    loop = site.loop()
    site.turn(loop, 2)
    site.submit(name="large", resources=Resources(2))
    site.turn(loop, 130, step_s=20.0)
    assert loop._claiming.keeping.job
    loop._expiring.nodes = ("alpha", "beta")  # then others are asked for whom they keep room
    site.clock.sleep(3000)
    site.share.calls.clear()
    loop._hang(20.0)
    assert site.share.calls == [] and site.processes.stopped


def test_a_scratch_that_is_away_does_not_end_the_service(site):
    loop = site.loop()
    away = site.node.scratch.root.rename(site.node.scratch.root.with_suffix(".away"))
    site.turn(loop, 3)
    assert any("less than" in problem for problem in loop._condition.problems())
    site.submit()
    away.rename(site.node.scratch.root)
    site.turn(loop, 4)
    assert len(site.tickets("running")) == 1


def test_a_share_that_answers_while_limits_are_looked_at_ends_no_watch(site, monkeypatch):
    loop = site.loop()

    def changing(*_):
        raise RuntimeError("dictionary changed size during iteration")

    monkeypatch.setattr(loop, "_view", changing)
    loop._hang(30.0)
    assert site.processes.stopped == []


def test_a_job_that_is_claimed_in_vain_is_left_alone_for_longer_and_longer(site, monkeypatch):
    """Each claim in vain leaves a door until the job is done."""
    tried = []

    def refuse(node, attempt, profile):
        tried.append(site.clock.monotonic_s())
        raise ScratchShort("no room")

    monkeypatch.setattr("node_service.stage_in._refuse_short_scratch", refuse)
    site.submit()
    loop = site.loop()
    site.turn(loop, 600, step_s=10.0)
    pauses = [round(after - before, -2) for before, after in itertools.pairwise(tried)]
    assert pauses[:2] == [100, 100] and set(pauses[-3:]) == {round(AVOID_MOST_S, -2)}
    assert len(list((site.root / "doors").iterdir())) < 30
    monkeypatch.undo()
    site.turn(loop, 100, step_s=10.0)
    assert len(site.tickets("running")) == 1
