"""Runs that are to stand still: asked for by requests, in the solver's way first, and for how long."""

from dataclasses import replace

import pytest

from node_service.processes import Ended, Running
from spool_layout.request import Verb
from spool_layout.ticket import Resources
from tests.node_service.test_job_requests import Obedient, beat, granted, left, run, solving
from tests.owners import OwnedShare
from tests.real.real_spool import outcomes
from wamspool.snapshot import read_node


@pytest.fixture
def site(make_site):
    made = make_site(processes=Obedient())
    made.share._share = OwnedShare(made.share._share, nodes="wam")
    return made


def said(site):
    (job,) = read_node(site.spool, "alpha").status.jobs
    return job


def told(site):
    return [what for what, _ in site.processes.told]


def test_a_run_stands_still_until_it_is_resumed_and_its_node_tells_of_it(site):
    job, loop = solving(site)
    granted(site, Verb.SUSPEND, job, "the machine is needed")
    run(site, loop)
    assert told(site) == ["suspend"] and left(site) == []
    assert said(site).suspended and said(site).suspend_asked
    assert said(site).suspended_why == "asked by jo: the machine is needed"
    assert site.tickets("running") and said(site).phase == "solving"
    granted(site, Verb.UNSUSPEND, job)
    run(site, loop)
    assert told(site) == ["suspend", "resume"] and left(site) == []
    assert (said(site).suspended, said(site).suspend_asked) == ("", False)
    journal = site.journal()
    assert '"suspend_asked"' in journal and '"unsuspend"' in journal


def test_walltime_does_not_count_meanwhile(site):
    job, loop = solving(site, resources=Resources(walltime_s=60.0))
    granted(site, Verb.SUSPEND, job)
    run(site, loop, 100)
    assert site.processes.stopped == []
    granted(site, Verb.UNSUSPEND, job)
    run(site, loop, 40)
    assert site.processes.stopped == [] and told(site) == ["suspend", "resume"]
    run(site, loop, 30)
    assert site.processes.stopped
    assert outcomes(site.root)[job].outcome == "walltime"


def test_nor_after_a_restart_of_the_service(site):
    job, loop = solving(site, resources=Resources(walltime_s=60.0))
    for name in site.processes.states:
        site.processes.states[name] = Running(1, site.clock.utc_now().timestamp())
    granted(site, Verb.SUSPEND, job)
    run(site, loop, 100)
    again = site.loop()
    run(site, again, 50)
    assert site.processes.stopped == [] and said(site).suspended
    granted(site, Verb.UNSUSPEND, job)
    run(site, again, 10)
    third = site.loop()
    run(site, third, 25)
    assert site.processes.stopped == [] and not said(site).suspended
    run(site, third, 40)
    assert outcomes(site.root)[job].outcome == "walltime"


def test_a_suspended_run_can_be_ended(site):
    job, loop = solving(site)
    granted(site, Verb.SUSPEND, job)
    run(site, loop)
    granted(site, Verb.CANCEL, job)
    run(site, loop)
    assert told(site) == ["suspend", "resume"]  # or it would not hear that it is to end
    assert outcomes(site.root)[job].outcome == "cancelled"


def test_one_that_ends_nevertheless_is_judged_as_ever(site):
    job, loop = solving(site)
    granted(site, Verb.SUSPEND, job)
    run(site, loop)
    for name in site.processes.states:
        site.processes.states[name] = Ended(0, None, 0.1, 1000.0)
    run(site, loop)
    assert outcomes(site.root)[job].outcome == "completed"


def test_whoever_asked_last_is_followed(site):
    job, loop = solving(site)
    granted(site, Verb.SUSPEND, job)
    site.clock.sleep(1)
    granted(site, Verb.UNSUSPEND, job)
    site.clock.sleep(1)
    run(site, loop)
    assert told(site) == [] and left(site) == []


def test_a_stranger_is_refused(site):
    job, loop = solving(site)
    site.share._share.owners["requests"] = "eve"
    granted(site, Verb.SUSPEND, job)
    run(site, loop)
    assert told(site) == []
    assert [name.endswith(".suspend.refused.yaml") for name in left(site)] == [True]


def test_one_for_an_earlier_run_of_the_job_is_taken_away(site):
    job, loop = solving(site)
    granted(site, Verb.SUSPEND, job, generation=7)
    run(site, loop)
    assert told(site) == [] and left(site) == []


def test_the_solver_s_own_way_comes_first(site):
    profile = replace(
        site.node.profiles["command"],
        suspend_command=("{program}", "own-suspend"),
        resume_command=("{program}", "own-resume"),
        grace_s=20.0,
    )
    site.node = replace(site.node, profiles={**site.node.profiles, "command": profile})
    job, loop = solving(site)
    granted(site, Verb.SUSPEND, job)
    run(site, loop, 5)
    assert told(site) == ["own-suspend"] and said(site).suspended
    run(site, loop, 10)
    assert told(site) == ["own-suspend", "suspend"]
    granted(site, Verb.UNSUSPEND, job)
    run(site, loop)
    assert told(site)[2:] == ["resume", "own-resume"]


def test_a_service_killed_between_the_note_and_the_stop_is_followed_by_one_that_stops(site):
    job, loop = solving(site)

    def die(folder):
        raise KeyboardInterrupt

    site.processes.suspend = die
    granted(site, Verb.SUSPEND, job)
    with pytest.raises(KeyboardInterrupt):
        run(site, loop)
    del site.processes.suspend
    beat(site)
    again = site.loop()
    site.clock.sleep(30)
    run(site, again)
    assert told(site) == ["suspend"]
