"""On a share that is very slow the loop goes on beating, whatever there is to do."""

import pytest

from node_service.turn import Turn
from spool_layout.ticket import Resources
from tests.clocks import FakeClock
from tests.real.real_spool import make_spool, outcomes

JOBS = 24
DECK = "** WAM: cpus=64\n*NODE\n1, 0., 0., 0.\n*STEP\n*STATIC\n*END STEP\n"


class SlowShare:
    """Each operation takes its time, once it is told so; the lease is looked at before each."""

    def __init__(self, share, site):
        self._share, self._site = share, site
        self.each_s = 0.0
        self.lapsed = 0

    def __getattr__(self, name):
        found = getattr(self._share, name)
        if not callable(found):
            return found

        def verb(*arguments, **named):
            self.lapsed += not self._site.node.lease.holds()
            self._site.clock.sleep(self.each_s)
            return found(*arguments, **named)

        return verb


@pytest.fixture
def slow(make_site, tmp_path):
    root = make_spool(tmp_path / "spool", lease="90 s", heartbeat="10 s")
    site = make_site(root=root)
    site.share._share = SlowShare(site.share._share, site)
    return site


def lives_through(site, is_over, *, each_s, turns):
    site.share._share.each_s = each_s
    loop = site.loop()
    for _ in range(turns):
        if is_over():
            break
        site.turn(loop, step_s=2.0)
    assert is_over()
    assert site.share._share.lapsed == 0


def test_many_tickets_in_cancel(slow):
    site = slow
    for number in range(JOBS):
        site.submit(name=f"j{number}", resources=Resources(cpus=64))
    for path in (site.root / "incoming").glob("*.yaml"):
        path.rename(site.root / "cancel" / path.name)
    lives_through(site, lambda: len(outcomes(site.root)) == JOBS, each_s=2.0, turns=60)


def test_many_drops(slow):
    site = slow
    for number in range(JOBS):
        (site.root / f"incoming/d{number}.inp").write_text(DECK)
    lives_through(
        site, lambda: not list((site.root / "incoming").glob("*.inp")), each_s=1.0, turns=200
    )


def test_many_claims_of_a_dead_node(slow, make_site):
    site = slow
    dead = make_site(root=site.root, name="dead", cpus=JOBS)
    for number in range(JOBS):
        dead.submit(name=f"j{number}")
    dead.turn(dead.loop(), 3)
    assert len(site.tickets("running")) == JOBS
    running = site.root / "running"
    lives_through(site, lambda: not list(running.glob("*.dead.yaml")), each_s=2.0, turns=200)


def test_work_is_put_off_when_the_turn_has_taken_its_time():
    clock, turn, beaten = FakeClock(), Turn(), []
    assert turn.goes_on()
    turn.follow(clock, lambda: beaten.append(clock.monotonic_s()), long_s=10.0)
    turn.begin()
    assert turn.goes_on()
    clock.advance(10.0)
    assert not turn.goes_on() and len(beaten) == 2
    turn.begin()
    assert turn.goes_on()
