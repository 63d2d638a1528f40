"""Clients that die between any two operations on the share: what they were at harms no job.

Each command is killed at each of its operations in turn, on a spool with a living node. The job
it was about must then lie in one place, end once, and leave nothing that nobody tidies.
"""

from contextlib import suppress

import pytest

from client_tools import which_spool, wiring
from client_tools.app import main
from tests.faults import Crash, FaultyShare
from tests.node_service import conftest
from tests.real.real_spool import TICKETS_LIE_IN, left_over, outcomes

make_site, site = conftest.make_site, conftest.site
POINTS_MAX = 80
COMMANDS = {
    "hold": "queued",
    "release": "held",
    "priority": "queued",
    "kill": "queued",
    "requeue": "done",
}
MORE = {"priority": ["high"], "kill": ["--yes"]}


def bring(site, loop, state, name):
    """A job in this state, on a node that takes no more."""
    draining = loop._requests.draining
    draining.begin(by="", why="", since="")
    job = site.submit(name=name).job
    if state == "held":
        for path in (site.root / "incoming").glob("*.yaml"):
            path.rename(site.root / "held" / path.name)
    if state == "done":
        draining.end()
        end(site, loop, job)
        draining.begin(by="", why="", since="")
    return job


def end(site, loop, job):
    """The node runs what there is; what is held is let go by hand."""
    loop._requests.draining.end()
    for _ in range(100):
        for path in (site.root / "held").glob("*.yaml"):
            path.rename(site.root / "incoming" / path.name)
        site.processes.end_all()
        site.turn(loop, step_s=2.0)
        if job in outcomes(site.root) and all(map(is_cut_off, left(site))):
            return


def left(site):
    """But for a hidden file of who asked for his own name, which goes in an hour."""
    return [path for path in left_over(site.root) if not path.startswith("requests/.wam-")]


def is_cut_off(path):
    """A job that was never handed in whole; its folder is set aside after a week."""
    return path.startswith("jobs/requeue")


def places(site, job):
    return [
        *(path for folder in TICKETS_LIE_IN for path in (site.root / folder).glob(f"*{job}*.yaml")),
        *site.root.glob(f"done/*/{job}*/ticket.yaml"),
        *site.root.glob(f"done/*/.{job}.g*/ticket.yaml"),
    ]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_that_is_killed_anywhere_harms_no_job(site, command, monkeypatch):
    monkeypatch.setattr(wiring, "system_clock", lambda: site.clock)
    loop = site.loop()
    for number in range(1, POINTS_MAX):
        job = bring(site, loop, COMMANDS[command], f"{command}{number}")
        before = set(outcomes(site.root))
        share = FaultyShare(site.share._share, crash_before=number)
        monkeypatch.setattr(which_spool, "open_share", lambda *_, s=share, **__: s)
        with suppress(Crash):
            main([command, job, *MORE.get(command, []), "--spool", str(site.root)])
        assert len(places(site, job)) == 1, number
        end(site, loop, job)
        ended = outcomes(site.root)
        assert job in ended, number
        assert all(command == "requeue" and is_cut_off(path) for path in left(site)), number
        assert len(set(ended) - before - {job}) <= (command == "requeue")
        assert {ended[other].outcome for other in set(ended) - before - {job}} <= {"completed"}
        if not share.dead:
            break
    assert number > 5 and not share.dead
