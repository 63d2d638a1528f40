"""Whole lives: jobs from their submission or drop to ``done/``, on every kind of share."""

import random
from dataclasses import dataclass, replace
from datetime import timedelta

from spool_layout.settings import SpoolSettings
from spool_layout.states import State
from tests.sim.access import MODES, Access
from tests.sim.choosers import Seeded, Weather
from tests.sim.clients import Changer, Client, Dropper, Submitter, Watcher
from tests.sim.life_node import LifeNode
from tests.sim.scheduler import Actor, Chooser
from tests.sim.share import Request
from tests.sim.world import World

# Short times in the proportions of real ones, so that a life of many graces is short to run.
QUICK = SpoolSettings(
    "simulated",
    heartbeat_s=2.0,
    lease_s=8.0,
    door_grace_s=3.0,
    quiet_s=1.5,
    include_wait_s=8.0,
    default_solver="calculix",
)
CALM_S = 45.0
PATIENCE_S = 240.0
FAULTS = ("crash", "crash after", "nap", "late", "lost", "fail", "busy", "full", "again", "away")
MOST = {
    "crash": 0.006,
    "crash after": 0.006,
    "nap": 0.01,
    "late": 0.01,
    "lost": 0.04,
    "fail": 0.03,
    "busy": 0.04,
    "full": 0.02,
    "again": 0.05,
    "away": 0.004,
}
CHANGING = frozenset({"write", "create", "append", "make_folder", "move", "remove", "name"})
CHANGING |= {"replace", "clear"}
FILLING = frozenset({"write", "create", "append", "make_folder"})
ON_FILES = frozenset({"open", "read", "move", "remove", "replace", "name", "write", "create"})


def may_happen(what: str, request: Request, actor: Actor) -> bool:
    """What was seen on that kind of share, of that kind of request."""
    access = actor.access
    if what == "again":
        return access.repeats and request.verb in CHANGING
    if what in {"lost", "fail", "away"}:
        return access.name != "local"
    if what == "busy":
        return access.is_smb and request.verb in ON_FILES
    if what == "full":
        return request.verb in FILLING
    return True


class LifeWorld(World):
    """A world that is over when every job is done and nothing is left half done."""

    def __init__(
        self,
        chooser: Chooser,
        *,
        accesses: tuple[Access, ...],
        seed: str = "",
        settings: SpoolSettings = QUICK,
        calm_s: float = CALM_S,
    ) -> None:
        super().__init__(chooser, accesses=accesses, settings=settings, steps_max=200_000)
        self.calm_s = calm_s
        self.clients: list[Client] = []
        self.random = random.Random(f"world/{seed}")
        self.hand_back_rate = 0.0
        self.has_changer = False
        self.solver = "calculix"

    def hands_back(self, attempt: object) -> bool:
        """Whether the node finds that it cannot run the job after all."""
        return self.simulation.now_s < self.calm_s and self.random.random() < self.hand_back_rate

    def is_over(self) -> bool:
        now_s = self.simulation.now_s
        if now_s < self.calm_s:
            return False
        if now_s > self.calm_s + PATIENCE_S:
            self.checker.check_end()
            self.checker.fail(f"no end after {PATIENCE_S} s of calm")
        simulation = self.simulation
        others = [a for a in simulation.actors if a is not simulation.current and not a.done]
        return (
            # Nobody is in the middle of something, asleep: there would be none to tidy after it.
            all(actor.request is None for actor in others)
            and not self.checker.drops
            and all(c.is_through for c in self.clients if isinstance(c, Submitter | Dropper))
            and all(j.at.state is State.DONE for j in self.checker.jobs.values())
            and not self.checker.left_over()
        )


@dataclass(frozen=True, slots=True)
class Life:
    """One seeded run: all of it follows from the mode and the seed."""

    mode: str
    seed: str
    storm: float = 1.0

    def __str__(self) -> str:
        return f"{self.mode} {self.seed}"


def weather_of(life: Life) -> Weather:
    rng = random.Random(f"weather/{life.mode}/{life.seed}")
    rates = tuple(
        (what, MOST[what] * life.storm * rng.random() ** 2) for what in FAULTS if rng.random() < 0.5
    )
    settings = QUICK
    return Weather(
        rates=rates,
        naps_s=(0.3, settings.door_grace_s, settings.lease_s, 2 * settings.lease_s),
        switch=rng.choice((0.2, 0.5, 1.0)),
        latency_s=rng.choice((0.002, 0.02, 0.04)),
        calm_after_s=CALM_S,
    )


def build_life(life: Life, chooser: Chooser | None = None) -> LifeWorld:
    rng = random.Random(f"life/{life.mode}/{life.seed}")
    chooser = chooser or Seeded(f"{life.mode}/{life.seed}", weather_of(life), may_happen=may_happen)
    accesses = MODES[life.mode]
    if len(accesses) > 1:
        accesses = tuple(rng.sample(accesses, len(accesses)))
    if rng.random() < 0.5:
        accesses = tuple(replace(a, slow_reads=False) for a in accesses)
    world = LifeWorld(chooser, accesses=accesses, seed=f"{life.mode}/{life.seed}")
    if rng.random() < 0.25:  # a month ends meanwhile
        world.simulation.began += timedelta(days=8, hours=14, minutes=29, seconds=30)
    world.hand_back_rate = rng.choice((0.0, 0.0, 0.2))
    for number in range(rng.choice((2, 2, 3))):
        LifeNode(
            world,
            ("alpha", "beta", "gamma")[number],
            rate=1 + rng.uniform(-0.03, 0.03),
            offset_s=rng.choice((0.0, rng.uniform(-20, 20))),
            solve_s=rng.choice((0.5, 3.0, 12.0)),
            poll_s=rng.choice((0.7, 1.0, 1.9)),
            slots=rng.choice((1, 2)),
            returns_s=rng.choice((0.5, 5.0, 15.0)),
        )
    seed = f"{life.mode}/{life.seed}"
    Submitter(world, "jo", seed, jobs=rng.choice((1, 2, 3)))
    if rng.random() < 0.6:
        Dropper(world, "ann", seed, drops=rng.choice((1, 2)))
    world.has_changer = rng.random() < 0.5
    if world.has_changer:
        Changer(world, "eve", seed)
    if rng.random() < 0.5:
        Watcher(world, "bob", seed)
    return world


def live(life: Life, chooser: Chooser | None = None) -> LifeWorld:
    """The run, from beginning to end. Raises Violation."""
    world = build_life(life, chooser)
    world.run()
    world.checker.check_end()
    return world
