"""A spool in a folder of the test, nodes on it (in this process and as services), and waits."""

import hashlib
import json
import logging
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from node_service.loop import Loop
from node_service.node import Node
from node_service.processes import processes_of_this_system
from node_service.scratch import Scratch
from node_service.settings import NodeSettings
from spool_layout import folders
from spool_layout.records import OutcomeRecord, parse_outcome
from wamspool.clock import SystemClock
from wamspool.gather import gather
from wamspool.journal import Journal
from wamspool.lease import OwnLease
from wamspool.probe.ground import THOROUGH, on_ground
from wamspool.profiles.load import load_profiles
from wamspool.share import Share
from wamspool.shares.local import LocalShare
from wamspool.spool import Spool, create_spool, open_spool
from wamspool.submit import submission_of, submit
from wamspool.sweep import Sweep

SHELL = "/bin/sh"
DEADLINE_S = 60.0
QUICK = {
    "heartbeat": 0.5,
    "lease": 30,
    "door_grace": 0.2,
    "quiet": 0.2,
    "include_wait": 1,
    "default_solver": "command",
}
IN_FLIGHT = ("claimed", "running", "jobs", "doors", "held")
TICKETS_LIE_IN = ("incoming", "held", "claimed", "running", "cancel")


class SteppedClock(SystemClock):
    """The machine's clock, and steps ahead: graces pass without anybody waiting for them."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def monotonic_s(self) -> float:
        return super().monotonic_s() + self.ahead_s

    def sleep(self, duration_s: float) -> None:
        self.ahead_s += duration_s


class FakeClock:
    """Time that only a test moves; chance that is the same at each run, and another for each owner."""

    def __init__(self, owner: str = "") -> None:
        self.owner = owner
        self.now_s = 1000.0
        self.utc = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
        self.drawn = 0

    def monotonic_s(self) -> float:
        return self.now_s

    def utc_now(self) -> datetime:
        return self.utc + timedelta(seconds=self.now_s - 1000.0)

    def sleep(self, duration_s: float) -> None:
        self.now_s += duration_s

    def random_bytes(self, count: int) -> bytes:
        self.drawn += 1
        return hashlib.shake_128(f"{self.owner}/{self.drawn}".encode()).digest(count)


class FaultyShare:
    """A share whose next operations fail as they are told to."""

    def __init__(self, share: Share) -> None:
        self._share = share
        self._faults: list[tuple[str, str, Exception, bool]] = []
        self.calls: list[str] = []

    def fail(self, verb: str, error: Exception, *, about="", done=False, times=1) -> None:
        """``times`` calls of the verb about such a path raise; ``done``: after they were done."""
        self._faults += [(verb, about, error, done)] * times

    def heal(self) -> None:
        self._faults.clear()

    def __getattr__(self, name):
        verb = getattr(self._share, name)
        if not callable(verb):
            return verb

        def faulty(*arguments, **options):
            said = " ".join(str(a) for a in arguments if isinstance(a, str))
            self.calls.append(f"{name} {said}")
            for fault in self._faults:
                if fault[0] == name and fault[1] in said:
                    self._faults.remove(fault)
                    if fault[3]:
                        verb(*arguments, **options)
                    raise fault[2]
            return verb(*arguments, **options)

        return faulty


def make_spool(root: Path, **settings: object) -> Path:
    """A new spool with short times, so that a test sees graces pass."""
    root.mkdir(parents=True, exist_ok=True)
    create_spool(LocalShare(root, SystemClock()), SystemClock())
    text = (root / "spool.yaml").read_text(encoding="utf-8")
    lines = [f"{name}: {value}" for name, value in (QUICK | settings).items()]
    (root / "spool.yaml").write_text(text + "\n".join([*lines, ""]), encoding="utf-8")
    return root


def open_at(root: Path, clock=None, share: Share | None = None) -> Spool:
    """The spool, perhaps through another share than the plain one."""
    clock = clock or SystemClock()
    return open_spool(share or LocalShare(root, clock, durable=False), clock)


def make_node(
    spool: Spool,
    scratch: Path,
    *,
    name: str = "alpha",
    processes=None,
    programs=None,
    environment=None,
    **settings,
) -> Node:
    """A node in this process, with its parts as they are in service; its log is silent."""
    given = {"cpus": 2, "memory_bytes": 8 << 30, "events": False, "until_idle": True} | settings
    log = logging.getLogger(f"wam-test.{name}")
    log.propagate = True
    place = Scratch(scratch)
    place.make()
    return Node(
        settings=NodeSettings(name=name, scratch=scratch, **given),
        spool=spool,
        lease=OwnLease.of(spool),
        scratch=place,
        processes=processes or processes_of_this_system(),
        profiles=load_profiles({}),
        programs=programs or {"command": SHELL},
        environment={"PATH": os.environ["PATH"]} | (environment or {}),
        journal=Journal(spool.share, name),
        log=log,
        boot="1",
        version="0",
    )


def turn_until_idle(node: Node, *, deadline_s: float = DEADLINE_S) -> None:
    """The node has done all there was to do. Its clock must be a SteppedClock."""
    loop = Loop(node)
    loop.begin()
    end_s = time.monotonic() + deadline_s
    while time.monotonic() < end_s:
        loop.turn()
        if loop._is_done():
            loop._finish()
            return
        step(node)
    raise AssertionError(f"not idle within {deadline_s} s; left: {left_over(node_root(node))}")


def step(node: Node) -> None:
    """Time passes: a little for processes, more for graces."""
    time.sleep(0.003)
    node.spool.clock.sleep(0.25)


def node_root(node: Node) -> Path:
    return Path(node.spool.share.location)


def sweep_up(spool: Spool) -> None:
    """What any living node would finish and tidy by and by, has been."""
    sweep = Sweep(spool)
    for _ in range(3):
        sweep.sweep()
        spool.clock.sleep(spool.settings.door_grace_s + 0.1)
    _measure_later(spool)


def _measure_later(spool: Spool) -> None:
    """A service that was killed while it measured the share leaves where it did so. The next one
    that measures removes it, ten minutes later: here it is made that old.
    """
    root = Path(spool.share.location)
    grounds = list((root / folders.LOCKS).glob(f"{folders.PROBE_GROUND}*"))
    for ground in grounds:
        os.utime(ground, (0, 0))
    if grounds:
        with on_ground(lambda: LocalShare(root, spool.clock), spool.clock, THOROUGH):
            pass


def submit_deck(spool: Spool, deck: Path, *, solver: str = "command", **asked: object):
    """The deck is a queued job, as ``wam ticket`` makes it."""
    source = LocalFolder(deck.parent)
    family = "calculix" if solver == "calculix" else "command"
    gathered = gather(source, deck.name, family_of=lambda _: family, default_solver=solver)
    gathered = replace(gathered, draft=replace(gathered.draft, **asked))
    return submit(spool, submission_of(gathered, deck.parent, owner="jo"))


class LocalFolder:
    """Decks in a folder of this machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, name: str):
        path = self._folder / name
        return iter([path.read_bytes()]) if path.is_file() else None

    def names(self):
        return {path.name for path in self._folder.iterdir()}


