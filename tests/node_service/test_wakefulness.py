"""The machine is kept awake while it solves, and left in peace when it goes."""

from dataclasses import replace

import pytest

from node_service.wakefulness import LEAVING
from spool_layout.request import Verb
from tests.node_service.test_job_requests import Obedient, granted, run
from tests.owners import OwnedShare
from wamspool.snapshot import read_node


class Asked:
    """A machine that keeps what it is asked for."""

    def __init__(self, problem=""):
        self.problem = problem
        self.awake = self.delays = False
        self.closed = 0
        self.tell = None

    def keep_awake(self, *, wanted):
        self.awake = wanted
        return self.problem

    def delay_leaving(self, *, wanted):
        self.delays = wanted
        return self.problem

    def watch_leaving(self, tell):
        self.tell = tell
        return self.problem

    def close(self):
        self.closed += 1


@pytest.fixture
def site(make_site):
    made = make_site(processes=Obedient())
    made.share._share = OwnedShare(made.share._share, nodes="wam")
    return made


@pytest.fixture
def machine(site):
    made = Asked()
    site.node = replace(site.node, power=made)
    return made


def test_awake_while_a_solver_computes_and_no_longer(site, machine):
    loop = site.loop()
    run(site, loop, 2)
    assert not machine.awake and machine.delays
    job = site.submit().job
    run(site, loop)
    assert machine.awake
    granted(site, Verb.SUSPEND, job)
    run(site, loop, 13)
    assert not machine.awake
    granted(site, Verb.UNSUSPEND, job)
    run(site, loop)
    assert machine.awake
    site.processes.end_all()
    run(site, loop, 13)
    assert not machine.awake


def test_between_short_jobs_it_stays_awake(site, machine):
    """One program was started, and one ended, for each of them."""
    machine.asked = []
    keep = machine.keep_awake
    machine.keep_awake = lambda *, wanted: machine.asked.append(wanted) or keep(wanted=wanted)
    loop = site.loop()
    for _ in range(3):
        site.submit()
        run(site, loop, 3)
        site.processes.end_all()
        run(site, loop, 3)
    assert set(machine.asked) == {True}
    run(site, loop, 13)
    assert machine.asked[-1] is False


def test_a_machine_that_is_about_to_go_gets_nothing_new_and_is_let_go(site, machine):
    loop = site.loop()
    run(site, loop, 3)
    machine.tell(True)
    site.submit()
    run(site, loop)
    assert site.tickets("running") == [] and not machine.delays
    status = read_node(site.spool, "alpha").status
    assert status.state == "draining" and LEAVING in status.problems
    machine.tell(False)
    run(site, loop)
    assert len(site.tickets("running")) == 1 and machine.delays
    assert read_node(site.spool, "alpha").status.state == "up"


def test_what_does_not_work_is_said_once(site, caplog):
    site.node = replace(site.node, power=Asked("systemd-inhibit cannot be started"))
    loop = site.loop()
    site.submit()
    run(site, loop, 20)
    said = [record for record in caplog.records if record.message == "may fall asleep"]
    assert len(said) == 1 and len(site.tickets("running")) == 1


def test_who_does_not_want_it_is_not_asked(site, machine):
    site.node = replace(site.node, settings=replace(site.node.settings, keep_awake=False))
    loop = site.loop()
    site.submit()
    run(site, loop)
    assert (machine.awake, machine.delays, machine.tell) == (False, False, None)


def test_a_service_that_ends_holds_nothing(site, machine):
    loop = site.loop()
    run(site, loop, 2)
    loop._finish()
    assert machine.closed == 1
