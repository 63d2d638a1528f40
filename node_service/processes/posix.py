"""Runs on Linux and other POSIX systems: a shell of 1 MB waits for each solver, no Python.

``posix_spawn`` is used where it can make a session: it is as fast as ``subprocess`` (0.1 ms,
neither copies the service's memory), and resets the signal mask and ignored signals, which a
service's threads may have changed and a solver must not inherit.
"""

import contextlib
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import psutil

from node_service.processes.cores import kept_on
from node_service.processes.interface import (
    RUN_FOLDER,
    SOLVER_ERR,
    SOLVER_OUT,
    Ended,
    Launch,
    RunState,
)
from node_service.processes.recorded import RecordedProcesses
from node_service.processes.records import (
    ENDED,
    RUNNER,
    STARTED,
    TOLD,
    control_folder,
    find_boot,
)

assert sys.platform != "win32"  # noqa: S101 - a type checker looking as Windows stops here
if sys.platform == "linux":
    from node_service.processes.end_watch import EndWatch

# Builtins only, but for the solver: no fork before it. The traps are there so that a signal to the
# group reaches the solver and leaves the runner to record; an ignored signal would be ignored by
# the solver too. A machine that is shut down asks all processes to end: this one writes down that
# it was asked, else the solver's end would be taken for its own. 75 = somebody else runs this attempt, 125 = no way into the folder.
SCRIPT: Final = f"""
control=$1 run=$2 boot=$3
shift 3
told=''
trap 'told=" {TOLD}"' TERM
trap : INT HUP QUIT
set -C
true >"$control/{STARTED}" || exit 75
set +C
stat=''
read -r stat <"/proc/$$/stat"
printf 'pid %s\\nboot %s\\nstat %s\\nend\\n' "$$" "$boot" "$stat" 1<>"$control/{RUNNER}"
code=125
if cd -- "$run" && true >{SOLVER_OUT} && true >{SOLVER_ERR}; then
    "$@" </dev/null >{SOLVER_OUT} 2>{SOLVER_ERR}
    code=$?
fi
{{ echo "exit $code$told"; times; echo end; }} 1<>"$control/{ENDED}"
"""

PEAKS_KEPT: Final = 256
_RSS_UNIT_BYTES: Final = 1 if sys.platform == "darwin" else 1024

RunnerCommand = Callable[[Path, Path], tuple[str, ...]]
"""The command of a runner for a control folder and a run folder; the solver's is appended."""

# A Python process ignores the first two, and a service may have been started under nohup; what
# is ignored stays so across exec.
_DEFAULT_SIGNALS: Final = (
    signal.SIGPIPE,
    signal.SIGXFSZ,
    signal.SIGHUP,
    signal.SIGINT,
    signal.SIGQUIT,
    signal.SIGTERM,
    signal.SIGCHLD,
)


def shell_runner(control: Path, run: Path) -> tuple[str, ...]:
    """The runner as a constant script of the POSIX shell."""
    # The boot is told, not read: the shell reads byte by byte, and the solver waits for it.
    return ("/bin/sh", "-c", SCRIPT, "wam-runner", str(control), str(run), find_boot())


@dataclass(frozen=True, slots=True)
class Child:
    """A runner that this service has spawned and not reaped yet, and for which attempt."""

    folder: Path
    process: psutil.Process