def outcomes(root: Path) -> dict[str, OutcomeRecord]:
    """How each job that people see in ``done/`` ended (``left_over`` tells of hidden ones)."""
    found = {}
    for path in sorted((root / "done").glob("*/*/outcome.yaml")):
        if path.parent.name.startswith("."):
            continue
        record = parse_outcome(path.read_bytes(), source=str(path))
        assert path.parent.name == record.job
        assert (path.parent / "ticket.yaml").is_file()
        assert record.job not in found, f"{record.job} is done twice"
        found[record.job] = record
    return found


def done_folder(root: Path, job: str) -> Path:
    (found,) = (root / "done").glob(f"*/{job}")
    return found


def left_over(root: Path) -> list[str]:
    """What must not be there once nothing is in flight: claims, doors, inputs, hidden names."""
    left = [f"{place}/{p.name}" for place in IN_FLIGHT for p in (root / place).iterdir()]
    hidden = [str(p.relative_to(root)) for p in root.rglob(".*")]
    tickets = [f"incoming/{p.name}" for p in (root / "incoming").glob("*.yaml")]
    return sorted(left + hidden + tickets)


def left_on(scratch: Path) -> list[str]:
    """What must not be on scratch once nothing runs."""
    own = {"aside", "log", "service.lock", "spare", "spare.new", "status.json"}
    return sorted(
        [p.name for p in scratch.iterdir() if p.name not in own]
        + [f"aside/{p.name}" for p in (scratch / "aside").iterdir()]
    )


