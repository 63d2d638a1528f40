"""A node's own machine: its scratch, and the solvers that run on it and outlive the service."""

from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from node_service.processes import Ended, NotStarted, Running, RunState, Vanished
from tests.sim.scheduler import Simulation


@dataclass(slots=True)
class Run:
    """What lies on scratch for one attempt."""

    is_staged: bool = False
    started: bool = False
    ends_s: float = float("inf")
    is_stopped: bool = False
    is_lost: bool = False  # the machine lost its power while it ran


class Key(NamedTuple):
    """An attempt, and its folder's place: nothing lies there, hooks neither."""

    job: str
    generation: int

    def __truediv__(self, name: str) -> Path:
        return Path("/nowhere", self.job, name)


@dataclass(slots=True)
class Machine:
    """Scratch and processes: they survive the service, and not all of them a power cut."""

    simulation: Simulation
    runs: dict[tuple[str, int], Run] = field(default_factory=dict)
    aside: list[tuple[str, int]] = field(default_factory=list)

    def folder(self, job: str, generation: int) -> "Folder":
        return Folder(self, Key(job, generation))

    def power_cut(self) -> None:
        for run in self.runs.values():
            run.is_lost = run.is_lost or run.started

    # As node_service.scratch.Scratch and processes.Processes, so far as the fence needs them.

    def put_aside(self, job: str, generation: int) -> PurePosixPath | None:
        if self.runs.pop((job, generation), None) is None:
            return None
        self.aside.append((job, generation))
        return PurePosixPath(f"aside/{job}.g{generation}")

    def examine(self, path: tuple[str, int], *, whole_tree: bool = False) -> RunState:
        run = self.runs.get(path)
        if run is None or not run.started:
            return NotStarted()
        if run.is_lost or run.is_stopped:
            return Vanished("the machine was switched off")
        if self.simulation.now_s >= run.ends_s:
            return Ended(0, None, 1.0, 1000.0)
        return Running(1, 0.0)

    def stop(self, path: tuple[str, int], *, force: bool) -> None:
        if path in self.runs:
            self.runs[path].is_stopped = True


@dataclass(frozen=True, slots=True)
class Folder:
    """The folder of one attempt."""

    machine: Machine
    path: Key

    @property
    def run(self) -> Run | None:
        return self.machine.runs.get(self.path)

    def remove(self) -> None:
        self.machine.runs.pop(self.path, None)


class MemoryFile:
    """A local file that costs no disk: what copy_in and copy_out need of a path."""

    def __init__(self, content: bytes | None = None) -> None:
        self.content = content

    def exists(self) -> bool:
        return self.content is not None

    def read_bytes(self) -> bytes:
        assert self.content is not None
        return self.content

    def write_bytes(self, content: bytes) -> None:
        self.content = content
