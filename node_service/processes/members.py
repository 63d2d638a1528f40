"""Which processes belong to a run: found by what cannot be mistaken for a stranger's.

While the runner lives, a run's processes are those below it and those of the session that it
leads. Once it is gone its number may lead a stranger's session, so that only the marker in the
environment counts (a process that cleared its environment is then out of reach).
"""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import psutil

from node_service.processes.interface import MARKER
from node_service.processes.records import RunnerRecord, find_boot, find_start_ticks

SessionOf = Callable[[int], int | None]
"""The session that a pid belongs to; None where there is no such process or no sessions."""

_ARGUMENTS_OF_RUNNER: Final = 6
_KILL_ROUNDS: Final = 100
_KILL_ROUND_S: Final = 0.05


def find_recorded_runner(record: RunnerRecord, control: Path) -> psutil.Process | None:
    """The runner of that record if it is the one that lives under its pid today."""
    if record.boot != find_boot():
        return None
    if record.start_ticks is not None and find_start_ticks(record.pid) != record.start_ticks:
        return None
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(record.pid)
        if process.status() != psutil.STATUS_ZOMBIE and is_runner(process, control):
            return process
    return None


def each_process() -> Iterator[psutil.Process]:
    """Every process, looked up now.

    Not ``psutil.process_iter``: since 6.0 that hands out the ended process whose number a new one
    has got, and refuses to act on it. What a run had left behind was neither seen nor killed then.
    """
    for pid in psutil.pids():
        with contextlib.suppress(psutil.Error):
            yield psutil.Process(pid)


def find_unrecorded_runner(control: Path) -> psutil.Process | None:
    """The oldest process whose command line is that of a runner for this control folder.

    For the moments between the spawn and the runner's first record. The oldest, because the
    runner's forks look like it until they become the solver.
    """
    found = [process for process in each_process() if is_runner(process, control)]
    return min(found, key=lambda process: (process.create_time(), process.pid), default=None)


def is_runner(process: psutil.Process, control: Path) -> bool:
    """Whether the process was started as a runner for this control folder."""
    try:
        return str(control) in process.cmdline()[:_ARGUMENTS_OF_RUNNER]
    except psutil.Error:
        return False


def find_members(runner: psutil.Process, session_of: SessionOf) -> list[psutil.Process]:
    """The living processes of the run but for the runner, which lives."""
    found: dict[int, psutil.Process] = {}
    with contextlib.suppress(psutil.Error):
        found = {child.pid: child for child in runner.children(recursive=True)}
    for pid in psutil.pids():
        if pid not in found and pid != runner.pid and session_of(pid) == runner.pid:
            with contextlib.suppress(psutil.Error):
                found[pid] = psutil.Process(pid)
    return [process for process in found.values() if lives(process)]


def find_marked(control: Path) -> list[psutil.Process]:
    """Every living process that carries the run's marker and is not its runner.

    Reads the environment of all processes that may be read: for the rare moments only.
    """
    return [
        process
        for process in each_process()
        if _carries_marker(process, control) and not is_runner(process, control) and lives(process)
    ]


def kill_below(runner: psutil.Process, session_of: SessionOf) -> None:
    """The run's processes are killed until the runner, which is spared to record, has ended too.

    Not once but until then: a runner that has not yet come to start its solver still will. A
    runner that stays although nothing is left below it is killed in the end.
    """
    with contextlib.suppress(psutil.Error):
        runner.resume()  # a stopped one would record nothing
    for _ in range(_KILL_ROUNDS):
        _kill(find_members(runner, session_of))
        if not lives(runner):
            return
        psutil.wait_procs([runner], timeout=_KILL_ROUND_S)
    _kill([runner])


def kill_marked(control: Path) -> None:
    """What is left of a run without its runner, or has left its session, is killed.

    Gives up after some seconds: a process in an uninterruptible read cannot be killed.
    """
    for _ in range(_KILL_ROUNDS):
        found = find_marked(control)
        if not found:
            return
        _kill(found)
        psutil.wait_procs(found, timeout=_KILL_ROUND_S)


def _kill(processes: list[psutil.Process]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.kill()


def _carries_marker(process: psutil.Process, control: Path) -> bool:
    try:
        return process.environ().get(MARKER) == str(control)
    except (psutil.Error, OSError):
        return False


def lives(process: psutil.Process) -> bool:
    """Whether this very process, not another under its number, has not ended."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False
