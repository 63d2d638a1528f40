"""The watch over leases."""

import pytest

from node_service.attempt import Phase
from node_service.expiring import FORGOTTEN_AGAIN_S, Expiring
from tests.real.real_spool import QUICK, outcomes
from wamspool.errors import Denied, ShareError, Unreachable

LEASE_S = QUICK["lease"]


@pytest.fixture
def dead(make_site):
    """A node that holds a job and has gone."""
    return make_site(name="dead")


@pytest.fixture
def watcher(make_site, dead):
    return make_site(name="watcher", root=dead.root)


def beat_on(site):
    """As the loop does: the watcher's own lease is kept up."""
    site.node.lease.renew(site.clock.monotonic_s())


def watch(site, expiring, *, for_s, step_s=0.4):
    grown = False
    for _ in range(round(for_s / step_s) + 1):
        beat_on(site)
        if expiring.due_in_s() <= 0:
            grown |= expiring.look([])
        site.clock.sleep(step_s)
    return grown


def test_the_claim_of_a_node_that_is_silent_for_a_lease_comes_back(dead, watcher):
    dead.claim(dead.submit())
    expiring = Expiring(watcher.node)
    assert not watch(watcher, expiring, for_s=LEASE_S - 0.8)
    assert len(watcher.tickets("claimed")) == 1
    assert watch(watcher, expiring, for_s=2)
    assert watcher.tickets("claimed") == [] and len(watcher.tickets("incoming")) == 1
    assert '"expire"' in watcher.journal() and "dead has been silent" in watcher.journal()


def test_a_node_that_beats_keeps_its_jobs(dead, watcher):
    dead.claim(dead.submit())
    expiring = Expiring(watcher.node)
    for number in range(1, 20):
        (dead.root / f"nodes/dead.{number}.json").write_text("{}")
        watch(watcher, expiring, for_s=1)
    assert len(watcher.tickets("claimed")) == 1


def test_a_watcher_whose_own_heartbeat_does_not_arrive_judges_nobody(dead, watcher):
    dead.claim(dead.submit())
    expiring = Expiring(watcher.node)
    for _ in range(20):
        watcher.clock.sleep(0.4)
        expiring.look([])
    assert len(watcher.tickets("claimed")) == 1


def test_a_job_whose_last_attempt_is_lost_is_done(dead, watcher):
    ticket = dead.submit(retries=0)
    loop = dead.loop()
    dead.turn(loop, 2)
    expiring = Expiring(watcher.node)
    assert not watch(watcher, expiring, for_s=LEASE_S + 3)
    assert outcomes(watcher.root)[ticket.job].outcome == "lost"
    assert '"give_up"' in watcher.journal()


def test_an_owner_sees_that_its_ticket_was_taken_and_stops(site, solving):
    expiring = Expiring(site.node)
    expiring.look([solving])
    assert solving.phase is Phase.SOLVING
    (path,) = (site.root / "running").iterdir()
    path.rename(site.root / "incoming" / "5-20260101-000000-000-bracket-abcde.g2.a1.yaml")
    expiring.look([solving])
    assert solving.phase is Phase.OVER
    assert site.processes.stopped == [(solving.folder.path.name, True)]


def test_one_that_a_thread_is_at_is_not_judged(site, solving):
    (path,) = (site.root / "running").iterdir()
    path.unlink()
    solving.busy = True
    Expiring(site.node).look([solving])
    assert solving.phase is Phase.SOLVING


def test_after_an_outage_it_is_looked_at_once_and_what_waited_goes_on(site, solving):
    expiring = Expiring(site.node)
    expiring.look([solving])
    site.clock.sleep(LEASE_S)
    assert expiring.due_in_s() <= 0
    expiring.look([solving])
    solving.try_again_s = site.clock.monotonic_s() + 60
    beat_on(site)
    assert expiring.due_in_s() == 0.0
    expiring.look([solving])
    assert solving.try_again_s <= site.clock.monotonic_s()
    assert expiring.due_in_s() > 0


def test_nothing_is_asked_about_others_while_they_hold_nothing(site):
    expiring = Expiring(site.node)
    expiring.look([])
    before = len(site.share.calls)
    expiring.look([])
    assert len(site.share.calls) - before == 2


def test_a_share_that_fails_is_told_and_looked_at_again(site):
    expiring = Expiring(site.node)
    site.share.fail("list", Unreachable("claimed", "timed out"))
    with pytest.raises(ShareError):
        expiring.look([])
    assert expiring.due_in_s() > 0


def test_a_lapsed_owner_changes_nothing_until_it_has_beaten(site, solving):
    loop = site.loop()
    (attempt,) = loop._attempts.values()
    site.share.fail("create", Unreachable("nodes", "timed out"), about="nodes", times=100)
    site.clock.sleep(LEASE_S)
    site.processes.end_all()
    site.turn(loop, 3)
    assert outcomes(site.root) == {} and "has not reached the share" in attempt.problem
    site.share.heal()
    site.turn(loop, 3)
    assert len(outcomes(site.root)) == 1


def test_a_ticket_of_ours_that_nobody_follows_is_taken_up(site):
    """Our own move to ``running/``, whose answer was lost before we took the job for another's."""
    loop = site.loop()
    site.claim(site.submit())
    site.turn(loop, 30)
    assert site.processes.started, "while this node lives nobody else would run it"


def test_what_cannot_be_taken_up_is_not_tried_at_every_look(site):
    site.claim(site.submit())
    expiring = Expiring(site.node)
    told = []
    for _ in range(3):
        expiring.look([])
        told.append(expiring.has_forgotten)
    assert told == [True, False, False]

    site.clock.sleep(FORGOTTEN_AGAIN_S)
    expiring.look([])
    assert expiring.has_forgotten, "it may have been mended"


def test_a_run_whose_ticket_could_not_be_read_for_a_while_is_followed_after_all(site, solving):
    site.share.fail("read", Denied("running", "no right"), about="running/", times=3)
    loop = site.loop()
    site.turn(loop, 5)
    assert not loop._attempts
    site.turn(loop, 30, step_s=FORGOTTEN_AGAIN_S / 5)
    site.processes.end_all()
    site.turn(loop, 5)
    assert outcomes(site.root)[solving.job].outcome == "completed"
