"""The service's half of a job object: real processes, a kernel that the test plays."""

import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest

from node_service.processes import Ended, Running, windows
from node_service.processes.job_object import job_name, make_job
from node_service.processes.windows import WindowsProcesses
from tests.node_service.processes.conftest import Attempt
from tests.node_service.processes.fake_kernel import FakeKernel
from tests.node_service.processes.living import lives

BREAKAWAY = 0x01000000


@pytest.fixture
def kernel():
    return FakeKernel()


@pytest.fixture
def spawned(monkeypatch):
    """Windows' flags of the runner's start, which cannot be given here."""
    seen = []

    def popen(command, environment, flags):
        seen.append(flags)
        if flags & BREAKAWAY and len(seen) == 1:
            raise PermissionError
        null = subprocess.DEVNULL
        return subprocess.Popen(
            command, env=dict(environment), stdin=null, stdout=null, stderr=null,
            start_new_session=True,
        )  # fmt: skip

    monkeypatch.setattr(windows, "_popen", popen)
    return seen


class Run(Attempt):
    """A run on Windows' half; the test holds its job, as its runner would."""

    def __init__(self, folder, kernel):
        super().__init__(folder, WindowsProcesses(kernel))
        self.job = make_job(kernel, str(folder / "control"))
        self.whole = kernel.job(job_name(str(folder / "control")))

    def pid_in(self, name):
        return int(self.wait_for_file(name))


@pytest.fixture
def run(tmp_path, kernel, spawned):
    made = Run(tmp_path / "bracket-k7f3.g2", kernel)
    yield made
    made.processes.stop(made.folder, force=True)
    for runner in made.processes._children:
        runner.spawned.wait()


# Nothing tells of this one but the job: not its parent, its session or its environment.
HIDDEN = "(setsid env -i /bin/sh -c 'echo $$ >hidden; exec sleep 60' &); "


def test_it_leaves_a_job_object_of_its_service_where_it_may(run, spawned):
    run.start_shell("exit 5")
    assert run.wait_for_end().exit_code == 5
    assert spawned[0] & BREAKAWAY and not spawned[1] & BREAKAWAY


def test_its_end_is_told_at_once(run):
    told = threading.Event()
    run.start_shell("until [ -e go ]; do sleep 0.01; done")
    run.processes.watch_end(run.folder, told.set)
    assert not told.is_set()
    (run.folder / "run" / "go").touch()
    assert told.wait(30)
    assert isinstance(run.processes.examine(run.folder), Ended)


def test_its_own_runner_is_known_before_it_has_written_who_it_is(run, monkeypatch):
    monkeypatch.setattr("node_service.processes.recorded.find_runner", lambda _: None)
    search = pytest.fail  # of all processes of the machine
    monkeypatch.setattr("node_service.processes.recorded.find_unrecorded_runner", search)
    run.start_shell("exec sleep 60")
    state = run.processes.examine(run.folder)
    assert isinstance(state, Running) and state.pid == run.processes._children[0].spawned.pid


def test_a_forced_stop_ends_what_only_the_job_knows(run):
    run.start_shell(HIDDEN + "echo $$ >pid; exec sleep 60")
    hidden, solver = run.pid_in("hidden"), run.pid_in("pid")
    run.whole.pids += [hidden, solver]
    run.processes.stop(run.folder, force=True)
    assert run.whole.ended_with == 137
    run.wait_for(lambda: not lives(hidden) and not lives(solver))
    assert isinstance(run.wait_for_end(), Ended)


def test_without_a_job_a_forced_stop_ends_what_can_be_found(run):
    run.job.close()
    run.start_shell("echo $$ >pid; exec sleep 60")
    solver = run.pid_in("pid")
    run.processes.stop(run.folder, force=True)
    run.wait_for(lambda: not lives(solver))


def test_a_polite_stop_and_suspending_reach_it_as_well(run):
    run.start_shell(HIDDEN + "echo $$ >pid; exec sleep 60")
    hidden = run.pid_in("hidden")
    run.whole.pids.append(hidden)
    run.processes.suspend(run.folder)
    run.wait_for(lambda: psutil.Process(hidden).status() == psutil.STATUS_STOPPED)
    run.processes.resume(run.folder)
    run.wait_for(lambda: psutil.Process(hidden).status() != psutil.STATUS_STOPPED)
    run.processes.stop(run.folder, force=False)
    run.wait_for(lambda: not lives(hidden))


def test_usage_is_what_the_job_has_counted(run, monkeypatch):
    run.start_shell("echo $$ >pid; exec sleep 60")
    run.whole.pids.append(run.pid_in("pid"))
    run.whole.cpu_s, run.whole.peak_bytes = 5000.5, 7_000_000_000
    usage = run.processes.usages([run.folder])[run.folder]
    assert (usage.cpu_s, usage.peak_memory_bytes) == (5000.5, 7_000_000_000)
    assert 0 < usage.memory_bytes < 1_000_000_000
    run.whole.cpu_s = 0.0
    with monkeypatch.context() as seen:
        seen.setattr(windows.RecordedProcesses, "usages", lambda *_: {run.folder: usage})
        assert run.processes.usages([run.folder])[run.folder].cpu_s == 5000.5
    run.processes._kernel.refuses = ("query",)
    usage = run.processes.usages([run.folder])[run.folder]
    assert usage.cpu_s < 100 and usage.peak_memory_bytes < 1_000_000_000


def test_a_service_that_comes_later_finds_the_job(run, kernel):
    run.start_shell("echo $$ >pid; exec sleep 60")
    run.whole.pids.append(run.pid_in("pid"))
    run.whole.cpu_s = 90.0
    later = WindowsProcesses(kernel)
    assert isinstance(later.examine(run.folder), Running)
    assert later.usages([run.folder])[run.folder].cpu_s == 90.0
    held = len(kernel.handles)
    later.stop(run.folder, force=True)
    assert len(kernel.handles) == held == 1, "a handle that stays open would keep the name"
    run.wait_for_end()


def test_the_whole_run_goes_on_as_long_as_its_runner_holds_the_job(run):
    run.start_shell(HIDDEN + "while [ ! -e hidden ]; do sleep 0.01; done")
    hidden = run.pid_in("hidden")
    run.whole.pids.append(hidden)
    run.wait_for_end()
    state = run.processes.examine(run.folder, whole_tree=True)
    assert isinstance(state, Running) and state.lingering and state.pid == hidden
    run.processes.stop(run.folder, force=True)
    run.wait_for(lambda: not lives(hidden))
    run.job.close()
    assert isinstance(run.processes.examine(run.folder, whole_tree=True), Ended)


def test_the_runner_is_the_interpreter_itself():
    """Not a virtual environment's launcher, which is a process more on Windows."""
    command = windows.python_runner(Path("control"), Path("run"))
    assert Path(command[0]).samefile(sys._base_executable)