class PosixProcesses(RecordedProcesses):
    """See Processes. ``runner`` makes the runner's command (tests put the Python one here)."""

    def __init__(self, runner: RunnerCommand = shell_runner) -> None:
        super().__init__()
        self._runner = runner
        self._children: dict[int, Child] = {}
        self._reaping = threading.Lock()  # a pid that was reaped may be a new child's at once
        self._peaks: dict[Path, int] = {}
        if sys.platform == "linux":
            self._ends = EndWatch(self._reap)

    def examine(self, attempt_folder: Path, *, whole_tree: bool = False) -> RunState:
        """See Processes. The peak is known of runs that this very service has started."""
        state = super().examine(attempt_folder, whole_tree=whole_tree)
        if isinstance(state, Ended):
            return replace(state, memory_peak_bytes=self._peaks.get(attempt_folder))
        return state

    def watch_end(self, attempt_folder: Path, wake: Callable[[], None]) -> None:
        """See Processes; needs a Linux with pidfd_open (5.3), does nothing elsewhere."""
        if sys.platform == "linux" and hasattr(os, "pidfd_open"):
            handle = self._open_runner(attempt_folder)
            if handle is None:
                self._reap()
                wake()
            else:
                self._ends.watch(handle, wake)

    def _open_runner(self, attempt_folder: Path) -> int | None:
        """A pidfd of the runner; None when there is none any more."""
        if sys.platform == "linux":
            with contextlib.suppress(OSError, psutil.Error):
                with self._reaping:
                    if child := self._find_child(attempt_folder):
                        return os.pidfd_open(child.pid)
                if runner := self._find_runner(attempt_folder):
                    handle = os.pidfd_open(runner.pid)
                    if runner.is_running():  # the pid was not reused before the open
                        return handle
                    os.close(handle)
        return None

    def _spawn(self, launch: Launch, environment: Mapping[str, str]) -> None:
        run = launch.attempt_folder / RUN_FOLDER
        command = (*self._runner(control_folder(launch.attempt_folder), run), *launch.command)
        with kept_on(launch.processors), self._reaping:
            try:
                pid = spawn_by_posix_spawn(command, environment)
            except NotImplementedError:  # a C library that cannot make sessions there
                pid = spawn_by_subprocess(command, environment)
            process = psutil.Process(pid)
            process.create_time()  # is remembered: nobody tells it of one that was reaped
            self._children[pid] = Child(launch.attempt_folder, process)

    def _find_child(self, attempt_folder: Path) -> psutil.Process | None:
        children = tuple(self._children.values())
        return next((c.process for c in children if c.folder == attempt_folder), None)

    def _ask_to_end(self, runner: psutil.Process | None, members: list[psutil.Process]) -> None:
        with contextlib.suppress(ProcessLookupError):
            if runner is not None and runner.is_running():
                os.killpg(runner.pid, signal.SIGTERM)
                os.killpg(runner.pid, signal.SIGCONT)
        for member in members:  # some may have left the runner's group
            with contextlib.suppress(psutil.Error, ProcessLookupError):
                if runner is None or os.getpgid(member.pid) != runner.pid:
                    member.terminate()
                    member.resume()

    def _session_of(self, pid: int) -> int | None:
        try:
            return os.getsid(pid)
        except OSError:
            return None

    def _reap(self) -> None:
        with self._reaping:
            for pid, child in tuple(self._children.items()):
                try:
                    ended, _, used = os.wait4(pid, os.WNOHANG)
                except ChildProcessError:
                    del self._children[pid]
                    continue
                if ended:
                    self._note_peak(child.folder, used.ru_maxrss)
                    del self._children[pid]

    def _note_peak(self, folder: Path, highest: int) -> None:
        """A child begins with the peak of the process that spawned it (Linux, fs/exec.c:
        exec_mmap): what is not more than this service's own says nothing.
        """
        if highest > resource.getrusage(resource.RUSAGE_SELF).ru_maxrss:
            self._peaks[folder] = highest * _RSS_UNIT_BYTES
        for old in tuple(self._peaks)[:-PEAKS_KEPT]:
            self._peaks.pop(old, None)


def spawn_by_posix_spawn(command: tuple[str, ...], environment: Mapping[str, str]) -> int:
    """The pid of the command, in a session of its own, its standard files on /dev/null."""
    null = os.devnull
    return os.posix_spawn(
        command[0],
        command,
        dict(environment),
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, null, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, null, os.O_WRONLY, 0),
            (os.POSIX_SPAWN_OPEN, 2, null, os.O_WRONLY, 0),
        ],
        setsid=True,
        setsigmask=(),
        setsigdef=_DEFAULT_SIGNALS,
    )


def spawn_by_subprocess(command: tuple[str, ...], environment: Mapping[str, str]) -> int:
    """The same where posix_spawn cannot make a session; the signal mask stays the service's."""
    process = subprocess.Popen(
        command,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    process.returncode = 0  # the end is read from the records; no warning when this is dropped
    return process.pid
