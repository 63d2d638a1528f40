"""A spool on a simulated share, the processes on it, and the checker that watches them."""

from collections.abc import Callable
from functools import lru_cache

from spool_layout import folders
from spool_layout.names import TicketName
from spool_layout.settings import SpoolSettings
from spool_layout.ticket import Draft, InputFile, Ticket, format_ticket
from tests.sim.access import LOCAL, Access
from tests.sim.invariants import Checker, sha256
from tests.sim.scheduler import START, Actor, Chooser, Crash, SimulatedClock, Simulation
from tests.sim.share import SimulatedShare
from tests.sim.tree import START_NS, Tree
from wamspool.door import Doors
from wamspool.spool import Spool

SETTINGS = SpoolSettings("simulated", default_solver="calculix")
DECK = b"*NODE, NSET=NALL\n1, 0., 0., 0.\n*STEP\n*STATIC\n*END STEP\n"
STAMP = "20261122-093000-000"


class World:
    """One run: built, run, and checked."""

    def __init__(
        self,
        chooser: Chooser,
        *,
        accesses: tuple[Access, ...] = (LOCAL,),
        settings: SpoolSettings = SETTINGS,
        steps_max: int = 60_000,
    ) -> None:
        self.simulation = Simulation(chooser, steps_max=steps_max)
        self.tree = Tree(lambda: START_NS + int(self.simulation.now_s * 1e9))
        for folder in folders.ALL:
            self.tree.add(folder, None)
        self.settings = settings
        self.accesses = accesses
        self.checker = Checker(self.tree, self._who)
        self.tree.observer = self.checker
        self._shares = 0

    def _who(self) -> str:
        current = self.simulation.current
        return current.name if current else "nobody"

    # -------------------------------------------------------------- parts

    def actor(
        self, name: str, body: Callable[[Actor], None], *, access: Access | None = None
    ) -> Actor:
        """A process; processes of a mixed world come by the kinds of access in turn."""
        access = access or self.accesses[len(self.simulation.actors) % len(self.accesses)]
        return self.simulation.add(name, body, access=access)

    def clock(self, seed: str, *, rate: float = 1.0, offset_s: float = 0.0) -> SimulatedClock:
        clock = SimulatedClock(self.simulation, rate=rate, offset_s=offset_s)
        clock.seed = seed
        return clock

    def spool(self, actor: Actor, clock: SimulatedClock) -> Spool:
        """The spool as a process that starts now sees it: nothing is remembered."""
        self._shares += 1
        client = f"{actor.name}.{self._shares}"
        share = SimulatedShare(
            self.tree, self.simulation, clock, access=actor.access, client=client
        )
        doors = Doors(share, clock, grace_s=self.settings.door_grace_s)
        return Spool(share, clock, self.settings, doors)

    def put(self, job: str, state: str = folders.INCOMING, **said: object) -> TicketName:
        """The job lies there already when the run begins, its inputs with it."""
        name = TicketName(5, STAMP, job, **said)  # type: ignore[arg-type]
        first = TicketName(5, STAMP, job)
        observer, self.tree.observer = self.tree.observer, _SILENT
        self.tree.add(folders.job(job), None)
        self.tree.add(f"{folders.job(job)}/bracket.inp", DECK)
        self.tree.observer = observer
        node = self.tree.add(f"{folders.INCOMING}/{first.file_name}", ticket_bytes(job))
        if (state, name) != (folders.INCOMING, first):
            self.tree.observer = _SILENT
            self.tree.rename(node, f"{state}/{name.file_name}")
            self.tree.observer = observer
            self.checker.stands(node)
        return name

    def run(self) -> None:
        """Raises what went wrong."""
        self.simulation.run()
        if self.simulation.failure is not None:
            raise self.simulation.failure


class _Silent:
    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *arguments: None


_SILENT = _Silent()


@lru_cache
def ticket_bytes(job: str) -> bytes:
    """The text of a small job's ticket."""
    inputs = (InputFile("bracket.inp", "bracket.inp", len(DECK), sha256(DECK)),)
    return format_ticket(Ticket(job, Draft("bracket.inp", retries=3), START, "jo", inputs)).encode()


def surviving(share: SimulatedShare, body: Callable[[], None]) -> bool:
    """Runs the body; False when the process crashed in it. What it had open is closed."""
    try:
        body()
    except Crash:
        share.disconnect()
        return False
    return True
