"""A node that dies for good, and one that comes back too late: real services, real kills."""

import pytest

from spool_layout.states import Outcome
from tests.real.real_spool import (
    Service,
    SteppedClock,
    end_runs_below,
    journal_of,
    left_over,
    make_spool,
    open_at,
    outcomes,
    serving,
    submit_deck,
    sweep_up,
    wait_for,
)

pytestmark = pytest.mark.real

SHORT = {"heartbeat": 0.5, "lease": 4}
# Each run says where it runs, waits until the test lets it go, and leaves a result.
DECK = """\
echo "$WAM_CONTROL" >>"$STARTS"
while [ ! -e "$GO" ]; do sleep 0.05; done
pwd >deck.dat
"""


@pytest.fixture
def site(tmp_path):
    class Site:
        root = make_spool(tmp_path / "spool", **SHORT)
        starts, go = tmp_path / "starts", tmp_path / "go"

        def service(self, name, *arguments):
            given = ("--cpus", "2", "--poll", "0.2", *arguments)
            said = {"STARTS": str(self.starts), "GO": str(self.go)}
            return Service(self.root, tmp_path / name, *given, name=name, **said)

        def submit(self, **asked):
            (tmp_path / "deck.inp").write_text(DECK)
            return submit_deck(open_at(self.root), tmp_path / "deck.inp", **asked).job

        def started(self):
            return self.starts.read_text().splitlines() if self.starts.exists() else []

        def events(self, event):
            return [e for e in journal_of(self.root) if e["event"] == event]

    return Site()


@pytest.fixture
def alpha(site):
    """A node that holds two jobs when it is killed; its solvers run on, as on a cut-off host."""
    service = site.service("alpha")
    service.start()
    try:
        jobs = {site.submit(), site.submit()}
        wait_for(lambda: len(site.started()) == 2, "both runs have started")
        service.kill()
        service.jobs = jobs
        yield service
    finally:
        service.stop()
        end_runs_below(service.scratch)


def test_the_jobs_of_a_dead_node_are_run_by_another(site, alpha):
    with serving_beta(site):
        wait_for(lambda: len(site.events("expire")) == 2, "both were taken back")
        site.go.touch()
        wait_for(lambda: set(outcomes(site.root)) == alpha.jobs, "both are done")
    ended = outcomes(site.root).values()
    assert {(r.outcome, r.node, r.attempt) for r in ended} == {(Outcome.COMPLETED, "beta", 2)}
    sweep_up(open_at(site.root, SteppedClock()))
    assert left_over(site.root) == []


def serving_beta(site):
    service = site.service("beta")
    return serving(
        site.root, service.scratch, *service._arguments, name="beta", **service._environment
    )


def test_one_that_returns_too_late_shows_nothing_and_keeps_its_results(site, alpha):
    with serving_beta(site):
        wait_for(lambda: len(site.started()) == 4, "beta runs both again")
        alpha.start()
        wait_for(lambda: "put aside" in alpha.said(), "alpha has found that it was fenced")
        site.go.touch()
        wait_for(lambda: set(outcomes(site.root)) == alpha.jobs, "both are done")
        alpha.stop()
    assert {r.node for r in outcomes(site.root).values()} == {"beta"}
    aside = sorted(path.name for path in (alpha.scratch / "aside").iterdir())
    assert [name.rpartition(".g")[0] for name in aside] == sorted(alpha.jobs)


def test_one_that_returns_in_time_keeps_its_jobs(site, alpha):
    alpha.start()
    site.go.touch()
    wait_for(lambda: set(outcomes(site.root)) == alpha.jobs, "both are done")
    assert {(r.node, r.attempt) for r in outcomes(site.root).values()} == {("alpha", 1)}
    assert site.events("expire") == [] and len(site.started()) == 2
