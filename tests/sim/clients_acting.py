"""People who end jobs, have them run again, and change their priority, while all else goes on."""

import random
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from client_tools.changing import Changing
from client_tools.killing import Killing
from client_tools.requester import Requester
from spool_layout import folders
from spool_layout.errors import WamError
from spool_layout.request import Verb, parse_request_name
from spool_layout.states import State
from tests.sim.access import MODES
from tests.sim.choosers import Seeded
from tests.sim.clients import Changer, Client, Dropper, Submitter
from tests.sim.worlds_life import QUICK, Life, LifeWorld, may_happen, weather_of
from tests.sim.worlds_loop import LoopNode
from wamspool.asking import ask
from wamspool.find import find_job


class ActingWorld(LifeWorld):
    """It is over when, besides, every request has been answered."""

    def is_over(self) -> bool:
        are_through = all(c.is_through for c in self.clients if isinstance(c, Killer))
        return super().is_over() and are_through and not self.requests()

    def requests(self) -> list[str]:
        names = (node.path.rpartition("/")[2] for node in self.tree.below(folders.REQUESTS))
        return [name for name in names if parse_request_name(name)]


class Killer(Client):
    """Acts on jobs, waits for what comes of it or goes away, or dies in the middle."""

    def live(self) -> None:
        while self.world.simulation.now_s < self.world.calm_s:
            self.idle(8.0)
            jobs = sorted(self.world.checker.jobs)
            if jobs:
                self._act(self.random.choice(jobs))
        self.is_through = True

    def _act(self, job: str) -> None:
        requester = Requester(self.spool, said="jo", writer=self.name)
        wait = self.random.random() < 0.6
        killing = Killing(self.spool, requester, "enough", wait, lambda _: None)
        what = self.random.choice(("kill", "kill", "requeue", "reorder", "late"))
        with suppress(WamError):
            found = find_job(self.spool, job)
            if what == "kill":
                self._check(job, killing.kill(found).asked)
            elif what == "requeue":
                killing.requeue(found)
            elif what == "late":  # for a job that may be anywhere by now, and by nobody who waits
                ask(self.spool, self.random.choice((Verb.CANCEL, Verb.REQUEUE)), job, by="jo",
                    why="", generation=self.random.choice((0, 1, 3)))  # fmt: skip
            elif found.state in {State.QUEUED, State.HELD}:
                Changing(self.spool, requester).reorder(found, self.random.randrange(10))

    def _check(self, job: str, asked: bool) -> None:
        state = self.world.checker.jobs[job].at.state
        if not asked and state is not State.DONE:
            self.world.checker.fail(f"{job} was said to have ended, and is {state}")


def build_acting(life: Life, folder: Path) -> ActingWorld:
    """As ``build_loops``, with people who act on what the services hold."""
    rng = random.Random(f"acting/{life.mode}/{life.seed}")
    seed = f"acting/{life.mode}/{life.seed}"
    chooser = Seeded(seed, weather_of(life), may_happen=may_happen)
    accesses = tuple(rng.sample(MODES[life.mode], len(MODES[life.mode])))
    settings = replace(QUICK, default_solver="command")
    world = ActingWorld(chooser, accesses=accesses, seed=seed, settings=settings)
    for name in ("alpha", "beta", "gamma")[: rng.choice((1, 2, 3))]:
        LoopNode(world, name, folder / f"scratch-{name}", rng)
    world.solver = "command"
    world.has_changer = rng.random() < 0.5
    if world.has_changer:
        Changer(world, "eve", seed)
    Submitter(world, "jo", seed, jobs=rng.choice((1, 2, 3)))
    if rng.random() < 0.4:
        Dropper(world, "ann", seed, drops=1)
    for name in ("kim", "lee")[: rng.choice((1, 2))]:
        Killer(world, name, seed)
    return world
