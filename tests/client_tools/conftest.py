"""A spool in a temporary folder, nodes that are status files, and the command line as a call."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from client_tools import which_spool, wiring
from client_tools.app import main
from client_tools.views.screen import Tone
from spool_layout import folders
from spool_layout.names import TicketName
from spool_layout.records import (
    Evidence,
    JobOnNode,
    NodeStatus,
    OutcomeRecord,
    format_outcome,
    format_status,
)
from spool_layout.states import Outcome, State
from spool_layout.ticket import Draft, InputFile, Ticket, format_ticket
from tests.owners import OwnedShare
from wamspool.open_share import make_share
from wamspool.spool import Spool, create_spool, open_spool
from wamspool.transition import Place

DECK = "*NODE\n1,0.,0.,0.\n*STEP\n*STATIC\n*END STEP\n"
THEN = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
ONE_CPU = {"cpus": 4, "cpus_free": 4, "memory_bytes": 8 << 30, "memory_free_bytes": 8 << 30}


class StepClock:
    """Time stands still, but for sleeping; what is to happen meanwhile happens in ``sleep``."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.meanwhile: list[Callable[[], object]] = []
        self._count = 0

    def monotonic_s(self) -> float:
        return self.now_s

    def utc_now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, duration_s: float) -> None:
        self.now_s += duration_s
        if self.meanwhile:
            self.meanwhile.pop(0)()

    def random_bytes(self, count: int) -> bytes:
        self._count += 1
        return hashlib.sha256(str(self._count).encode()).digest()[:count]


@dataclass(frozen=True)
class Run:
    """How one call of ``wam`` ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def clock(monkeypatch) -> StepClock:
    clock = StepClock()
    monkeypatch.setattr(wiring, "system_clock", lambda: clock)
    monkeypatch.setattr(wiring, "user_name", lambda: "jo")
    monkeypatch.setattr(wiring, "host_name", lambda: "desk")
    return clock


@pytest.fixture
def spool(tmp_path, clock, monkeypatch) -> Spool:
    """A spool that WAM_SPOOL names."""
    share = make_share(str(tmp_path / "spool"), clock)
    create_spool(share, clock)
    monkeypatch.setenv("WAM_SPOOL", str(tmp_path / "spool"))
    return open_spool(share, clock)


@pytest.fixture
def owned(spool, monkeypatch) -> OwnedShare:
    """The share as the commands see it; the test says to whom its files belong."""
    share = OwnedShare(spool.share)
    monkeypatch.setattr(which_spool, "open_share", lambda *_, **__: share)
    return share


@pytest.fixture
def wam(capsys) -> Callable[..., Run]:
    def run(*argv: object) -> Run:
        capsys.readouterr()
        code = main([str(word) for word in argv])
        captured = capsys.readouterr()
        return Run(code, captured.out, captured.err)

    return run


@pytest.fixture
def deck(tmp_path) -> Path:
    path = tmp_path / "decks" / "bracket.inp"
    path.parent.mkdir()
    path.write_text(DECK)
    return path


def a_ticket(job: str, draft: Draft | None = None, **more: object) -> Ticket:
    draft = draft or Draft("bracket.inp", solver="calculix")
    draft = replace(draft, **more)  # type: ignore[arg-type]
    return Ticket(job, draft, THEN, "jo", (InputFile(draft.input, draft.input, 120, "00"),))


def put_job(
    spool: Spool,
    job: str,
    state: State = State.QUEUED,
    *,
    node: str | None = None,
    generation: int = 0,
    **more: object,
) -> Place:
    """A ticket lies in the folder of the state."""
    ticket = a_ticket(job, **more)
    name = TicketName(
        ticket.draft.priority,
        ticket.first_name.stamp,
        job,
        generation,
        int(state is State.RUNNING),
        node,
    )
    place = Place(state, name)
    spool.share.create(place.path, format_ticket(ticket).encode())
    return place


def finish_job(
    spool: Spool,
    job: str,
    outcome: Outcome = Outcome.COMPLETED,
    files: dict[str, bytes] | None = None,
    **more: object,
) -> str:
    """A done job; returns its folder."""
    month = folders.month(THEN)
    folder = folders.done(month, job)
    share = spool.share
    for path in (folders.done_month(month), folder, f"{folder}/inputs"):
        if not (Path(share.location) / path).exists():
            share.make_folder(path)
    record = OutcomeRecord(
        job=job,
        outcome=outcome,
        reason="" if outcome is Outcome.COMPLETED else "deck_error",
        sentence="All steps were computed." if outcome is Outcome.COMPLETED else "It stopped.",
        attempt=1,
        node="cougar",
        started=THEN,
        ended=datetime(2026, 11, 23, 8, 34, 5, tzinfo=UTC),
        exit_code=0,
        cpu_s=12.5,
        lines=() if outcome is Outcome.COMPLETED else (Evidence("solver.out", 7, "*ERROR: no"),),
        **more,  # type: ignore[arg-type]
    )
    share.create(f"{folder}/ticket.yaml", format_ticket(a_ticket(job)).encode())
    share.create(f"{folder}/outcome.yaml", format_outcome(record).encode())
    share.create(f"{folder}/inputs/bracket.inp", DECK.encode())
    for name, content in (files or {"solver.out": b"one\ntwo\n", "bracket.frd": b"f" * 9}).items():
        share.create(f"{folder}/{name}", content)
    return folder


def put_node(spool: Spool, node: str = "cougar", sequence: int = 5, **more: object) -> None:
    """A node has written its status."""
    jobs = more.pop("jobs", ())
    fields = {"state": "up", "solvers": ("calculix",), **ONE_CPU, **more}
    status = NodeStatus(node=node, jobs=tuple(jobs), **fields)  # type: ignore[arg-type]
    spool.share.create(folders.status(node, sequence), format_status(status))


def on_node(job: str, **more: object) -> JobOnNode:
    return JobOnNode(job, 1, "solving", attempt=1, name="bracket", owner="jo", **more)  # type: ignore[arg-type]


@pytest.fixture
def made():
    """The functions that put things into a spool; tests are no package to import from."""
    return Made


class Made:
    """See above."""

    THEN = THEN
    DECK = DECK
    a_ticket = staticmethod(a_ticket)
    job = staticmethod(put_job)
    done = staticmethod(finish_job)
    node = staticmethod(put_node)
    on_node = staticmethod(on_node)


class Watched:
    """An output that a person watches."""

    is_live = True

    def __init__(self):
        self.said: list[str] = []
        self.passed: list[str] = []

    def show(self, screen):
        self.said += [part.text for part in screen.parts]

    def line(self, text, tone=Tone.PLAIN):
        self.said.append(text)

    def warn(self, text):
        self.said.append(f"warning: {text}")

    def passing(self, text):
        self.passed.append(text)


@pytest.fixture
def watched():
    return Watched()