def journal_of(root: Path) -> list[dict]:
    """All that the nodes have written down, in no order between nodes."""
    return [
        json.loads(line)
        for path in sorted((root / "journal").glob("*/*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]


def wait_for(condition: Callable[[], object], what: str, *, deadline_s: float = DEADLINE_S):
    """What the condition gives once it is true; fails after the deadline."""
    end_s = time.monotonic() + deadline_s
    while time.monotonic() < end_s:
        if found := condition():
            return found
        time.sleep(0.02)
    raise AssertionError(f"not within {deadline_s} s: {what}")


class Service:
    """``wam-node run`` as a process of its own."""

    def __init__(
        self, root: Path, scratch: Path, *arguments: str, name: str = "alpha", **environment: str
    ) -> None:
        self.root, self.scratch, self.name = root, scratch, name
        self._environment = os.environ | environment
        self._arguments = arguments
        self._process: subprocess.Popen[bytes] | None = None
        self.output = scratch.with_name(f"{scratch.name}.out")

    def start(self) -> None:
        command = [sys.executable, "-m", "node_service", "run", "--spool", str(self.root)]
        command += ["--name", self.name, "--scratch", str(self.scratch)]
        command += ["--program", f"command={SHELL}", *self._arguments]
        with self.output.open("ab") as output:
            self._process = subprocess.Popen(
                command, stdout=output, stderr=output, env=self._environment
            )

    @property
    def lives(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def wait(self, *, deadline_s: float = DEADLINE_S) -> int:
        return self._process.wait(timeout=deadline_s)

    def kill(self) -> None:
        """As ``kill -9`` does: nothing is tidied."""
        self._process.kill()
        self._process.wait(timeout=DEADLINE_S)

    def stop(self) -> None:
        if self.lives:
            self._process.terminate()
            try:
                self._process.wait(timeout=DEADLINE_S)
            except subprocess.TimeoutExpired:
                self.kill()

    def said(self) -> str:
        """All that it wrote to its terminal so far."""
        return (
            self.output.read_text(encoding="utf-8", errors="replace")
            if self.output.exists()
            else ""
        )


@contextmanager
def serving(
    root: Path, scratch: Path, *arguments: str, name: str = "alpha", **environment: str
) -> Iterator[Service]:
    """A service for the length of a block; whatever it started is gone afterwards."""
    service = Service(root, scratch, *arguments, name=name, **environment)
    service.start()
    try:
        yield service
    finally:
        service.stop()
        end_runs_below(scratch)


def members(scratch: Path) -> list[psutil.Process]:
    """All processes of runs on this scratch, wherever they have gone."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if str(scratch) in process.environ().get("WAM_CONTROL", ""):
                found.append(process)
    return found


def end_runs_below(scratch: Path) -> None:
    """No process of a run on this scratch lives on."""
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if str(scratch) in " ".join(process.cmdline()):
                process.kill()


def need_ccx() -> str:
    """The path of ccx; a test that needs it fails in CI without it, and is skipped elsewhere."""
    program = shutil.which("ccx")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("CalculiX (ccx) is not installed")
        pytest.skip("CalculiX (ccx) is not installed")
    return program
