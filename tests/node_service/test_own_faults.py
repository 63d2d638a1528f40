"""A bad node stops claiming and says why; one bad job, or a bad deck, does not make a bad node."""

from node_service.own_faults import JOBS_IN_A_ROW, OwnFaults
from node_service.processes import Ended, LaunchFailed, Running, Vanished
from tests.real.real_spool import outcomes
from wamspool.snapshot import read_node

NO_PROGRAM = LaunchFailed("no such program", cure="Install it.")


def test_different_jobs_in_a_row():
    faults = OwnFaults("alpha")
    assert not faults.note("a-aaaaa", "gone.", now="08:00")
    for _ in range(5):
        assert not faults.note("b-aaaaa", "gone", now="08:01"), "the same job counts once"
    assert faults.problem == "" and not faults.stand
    assert faults.note("c-aaaaa", "full", now="08:02")
    assert faults.problem == (
        "takes no more jobs since 08:02: 3 different jobs in a row could not be run here, as it "
        "seems for this node's sake (a-aaaaa, b-aaaaa: gone; c-aaaaa: full). "
        "Mend it, then: wam resume alpha"
    )
    assert not faults.note("d-aaaaa", "gone", now="08:03"), "it had stopped already"
    faults.note_run()
    assert faults.stand
    faults.forget()
    assert not faults.stand and faults.problem == ""


def test_a_run_in_between_begins_a_new_row():
    faults = OwnFaults("alpha")
    for number in range(10):
        assert not faults.note(f"a{number}-aaaaa", "gone", now="")
        if number % 2:
            faults.note_run()
    assert not faults.stand


def submit(site, count, **asked):
    return [site.submit(name=f"job{number}", **asked).job for number in range(count)]


def test_a_node_without_its_program_does_not_empty_the_queue(site):
    submit(site, 20, retries=0)
    site.processes.refusal = NO_PROGRAM
    loop = site.loop()
    site.turn(loop, 30)
    ended = outcomes(site.root)
    assert len(site.tickets("incoming")) + len(ended) == 20
    assert JOBS_IN_A_ROW <= len(ended) <= JOBS_IN_A_ROW + 1
    status = read_node(site.spool, "alpha").status
    assert status.state == "draining"
    assert status.problems[0].startswith("takes no more jobs since ")
    assert "no such program" in status.problems[0]
    assert '"event": "drain"' in site.journal()


def test_resume_lets_it_take_jobs_again(site):
    jobs = submit(site, 8, retries=0)
    site.processes.refusal = NO_PROGRAM
    loop = site.loop()
    site.turn(loop, 10)
    site.processes.refusal = None
    loop._requests.draining.end()
    site.turn(loop, 5)
    assert len(site.tickets("running")) == 2
    assert len(site.tickets("incoming")) < len(jobs)
    assert read_node(site.spool, "alpha").status.state == "up"


def test_a_restart_tries_once_more(make_site):
    site = make_site()
    submit(site, 8, retries=0)
    site.processes.refusal = NO_PROGRAM
    site.turn(site.loop(), 10)
    again = make_site(root=site.root, scratch="scratch-alpha")
    again.turn(again.loop(), 3)
    assert len(again.tickets("running")) == 2


def test_runs_that_vanish_count_too(site):
    submit(site, 6, retries=0)
    loop = site.loop()
    for _ in range(4):
        site.turn(loop, 2)
        for name, state in site.processes.states.items():
            if isinstance(state, Running):
                site.processes.states[name] = Vanished("its runner is gone")
        site.turn(loop, 2)
    assert loop._requests.draining.is_on
    assert len(site.tickets("incoming")) >= 2


def test_runs_that_a_restart_of_the_machine_has_taken_do_not_count(make_site):
    site = make_site(cpus=JOBS_IN_A_ROW)
    submit(site, JOBS_IN_A_ROW)
    site.turn(site.loop(), 4)
    running = site.processes.states
    again = make_site(root=site.root, scratch="scratch-alpha", cpus=JOBS_IN_A_ROW)
    again.processes.states = dict.fromkeys(running, Vanished("the machine was restarted"))
    loop = again.loop()
    again.turn(loop, 1)
    assert len(running) == again.journal().count('"event": "requeue"') == JOBS_IN_A_ROW
    again.turn(loop, 4)
    assert not loop._requests.draining.is_on
    assert len(again.tickets("running")) == JOBS_IN_A_ROW


def test_jobs_that_fail_by_themselves_make_no_bad_node(site):
    jobs = submit(site, 8)
    loop = site.loop()
    for _ in range(6):
        site.turn(loop, 2)
        for name in site.processes.states:
            site.processes.states[name] = Ended(127, None, 0.5, 1000.0)
        site.turn(loop, 2)
    assert sorted(outcomes(site.root)) == sorted(jobs)
    assert {record.reason for record in outcomes(site.root).values()} == {"not-runnable"}
    assert not loop._requests.draining.is_on


def test_a_job_that_no_node_can_start_is_tried_on_others_first(make_site, tmp_path):
    alpha = make_site(name="alpha")
    beta = make_site(name="beta", root=alpha.root)
    ticket = alpha.submit()
    alpha.processes.refusal = NO_PROGRAM
    alpha.turn(alpha.loop(), 3)
    assert alpha.tickets("incoming")
    beta.turn(beta.loop(), 3)
    assert [ticket.job in name and "beta" in name for name in beta.tickets("running")] == [True]


def test_a_job_that_fails_so_on_several_nodes_is_tried_on_no_more(make_site):
    first = make_site(name="n0")
    sites = [first, *(make_site(name=f"n{number}", root=first.root) for number in range(1, 5))]
    ticket = first.submit(retries=50)
    for site in sites:
        site.processes.refusal = NO_PROGRAM
        site.turn(site.loop(), 2)
    record = outcomes(first.root)[ticket.job]
    assert (record.outcome, record.reason, record.attempt) == ("failed", "lost-on-several-nodes", 3)
    assert "3 different nodes (n0, n1, n2)" in record.sentence
    assert "no such program" in record.sentence and "wam requeue" in record.sentence


def test_what_was_to_be_cancelled_does_not_wait_again(make_site):
    from node_service.act import Acting
    from node_service.decide import Begin
    from node_service.licences import Licences
    from node_service.room import Room
    from spool_layout.request import Verb
    from wamspool.asking import Granted

    site = make_site()
    attempt = site.attempt()

    def refuse(_):
        attempt.granted = Granted(Verb.CANCEL, "jo", "")
        raise NO_PROGRAM

    site.processes.start = refuse
    parts = (Licences(site.node), Room(site.node), OwnFaults(""))
    wake = note_room = lambda: None
    acting = Acting(site.node, lambda a, work, _: work(), wake, lambda _: None, note_room, *parts)
    acting.attempt(Begin(attempt))
    assert outcomes(site.root)[attempt.job].reason == "launch-failed"
