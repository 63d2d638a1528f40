"""Small worlds for exhaustive runs: one job, and the few requests that are contended."""

from collections.abc import Callable
from dataclasses import dataclass, field

from spool_layout import folders
from spool_layout.names import parse_ticket_name
from spool_layout.states import FOLDERS, State
from tests.sim.access import Access
from tests.sim.choosers import Exhaustive, Variants
from tests.sim.scheduler import Actor, Simulation, Violation, one_core
from tests.sim.world import World, surviving
from wamspool import transition
from wamspool.errors import ShareError, TicketGone
from wamspool.spool import Spool
from wamspool.transition import Place

JOB = "bracket-k7f3x"
NODES = ("alpha", "beta", "gamma")


@dataclass
class Explored:
    """What an exhaustive exploration came to."""

    schedules: int = 0
    cut: int = 0
    ends: set[tuple[object, ...]] = field(default_factory=set)
    violation: Violation | None = None
    trace: str = ""

    @property
    def runs(self) -> int:
        return self.schedules + self.cut


def explore(
    build: Callable[[Exhaustive], World],
    *,
    variants: Variants | None = None,
    faults_max: int = 0,
    ticks_max: int = 0,
    reduces: bool = True,
    runs_max: int = 2_000_000,
) -> Explored:
    """Every schedule of the world, until one breaks what must hold."""
    more = {"variants": variants} if variants else {}
    chooser = Exhaustive(faults_max=faults_max, ticks_max=ticks_max, reduces=reduces, **more)
    explored = Explored()
    with one_core():
        while True:
            world = build(chooser)
            try:
                world.run()
                if not chooser._pruned:
                    world.checker.check_whole()
                    explored.ends.add(end_of(world))
            except Violation as violation:
                explored.violation = violation
                explored.trace = world.simulation.trace()
            more_to_do = chooser.advance()
            explored.schedules, explored.cut = chooser.schedules, chooser.cut
            if explored.violation or not more_to_do or explored.runs >= runs_max:
                return explored


def end_of(world: World) -> tuple[object, ...]:
    """The state in which a run ended: where the tickets are, and who went on."""
    places = tuple(sorted(str(job.at) for job in world.checker.jobs.values()))
    doors = tuple(sorted(p for p in world.tree.nodes if p.startswith("doors/")))
    return (places, doors, tuple(sorted(world.checker.solving.items())))


class Claimant:
    """A node that looks once, claims, and starts; and comes back as a new service if it may."""

    def __init__(self, world: World, name: str, *, returns: bool = False, tries: int = 1) -> None:
        self.world = world
        self.name = name
        self._returns = returns
        self._tries = tries
        self.spool: Spool | None = None
        self.started: set[tuple[str, int]] = set()
        world.actor(name, self.live)

    def live(self, actor: Actor) -> None:
        clock = self.world.clock(self.name)
        while True:
            self.spool = spool = self.world.spool(actor, clock)
            if surviving(spool.share, self._serve) or not self._returns:
                return
            actor.crashed = False

    def _serve(self) -> None:
        try:
            self._take_up()
            for number in range(self._tries):
                if number:
                    self.spool.clock.sleep(1.0)
                if self._claim_first():
                    return
        except ShareError:
            if self._tries > 1:
                self._take_up()

    def _take_up(self) -> None:
        if not self._returns:
            return
        for state in (State.CLAIMED, State.RUNNING):
            for entry in self.spool.share.list(FOLDERS[state]):
                name = parse_ticket_name(entry.name)
                if name and name.node == self.name:
                    self._go_on(Place(state, name))

    def _claim_first(self) -> bool:
        for entry in self.spool.share.list(folders.INCOMING):
            name = parse_ticket_name(entry.name)
            if name is None:
                continue
            try:
                place = transition.claim(
                    self.spool.share, self.spool.doors, Place(State.QUEUED, name), self.name
                )
            except TicketGone:
                return False
            if place is not None:
                self._go_on(place)
                return True
        return False

    def _go_on(self, place: Place) -> None:
        try:
            if place.state is State.CLAIMED:
                place = transition.start(self.spool.share, place)
        except TicketGone:
            return
        name = place.name
        # As the runner on scratch: an attempt starts at most once on its node, whoever tries.
        if (name.job, name.generation) not in self.started:
            self.started.add((name.job, name.generation))
            self.world.checker.starts_solver(self.name, name.job, name.generation, name.attempt)


def crash(simulation: Simulation, actor: Actor) -> tuple[str, ...]:
    return ("go", "crash")


def unclear(simulation: Simulation, actor: Actor) -> tuple[str, ...]:
    """Whatever can become of a request whose answer is not heard, or of the process."""
    once_more = ("again",) if actor.access.repeats else ()
    return ("go", "crash", "lost", "fail", *once_more)


def claim_world(
    count: int, access: Access, *, returns: bool = False, tries: int = 1
) -> Callable[[Exhaustive], World]:
    """So many nodes and one ticket."""

    def build(chooser: Exhaustive) -> World:
        world = World(chooser, accesses=(access,))
        world.put(JOB)
        for name in NODES[:count]:
            Claimant(world, name, returns=returns, tries=tries)
        return world

    return build
