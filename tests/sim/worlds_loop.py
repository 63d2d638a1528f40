"""Whole lives with the service's own loop: its turns, its recovery, its scratch on a real disk.

Only the solver, the clock and the share are simulated.
"""

import random
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from node_service.loop import Loop
from node_service.node import Node
from node_service.processes import Ended, NotStarted, Running, RunState, Vanished
from node_service.scratch import Scratch
from node_service.settings import NodeSettings
from spool_layout.names import parse_door_name
from tests.sim.access import MODES
from tests.sim.choosers import Seeded
from tests.sim.clients import Changer, Dropper, Submitter, Watcher
from tests.sim.invariants import result_of
from tests.sim.life_node import PROFILES, SILENT
from tests.sim.scheduler import Actor, Crash
from tests.sim.world import World
from tests.sim.worlds_life import QUICK, Life, LifeWorld, may_happen, weather_of
from wamspool.errors import ShareError
from wamspool.journal import Journal
from wamspool.lease import OwnLease
from wamspool.spool import Spool

RESULTS = ("bracket.dat", "solver.out", "solver.err")


class SimulatedProcesses:
    """Solvers that take simulated time, and outlive the service; a power cut ends them."""

    def __init__(self, world: World, name: str, solve_s: float) -> None:
        self._world = world
        self._name = name
        self._solve_s = solve_s
        self._ends_s: dict[str, float] = {}
        self._gone: set[str] = set()

    def start(self, launch) -> None:
        folder: Path = launch.attempt_folder
        if folder.name in self._ends_s:
            return
        self._ends_s[folder.name] = self._world.simulation.now_s + self._solve_s
        job, generation = parse_door_name(folder.name) or ("", 0)
        self._world.checker.starts_solver(self._name, job, generation, 1000 + generation)

    def examine(self, folder: Path, *, whole_tree: bool = False) -> RunState:
        if folder.name in self._gone:
            return Vanished("the machine was switched off")
        if folder.name not in self._ends_s:
            return NotStarted()
        if self._world.simulation.now_s < self._ends_s[folder.name]:
            return Running(1, 0.0)
        job, generation = parse_door_name(folder.name) or ("", 0)
        for name in RESULTS if (folder / "run").is_dir() else ():
            (folder / "run" / name).write_bytes(result_of(job, generation, name))
        return Ended(0, None, 1.0, 1_795_000_000.0)

    def stop(self, folder: Path, *, force: bool) -> None:
        if folder.name in self._ends_s:
            self._gone.add(folder.name)

    def watch_end(self, folder: Path, wake) -> None:
        pass

    def suspend(self, folder: Path) -> None:
        """No run of these worlds is suspended."""
        raise AssertionError(folder)

    resume = suspend

    def usages(self, folders) -> dict:
        return {}

    def power_cut(self) -> None:
        self._gone |= set(self._ends_s)


class LoopNode:
    """A node whose service is the product's own."""

    def __init__(self, world: LifeWorld, name: str, scratch: Path, rng: random.Random) -> None:
        self.world = world
        self.name = name
        self.scratch = scratch
        self.clock = world.clock(name, rate=1 + rng.uniform(-0.02, 0.02))
        self.returns_s = rng.choice((0.5, 5.0, 15.0))
        self.processes = SimulatedProcesses(world, name, rng.choice((0.5, 3.0, 12.0)))
        self.services = 0
        world.actor(name, self._live)

    def _live(self, actor: Actor) -> None:
        while not self.world.is_over():
            spool = self.world.spool(actor, self.clock)
            self.services += 1
            try:
                self._serve(spool)
            except Crash:
                spool.share.disconnect()
                actor.crashed = False
                if self.services % 2:
                    self.processes.power_cut()
                with suppress(Crash):
                    self.clock.sleep(self.returns_s)
                actor.crashed = False

    def _serve(self, spool: Spool) -> None:
        loop = Loop(self._node(spool))
        while not self.world.is_over():
            try:
                loop.begin()
                break
            except ShareError:
                self.clock.sleep(1.0)
                loop = Loop(self._node(spool))
        while not self.world.is_over():
            loop.turn()
            self.clock.sleep(max(0.3, loop._pause_s()))

    def _node(self, spool: Spool) -> Node:
        place = Scratch(self.scratch)
        place.make()
        settings = NodeSettings(
            self.name, self.scratch, cpus=2, memory_bytes=8 << 30, events=False, poll_s=1.0
        )
        return Node(
            settings=settings,
            spool=spool,
            lease=OwnLease.of(spool),
            scratch=place,
            processes=self.processes,
            profiles=PROFILES,
            programs={"command": "/bin/sh", "calculix": "/bin/ccx"},
            environment={},
            journal=Journal(spool.share, self.name),
            log=SILENT,
            boot="1",
            version="0",
            home=self.name,
        )


def build_loops(life: Life, folder: Path) -> LifeWorld:
    """As ``build_life``, with the product's own services."""
    rng = random.Random(f"loop/{life.mode}/{life.seed}")
    seed = f"loop/{life.mode}/{life.seed}"
    chooser = Seeded(seed, weather_of(life), may_happen=may_happen)
    accesses = tuple(rng.sample(MODES[life.mode], len(MODES[life.mode])))
    settings = replace(QUICK, default_solver="command")
    world = LifeWorld(chooser, accesses=accesses, seed=seed, settings=settings)
    for name in ("alpha", "beta", "gamma")[: rng.choice((2, 3))]:
        LoopNode(world, name, folder / f"scratch-{name}", rng)
    world.solver = "command"
    Submitter(world, "jo", seed, jobs=2)
    if rng.random() < 0.5:
        Dropper(world, "ann", seed, drops=1)
    world.has_changer = rng.random() < 0.4
    if world.has_changer:
        Changer(world, "eve", seed)
    if rng.random() < 0.5:
        Watcher(world, "bob", seed)
    return world
