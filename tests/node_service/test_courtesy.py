"""A node's hours and the cores that it keeps back, in the service. It is a Sunday, 9:30 UTC."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from node_service.courtesy import LOOK_S, Courtesy
from node_service.opening import KeptBack
from node_service.own_status import own_status, status_lines
from spool_layout.ticket import Resources
from spool_layout.windows import parse_window
from tests.real.real_spool import outcomes
from wamspool.snapshot import read_node

SUNDAY = datetime(2026, 3, 8, 9, 30, tzinfo=UTC)
NIGHTS = (parse_window("mon-fri 18:00-07:00"),)
MORNINGS = (parse_window("09:00-10:00"),)


@pytest.fixture
def begin(site):
    """A service with such settings, whose hours are those of UTC."""

    def make(**settings):
        site.node = replace(site.node, settings=replace(site.node.settings, **settings))
        site.clock.sleep((SUNDAY - site.clock.utc_now()).total_seconds())
        site.node.lease.renew(site.clock.monotonic_s())
        loop = site.loop()
        loop._claiming.courtesy = courtesy = Courtesy(site.node, zone=UTC)
        loop._heartbeat._announced = loop._claiming.announced
        assert courtesy.hours.zone is UTC
        return loop

    return make


def run(site, loop, times, step_s=1.0):
    for _ in range(times):
        site.node.lease.renew(site.clock.monotonic_s())
        loop.turn()
        site.clock.sleep(step_s)


def status(site):
    return read_node(site.spool, "alpha").status


def test_out_of_its_hours_it_claims_nothing_and_says_when_it_opens(site, begin):
    loop = begin(windows=NIGHTS)
    site.submit()
    run(site, loop, 5)
    assert site.tickets("running") == [] and len(site.tickets("incoming")) == 1
    assert (status(site).state, status(site).opens) == ("closed", "2026-03-09T18:00:00.000Z")
    site.clock.sleep(33 * 3600)
    run(site, loop, 8)
    assert len(site.tickets("running")) == 1
    assert (status(site).state, status(site).opens) == ("up", "")
    assert status(site).closes == "2026-03-10T07:00:00.000Z"


def test_the_machine_tells_of_it_without_the_share(site, begin):
    loop = begin(windows=NIGHTS, keep_back=(KeptBack(1, MORNINGS[0]),))
    run(site, loop, 3)
    told, _ = own_status(site.node.settings.scratch)
    lines = status_lines(told, running=True, now=site.clock.utc_now())
    (hours,) = [line for line in lines if line.startswith("  hours")]
    assert hours.endswith(", 1 core kept back") and "opens Mon 09 Mar" in hours
    assert lines[0].startswith("alpha: closed")


def test_drops_become_jobs_nevertheless(site, begin):
    loop = begin(windows=NIGHTS)
    (site.root / "incoming" / "plate.inp").write_text("*STEP\n*END STEP\n")
    run(site, loop, 20)
    assert [name.endswith(".yaml") for name in site.tickets("incoming")] == [True]


def test_what_would_run_past_the_closing_waits(site, begin):
    loop = begin(windows=MORNINGS)
    site.submit(name="long", resources=Resources(walltime_s=3600.0))
    site.submit(name="short", resources=Resources(walltime_s=60.0))
    run(site, loop, 5)
    (running,) = site.tickets("running")
    assert "short" in running


def test_what_runs_finishes_after_the_closing(site, begin):
    loop = begin(windows=MORNINGS)
    job = site.submit().job
    run(site, loop, 5)
    site.clock.sleep(3600)
    run(site, loop, 5)
    assert status(site).state == "closed" and site.processes.told == []
    site.processes.end_all()
    run(site, loop, 5)
    assert outcomes(site.root)[job].outcome == "completed"


def test_or_stands_still_until_the_opening(site, begin):
    loop = begin(windows=MORNINGS, outside="suspend")
    site.submit()
    run(site, loop, 5)
    site.clock.sleep(3600)
    run(site, loop, 5)
    assert [what for what, _ in site.processes.told] == ["suspend"]
    (job,) = status(site).jobs
    assert job.suspended_why == "outside of the node's hours" and not job.suspend_asked
    site.clock.sleep(23 * 3600)
    run(site, loop, 5)
    assert [what for what, _ in site.processes.told] == ["suspend", "resume"]


def test_cores_are_kept_back_by_the_hour(site, begin):
    loop = begin(cpus=4, keep_back=(KeptBack(3, MORNINGS[0]), KeptBack(1, NIGHTS[0])))
    site.submit(name="one")
    site.submit(name="two")
    run(site, loop, 5)
    assert len(site.tickets("running")) == 1
    assert (status(site).kept_back, status(site).cpus_free) == (3, 0)
    site.clock.sleep(3600)
    run(site, loop, 8)
    assert len(site.tickets("running")) == 2 and status(site).kept_back == 0


def test_and_while_somebody_uses_the_machine(site):
    site.node = replace(
        site.node, settings=replace(site.node.settings, keep_back=(KeptBack(2, None),))
    )
    looks = []
    courtesy = Courtesy(site.node, in_use=lambda _: looks.append(1) or len(looks) == 1)
    assert courtesy.kept_back() == courtesy.kept_back() == 2 and len(looks) == 1
    site.clock.sleep(LOOK_S)
    assert courtesy.kept_back() == 0
