"""What runs use, real processes: wherever they have gone, and how dear it is to look."""

import os
import resource
import signal
import subprocess
import sys
import threading
from contextlib import suppress

import psutil
import pytest

from node_service.processes.interface import MARKER
from node_service.processes.members import find_marked
from node_service.processes.usage import (
    AFRESH_EVERY,
    Known,
    Membership,
    sum_memory_bytes,
    sum_usage,
)
from tests.node_service.processes.conftest import Attempt

pytestmark = pytest.mark.real

# A child of its own session that init has taken over holds 40 MB; the program itself waits.
AWAY = """\
import os, subprocess, sys, time
hog = "import time; x = bytearray(40_000_000); open('hog.pid', 'w').write('1'); time.sleep(60)"
if os.fork() == 0:
    subprocess.Popen([sys.executable, '-c', hog], start_new_session=True)
    os._exit(0)
os.wait()
time.sleep(60)
"""


def usage_of(attempt):
    return attempt.processes.usages([attempt.folder])[attempt.folder]


def test_what_has_left_session_and_parent_is_counted(attempt):
    attempt.start_python(AWAY)
    attempt.wait_for_file("hog.pid")
    usage = usage_of(attempt)
    assert usage.memory_bytes > 40_000_000
    assert attempt.processes.memory_bytes(attempt.folder) > 40_000_000


def test_two_runs_are_told_apart_in_one_look(tmp_path, processes):
    one, other = (Attempt(tmp_path / f"job-abcde.g{n}", processes) for n in (1, 2))
    try:
        one.start_python("x = bytearray(60_000_000); open('up', 'w').write('1')" + WAIT)
        other.start_python("open('up', 'w').write('1')" + WAIT)
        for attempt in (one, other):
            attempt.wait_for_file("up")
        found = processes.usages([one.folder, other.folder])
        assert found[one.folder].memory_bytes > 60_000_000 + 10_000_000
        assert found[other.folder].memory_bytes < found[one.folder].memory_bytes - 50_000_000
    finally:
        for attempt in (one, other):
            processes.stop(attempt.folder, force=True)
            attempt.wait_for_end()


WAIT = "\nimport time\ntime.sleep(60)"


def test_memory_that_is_shared_counts_once_where_that_is_asked(attempt):
    script = """
import mmap, os, time
shared = mmap.mmap(-1, 48_000_000)
shared.write(b'x' * 48_000_000)
for _ in range(3):
    if os.fork() == 0:
        sum(shared[::4096])
        open(f'up{os.getpid()}', 'w').write('1')
        time.sleep(60)
        os._exit(0)
time.sleep(60)
"""
    attempt.start_python(script)
    attempt.wait_for(lambda: len(list(attempt.run.glob("up*"))) == 3)
    assert usage_of(attempt).memory_bytes > 3 * 48_000_000
    assert attempt.processes.memory_bytes(attempt.folder) < 2 * 48_000_000


def test_a_run_that_somebody_has_suspended_is_said_to_be(attempt):
    attempt.start_shell("echo $$ >pid; exec sleep 60")
    pid = int(attempt.wait_for_file("pid"))
    assert not usage_of(attempt).is_suspended
    os.kill(pid, signal.SIGSTOP)
    attempt.wait_for(lambda: usage_of(attempt).is_suspended)
    os.kill(pid, signal.SIGCONT)
    attempt.wait_for(lambda: not usage_of(attempt).is_suspended)


@pytest.fixture
def marked(tmp_path):
    """A process that waits, with the marker of a run's control folder; and that folder."""
    control = tmp_path / "control"
    environment = os.environ | {MARKER: str(control)}
    child = subprocess.Popen([sys.executable, "-c", "input()"], env=environment, stdin=-1)
    yield child, control
    child.communicate(b"\n", timeout=30)


def test_a_process_is_asked_for_its_environment_once(marked, monkeypatch):
    """That makes most of the cost of a look; a machine has hundreds of processes."""
    child, control = marked
    asked = []
    environ = psutil.Process.environ
    monkeypatch.setattr(
        psutil.Process, "environ", lambda self: asked.append(self.pid) or environ(self)
    )
    membership = Membership(lambda _: None)
    for _ in range(AFRESH_EVERY):
        (found,) = membership.look({}, {control}, afresh=False).values()
        assert [process.pid for process in found] == [child.pid]
    assert asked.count(child.pid) == 1
    membership.look({}, {control}, afresh=True)
    assert asked.count(child.pid) == 2


def another(process):
    """What psutil still thinks of a number when another process has got it since."""
    process._ident = (process.pid, 1.0)
    process._create_time = 1.0
    process._pid_reused = True
    return process


@pytest.mark.parametrize("is_leader", [True, False])
def test_a_process_that_got_the_number_of_another_is_found_and_can_be_acted_on(marked, is_leader):
    child, control = marked
    membership = Membership(lambda pid: child.pid if pid == child.pid else None)
    leaders = {child.pid: control} if is_leader else {}
    membership.look(leaders, {control}, afresh=False)
    stale = Known(another(psutil.Process(child.pid)), "" if is_leader else str(control))
    assert not stale.process.is_running()
    membership._known[child.pid] = stale
    (found,) = membership.look(leaders, {control}, afresh=False).values()
    assert [process.pid for process in found] == [child.pid]
    assert found[0].is_running()


def test_what_is_to_be_killed_is_found_whatever_number_it_got(marked):
    """psutil's own iteration hands out what it has once seen under that number."""
    child, control = marked
    for process in psutil.process_iter():
        if process.pid == child.pid:
            another(process)
    assert [process.pid for process in find_marked(control)] == [child.pid]


def test_what_ends_while_it_is_looked_at_is_passed_over():
    child = subprocess.Popen(["sleep", "60"])
    process = psutil.Process(child.pid)
    child.kill()
    child.wait()
    assert sum_usage([process]) is None
    assert sum_memory_bytes([process]) is None
    with suppress(psutil.Error):
        assert not process.is_running()


def own_peak_bytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def end_of(attempt, script):
    """The end, after the runner itself has gone: then the system tells what it has used."""
    gone = threading.Event()
    attempt.start_shell(script)
    attempt.processes.watch_end(attempt.folder, gone.set)
    assert gone.wait(30)
    return attempt.wait_for_end()


def test_the_peak_of_a_process_that_nobody_saw_is_told_by_the_system(attempt):
    """One that lives for a moment, below a program that goes on to its own end."""
    size_bytes = own_peak_bytes() + 50_000_000
    child = f"{sys.executable} -c 'bytearray({size_bytes})'"
    ended = end_of(attempt, f"{child}; exit 3")
    assert ended.exit_code == 3
    assert size_bytes < ended.memory_peak_bytes < size_bytes + 100_000_000


def test_what_a_child_inherits_from_the_service_is_not_taken_for_its_own(attempt):
    assert end_of(attempt, "exit 0").memory_peak_bytes is None
