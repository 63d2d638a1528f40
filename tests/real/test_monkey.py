"""A monkey at the mouse and at the command line, on three nodes with a share that fails and clocks
that leap: whatever it does, no job is lost, none is shown twice, and nobody's call ends in a trace.

WAM_MONKEY=N plays N games instead of a few; a game is told by its number alone.
"""

import os
import random
import shutil
from contextlib import suppress
from datetime import timedelta

import pytest

from client_tools import wiring
from client_tools.app import main
from node_service.processes import Ended, Running, Vanished
from spool_layout.after import After
from spool_layout.names import parse_ticket_name
from spool_layout.ticket import Resources
from tests.node_service import conftest
from tests.node_service.test_job_requests import Obedient
from tests.real.real_spool import TICKETS_LIE_IN, make_spool, outcomes
from wamspool.errors import Busy, Denied, Full, ShareError, Unreachable

make_site = conftest.make_site
GAMES = int(os.environ.get("WAM_MONKEY", "3"))
MOVES, ROUNDS_MAX, JOBS_MAX, HOUR_S = 160, 1200, 20, 3600
GOOD = Ended(0, None, 1.0, 1000.0)
ENDS = (GOOD, GOOD, Ended(3, None, 1.0, 1000.0), Vanished("killed from outside"))
ERRORS = (Unreachable("x", "away"), Denied("x", "no"), Busy("x", "open"), Full("x", "full"))
VERBS = "list examine read create make_folder move remove copy_in copy_out append".split()
COMMANDS = (
    ["kill", "--yes", "--no-wait"],
    ["requeue", "--yes", "--no-wait"],
    *(["hold"], ["release"], ["suspend", "--no-wait"], ["resume", "--no-wait"]),
    *(["why"], ["show"]),
)


class Monkey:
    """Plays one game; ``jobs`` are those that it has handed in."""

    def __init__(self, sites, number):
        self.chance = random.Random(number)
        self.sites, self.root = sites, sites[0].root
        self.loops = {site.node.name: site.loop() for site in sites}
        self.jobs = []

    def move(self):
        site = self.chance.choice(self.sites)
        deeds = (self.submit, self.drag, self.fail, self.end, self.leap, self.command, self.restart)
        weights = (10, 8, 5, 8, 3, 10, 2)
        self.chance.choices(deeds, weights)[0](site)
        for one in self.sites:
            if self.chance.random() < 0.9:
                self.loops[one.node.name].turn()
            one.clock.sleep(self.chance.choice([0.5, 2.0, 7.0]))

    def submit(self, site):
        if len(self.jobs) < JOBS_MAX:
            site.share.heal()
            words = [After(job, "any") for job in self.jobs if self.chance.random() < 0.1]
            cpus = Resources(cpus=self.chance.choice([1, 1, 2]))
            name = f"j{len(self.jobs)}"
            self.jobs.append(site.submit(name=name, after=tuple(words), resources=cpus).job)

    def drag(self, _):
        source, target = self.chance.choice(TICKETS_LIE_IN), self.chance.choice(TICKETS_LIE_IN[:2])
        paths = self.lying(source)
        if paths and not (self.root / target / (path := self.chance.choice(paths)).name).exists():
            there = self.root / target / path.name
            shutil.copy2(path, there) if self.chance.random() < 0.3 else path.rename(there)

    def fail(self, site):
        error, times = self.chance.choice(ERRORS), self.chance.choice([1, 1, 3, 10])
        done = self.chance.random() < 0.3
        site.share.fail(self.chance.choice(VERBS), error, done=done, times=times)

    def end(self, site, *, all_well=False):
        for name, state in site.processes.states.items():
            if isinstance(state, Running) and (all_well or self.chance.random() < 0.5):
                site.processes.states[name] = GOOD if all_well else self.chance.choice(ENDS)

    def leap(self, site):
        site.clock.utc += timedelta(hours=self.chance.choice([-5, 5, 30]))
        site.clock.sleep(self.chance.choice([0.0, 100.0, 200.0]))

    def command(self, _):
        if self.jobs:
            verb, *more = self.chance.choice(COMMANDS)
            main([verb, self.chance.choice(self.jobs), *more, "--spool", str(self.root)])

    def restart(self, site):
        loop = self.loops[site.node.name]
        with suppress(ShareError):
            loop._finish()
        site.loops.remove(loop)
        site.share.heal()
        self.loops[site.node.name] = site.loop()

    def lying(self, folder):
        return [p for p in (self.root / folder).glob("*.yaml") if parse_ticket_name(p.name)]

    def leave(self):
        """All goes well from now on, and what is held is let go, until nothing is in flight."""
        for _ in range(ROUNDS_MAX):
            for site in self.sites:
                site.share.heal()
                self.end(site, all_well=True)
                self.loops[site.node.name]._requests.draining.end()
                self.loops[site.node.name].turn()
                site.clock.sleep(3.0)
            for path in self.lying("held"):
                if not (self.root / "incoming" / path.name).exists():
                    path.rename(self.root / "incoming" / path.name)
            if not any(self.lying(folder) for folder in TICKETS_LIE_IN):
                return


@pytest.mark.parametrize("game", range(GAMES))
def test_no_job_is_lost_or_shown_twice(make_site, tmp_path, monkeypatch, capsys, game):
    root = make_spool(tmp_path / "spool", lease="90 s", heartbeat="10 s")
    names = ("alpha", "beta", "gamma")
    sites = [make_site(name=name, root=root, processes=Obedient(), cpus=2) for name in names]
    monkeypatch.setattr(wiring, "system_clock", lambda: sites[0].clock)
    monkey = Monkey(sites, game)
    for _ in range(MOVES):
        monkey.move()
    monkey.leave()
    assert "Traceback" not in capsys.readouterr().err
    shown = [path.name.partition("~")[0] for path in root.glob("done/*/[!.]*")]
    assert sorted(set(shown)) == sorted(shown)
    assert set(monkey.jobs) <= set(outcomes(root))
    assert not any(monkey.lying(folder) for folder in TICKETS_LIE_IN)
