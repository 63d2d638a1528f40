"""A node of a test: time that only the test moves, runs that only the test ends."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from node_service.attempt import Attempt, Phase
from node_service.loop import Loop
from node_service.node import Node
from node_service.processes import Ended, NotStarted, Running, RunState
from node_service.recover import find_claims
from spool_layout.states import State
from spool_layout.ticket import Ticket
from tests.real.real_spool import (
    FakeClock,
    FaultyShare,
    LocalShare,
    make_node,
    make_spool,
    open_at,
    submit_deck,
)
from wamspool.spool import Spool
from wamspool.transition import Place, claim


class FakeProcesses:
    """Runs that go on until the test ends them."""

    def __init__(self) -> None:
        self.states: dict[str, RunState] = {}
        self.started: list[str] = []
        self.stopped: list[tuple[str, bool]] = []
        self.refusal: Exception | None = None
        self.watched: list[str] = []
        self.told: list[tuple[str, str]] = []

    def start(self, launch) -> None:
        if self.refusal:
            raise self.refusal
        self.started.append(launch.attempt_folder.name)
        self.states[launch.attempt_folder.name] = Running(1, 0.0)

    def examine(self, folder: Path) -> RunState:
        return self.states.get(folder.name, NotStarted())

    def stop(self, folder: Path, *, force: bool) -> None:
        self.stopped.append((folder.name, force))

    def suspend(self, folder: Path) -> None:
        self.told.append(("suspend", folder.name))

    def resume(self, folder: Path) -> None:
        self.told.append(("resume", folder.name))

    def tell(self, folder: Path, command, environment) -> None:
        self.told.append((command[1], folder.name))

    def watch_end(self, folder: Path, wake) -> None:
        self.watched.append(folder.name)

    def usages(self, folders) -> dict:
        return {}

    def end_all(self, exit_code: int = 0) -> None:
        for name in self.states:
            self.states[name] = Ended(exit_code, None, 0.5, 1000.0)


@dataclass
class Site:
    """A spool with one node, and the means to hand jobs to it."""

    root: Path
    clock: FakeClock
    share: FaultyShare
    spool: Spool
    processes: FakeProcesses
    node: Node
    mine: Path
    loops: list[Loop] = field(default_factory=list)

    def submit(self, text: str = "echo\n", name: str = "bracket", **asked) -> Ticket:
        deck = self.mine / f"{name}.inp"
        deck.write_text(text)
        return submit_deck(self.spool, deck, **asked)

    def claim(self, ticket: Ticket) -> Place:
        return claim(
            self.share, self.spool.doors, Place(State.QUEUED, ticket.first_name), self.node.name
        )

    def attempt(self, **asked) -> Attempt:
        """A claimed job, not staged yet."""
        ticket = self.submit(**asked)
        self.claim(ticket)
        return next(a for a in find_claims(self.node) if a.job == ticket.job)

    def loop(self) -> Loop:
        """A service that has begun."""
        made = Loop(self.node)
        made.begin()
        self.loops.append(made)
        return made

    def turn(self, loop: Loop, times: int = 1, *, step_s: float = 1.0) -> None:
        for _ in range(times):
            loop.turn()
            self.clock.sleep(step_s)

    def tickets(self, state: str) -> list[str]:
        return sorted(p.name for p in (self.root / state).glob("*.yaml"))

    def journal(self) -> str:
        self.node.journal.flush()
        return "".join(p.read_text() for p in sorted((self.root / "journal").glob("*/*.jsonl")))


@pytest.fixture
def make_site(tmp_path):
    made = []

    def make(*, name="alpha", programs=None, root=None, processes=None, scratch="", **node) -> Site:
        clock = FakeClock(name)
        place = root or make_spool(tmp_path / "spool")
        share = FaultyShare(LocalShare(place, clock, durable=False))
        spool = open_at(place, clock, share)
        processes = processes or FakeProcesses()
        folder = tmp_path / (scratch or f"scratch-{name}")
        made_node = make_node(
            spool, folder, name=name, processes=processes, programs=programs, **node
        )
        made_node.lease.renew(clock.monotonic_s())  # as after a heartbeat
        mine = tmp_path / "mine"
        mine.mkdir(exist_ok=True)
        site = Site(place, clock, share, spool, processes, made_node, mine)
        made.append(site)
        return site

    yield make
    for site in made:
        for loop in site.loops:
            site.share.heal()
            loop._finish()


@pytest.fixture
def site(make_site):
    return make_site()


@pytest.fixture
def solving(site):
    """An attempt whose solver runs, staged and started by hand."""
    from node_service.stage_in import stage_in, start_solver

    attempt = site.attempt()
    stage_in(site.node, attempt)
    start_solver(site.node, attempt)
    assert attempt.phase is Phase.SOLVING
    return attempt
