"""An attempt of a test, with both runners, and waits with a deadline."""

import ctypes
import os
import sys
import threading
from pathlib import Path

import psutil
import pytest

from node_service.processes import Ended, Launch, Processes, prepare_control
from node_service.processes.posix import PosixProcesses, shell_runner
from node_service.processes.windows import python_runner
from tests.node_service.processes.fake_kernel import Exported

DEADLINE_S = 30.0


class Attempt:
    """One attempt with its processes, and waits that end as soon as what is awaited is there."""

    def __init__(self, folder: Path, processes: Processes) -> None:
        self.folder = folder
        self.processes = processes
        prepare_control(folder)

    @property
    def run(self) -> Path:
        return self.folder / "run"

    def start(self, *command: str, **environment: str) -> None:
        whole = {"PATH": os.environ["PATH"], **environment}
        self.processes.start(Launch(self.folder, command, whole))

    def start_shell(self, script: str, **environment: str) -> None:
        self.start("/bin/sh", "-c", script, **environment)

    def start_python(self, script: str) -> None:
        self.start(sys.executable, "-c", script)

    def state(self):
        return self.processes.examine(self.folder)

    def wait_for(self, condition):
        """Polls; fails after the deadline, with what was last seen."""
        pause = threading.Event()
        for _ in range(int(DEADLINE_S / 0.01)):
            if found := condition():
                return found
            pause.wait(0.01)
        raise AssertionError(f"not within {DEADLINE_S} s; the run is {self.state()}")

    def wait_for_end(self) -> Ended:
        return self.wait_for(lambda: (s := self.state()) and isinstance(s, Ended) and s)

    def wait_for_file(self, name: str) -> str:
        return self.wait_for(lambda: (p := self.run / name).exists() and p.read_text().strip())


@pytest.fixture(params=["shell", "python"])
def processes(request) -> Processes:
    return PosixProcesses(shell_runner if request.param == "shell" else python_runner)


@pytest.fixture
def attempt(tmp_path, processes):
    made = Attempt(tmp_path / "bracket-k7f3.g2", processes)
    yield made
    processes.stop(made.folder, force=True)
    made.wait_for(lambda: not [p for p in psutil.process_iter() if _is_below(p, tmp_path)])


def _is_below(process, folder):
    try:
        return str(folder) in " ".join(process.cmdline())
    except psutil.Error:
        return False


@pytest.fixture
def exported(monkeypatch):
    """A system that says it is Windows, and has its libraries."""
    library = Exported()
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(ctypes, "WinDLL", lambda *_, **__: library, raising=False)
    library.last_error = 0
    monkeypatch.setattr(ctypes, "get_last_error", lambda: library.last_error, raising=False)
    return library
