"""Runs on Windows: a small Python process waits for each solver.

There is no SIGTERM between processes without a console, so a polite stop ends the solver's
processes themselves and leaves the runner to record the end.
"""

import contextlib
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import psutil

from node_service.processes.interface import RUN_FOLDER, Launch
from node_service.processes.recorded import RecordedProcesses
from node_service.processes.records import control_folder

# CreateProcess's values (winbase.h); named here because ``subprocess`` has them on Windows only
_DETACHED_PROCESS: Final = 0x00000008
_CREATE_NEW_PROCESS_GROUP: Final = 0x00000200
_CREATE_BREAKAWAY_FROM_JOB: Final = 0x01000000
_RUNNER_SCRIPT: Final = Path(__file__).with_name("runner_script.py")


def python_runner(control: Path, run: Path) -> tuple[str, ...]:
    """The runner as a Python script; ``-I -S``: no site packages, nothing from the environment."""
    return (sys.executable, "-I", "-S", str(_RUNNER_SCRIPT), str(control), str(run))


class WindowsProcesses(RecordedProcesses):
    """See Processes. The end of a run is not watched: polling finds it."""

    def __init__(self) -> None:
        super().__init__()
        self._children: list[subprocess.Popen[bytes]] = []

    def watch_end(self, attempt_folder: Path, wake: Callable[[], None]) -> None:
        """See Processes; the end is not watched here, so ``wake`` is never called."""

    def _spawn(self, launch: Launch, environment: Mapping[str, str]) -> None:
        run = launch.attempt_folder / RUN_FOLDER
        command = [*python_runner(control_folder(launch.attempt_folder), run), *launch.command]
        flags = _DETACHED_PROCESS | _CREATE_NEW_PROCESS_GROUP
        try:  # a service manager may hold its services in a job object that ends with them
            child = _popen(command, environment, flags | _CREATE_BREAKAWAY_FROM_JOB)
        except PermissionError:  # the job object does not let anybody out
            child = _popen(command, environment, flags)
        if launch.processors:  # before the runner, a Python, has come to start the solver
            with contextlib.suppress(psutil.Error, ValueError):
                psutil.Process(child.pid).cpu_affinity(list(launch.processors))
        self._children.append(child)

    def _ask_to_end(self, runner: psutil.Process | None, members: list[psutil.Process]) -> None:  # noqa: ARG002
        for member in members:
            with contextlib.suppress(psutil.Error):
                member.terminate()

    def _session_of(self, pid: int) -> int | None:  # noqa: ARG002 - no sessions here
        return None

    def _reap(self) -> None:
        self._children = [child for child in self._children if child.poll() is None]


def _popen(
    command: list[str], environment: Mapping[str, str], flags: int
) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        command,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        creationflags=flags,
        close_fds=True,
    )
