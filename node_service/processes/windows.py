"""Runs on Windows: a small Python process waits for each solver, and holds it in a job object.

There is no SIGTERM between processes without a console, so a polite stop ends the solver's
processes themselves and leaves the runner to record the end. Never run on Windows.
"""

import contextlib
import subprocess
import sys
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import psutil

from node_service.processes.interface import RUN_FOLDER, Launch, Running, Usage
from node_service.processes.job_object import JobObject, Kernel, open_job
from node_service.processes.recorded import RecordedProcesses
from node_service.processes.records import SIGNAL_BASE, control_folder

# CreateProcess's values (winbase.h); named here because ``subprocess`` has them on Windows only
_DETACHED_PROCESS: Final = 0x00000008
_CREATE_NEW_PROCESS_GROUP: Final = 0x00000200
_CREATE_BREAKAWAY_FROM_JOB: Final = 0x01000000
_RUNNER_SCRIPT: Final = Path(__file__).with_name("runner_script.py")
# The number of SIGKILL, so that a run that was killed is told of as it is elsewhere.
_KILLED: Final = SIGNAL_BASE + 9


def python_runner(control: Path, run: Path) -> tuple[str, ...]:
    """The runner as a Python script; ``-I -S``: no site packages, nothing from the environment."""
    # In a virtual environment of Windows sys.executable is a launcher: a second process for each
    # run, with which the runner ends if somebody ends it.
    python = getattr(sys, "_base_executable", "") or sys.executable
    return (python, "-I", "-S", str(_RUNNER_SCRIPT), str(control), str(run))


@dataclass(frozen=True, slots=True)
class Child:
    """A runner that this service has spawned and not reaped yet, and for which attempt."""

    folder: Path
    spawned: "subprocess.Popen[bytes]"
    process: psutil.Process


class WindowsProcesses(RecordedProcesses):
    """See Processes.

    What a run uses is that of its job object: exact, also of processes that have ended. Where none
    could be made the markers in the environment are all there is.
    """

    def __init__(self, kernel: Kernel | None = None) -> None:
        super().__init__()
        self._kernel = kernel or Kernel()
        self._children: list[Child] = []

    def watch_end(self, attempt_folder: Path, wake: Callable[[], None]) -> None:
        """See Processes; the ends of runners that another service has spawned are not watched."""

        def wait(child: Child) -> None:
            child.spawned.wait()
            wake()

        for child in self._children:
            if child.folder == attempt_folder:
                threading.Thread(target=wait, args=(child,), daemon=True, name="watch-end").start()
                return

    def stop(self, attempt_folder: Path, *, force: bool) -> None:
        """See Processes."""
        if force:
            with self._job(control_folder(attempt_folder)) as job:
                if job:
                    job.end_all(_KILLED)
        # What was started after that, by a runner that had only begun, or has left the job.
        super().stop(attempt_folder, force=force)

    def usages(self, attempt_folders: Collection[Path]) -> dict[Path, Usage]:
        """See Processes."""
        found = super().usages(attempt_folders)
        return {folder: self._counted(folder, usage) for folder, usage in found.items()}

    def _counted(self, attempt_folder: Path, usage: Usage) -> Usage:
        with self._job(control_folder(attempt_folder)) as job:
            if job is None:
                return usage
            cpu_s, peak_bytes = job.cpu_s(), job.memory_peak_bytes()
        return replace(
            usage,
            # Should a system not count: a run that seems to use none is stopped for a stall.
            cpu_s=max(usage.cpu_s, cpu_s or 0.0),
            peak_memory_bytes=peak_bytes or usage.peak_memory_bytes,
        )

    @contextlib.contextmanager
    def _job(self, control: Path) -> Iterator[JobObject | None]:
        """The job object that the runner of the run holds; None where there is none."""
        job = open_job(self._kernel, str(control))
        with contextlib.closing(job) if job else contextlib.nullcontext():
            yield job

    def _members_of(
        self, attempt_folders: Collection[Path], *, afresh: bool = True
    ) -> dict[Path, list[psutil.Process]]:
        found = super()._members_of(attempt_folders, afresh=afresh)
        return {f: self._with_job(control_folder(f), members) for f, members in found.items()}

    def _members(self, control: Path, runner: psutil.Process | None) -> list[psutil.Process]:
        return self._with_job(control, super()._members(control, runner))

    def _with_job(self, control: Path, members: list[psutil.Process]) -> list[psutil.Process]:
        """With those of the job object, which may have left parent and environment."""
        with self._job(control) as job:
            pids = job.pids() if job else []
        found = list(members)
        for pid in {*pids} - {member.pid for member in members}:
            with contextlib.suppress(psutil.Error):
                found.append(psutil.Process(pid))
        return found

    def _find_lingering(self, attempt_folder: Path) -> Running | None:
        """As long as the runner holds the job object: what it has recorded is not the last word."""
        control = control_folder(attempt_folder)
        with self._job(control) as job:
            pids = job.pids() if job else None
        if pids is None:
            return super()._find_lingering(attempt_folder)
        runner = self._find_runner(attempt_folder)
        for pid in pids or ([runner.pid] if runner else []):
            with contextlib.suppress(psutil.Error):
                return Running(pid, psutil.Process(pid).create_time(), lingering=True)
        return None

    def _spawn(self, launch: Launch, environment: Mapping[str, str]) -> None:
        run = launch.attempt_folder / RUN_FOLDER
        command = [*python_runner(control_folder(launch.attempt_folder), run), *launch.command]
        flags = _DETACHED_PROCESS | _CREATE_NEW_PROCESS_GROUP
        try:  # a service manager may hold its services in a job object that ends with them
            child = _popen(command, environment, flags | _CREATE_BREAKAWAY_FROM_JOB)
        except PermissionError:  # the job object does not let anybody out
            child = _popen(command, environment, flags)
        with contextlib.suppress(psutil.Error, ValueError):
            process = psutil.Process(child.pid)
            process.create_time()  # is remembered: nobody tells it of one that was reaped
            self._children.append(Child(launch.attempt_folder, child, process))
            if launch.processors:  # before the runner, a Python, has come to start the solver
                process.cpu_affinity(list(launch.processors))

    def _find_child(self, attempt_folder: Path) -> psutil.Process | None:
        # As long as somebody holds a handle on a process, no other gets its number.
        return next((c.process for c in self._children if c.folder == attempt_folder), None)

    def _ask_to_end(self, runner: psutil.Process | None, members: list[psutil.Process]) -> None:  # noqa: ARG002
        for member in members:
            with contextlib.suppress(psutil.Error):
                member.terminate()

    def _session_of(self, pid: int) -> int | None:  # noqa: ARG002 - no sessions here
        return None

    def _reap(self) -> None:
        self._children = [child for child in self._children if child.spawned.poll() is None]


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
