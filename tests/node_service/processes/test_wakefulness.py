"""Locks of logind by stand-ins for its programs, since there is no systemd here; Windows by a seam."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from node_service.processes.wakefulness import (
    Inhibitor,
    NoPowerManagement,
    SystemdPowerManagement,
    WindowsPowerManagement,
    parse_leaving,
)
from tests.node_service.processes.living import lives
from tests.real.real_spool import wait_for

SIGNALS = """\
signal time=1.5 sender=org.freedesktop.DBus -> destination=:1.9 serial=2 member=NameAcquired
   string ":1.9"
signal time=2.5 sender=:1.3 -> destination=(null destination) serial=7 path=/org/freedesktop/login1; \
interface=org.freedesktop.login1.Manager; member=PrepareForSleep
   boolean true
signal time=3.5 sender=:1.3 path=/org/freedesktop/login1; member=SessionNew
   boolean true
signal time=9.5 sender=:1.3 serial=9 member=PrepareForSleep
   boolean false
signal time=9.9 sender=:1.3 serial=9 member=PrepareForShutdown
   boolean true
"""
# Runs its command, as the real one does while it holds the lock.
INHIBIT = """#!/bin/sh
echo "$*" >>"$TOLD"
while [ "${1#--}" != "$1" ]; do shift; done
"$@"
echo released >>"$TOLD"
"""


@pytest.fixture
def told(tmp_path, monkeypatch):
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "signals").write_text(SIGNALS)
    for name, text in {
        "systemd-inhibit": INHIBIT,
        "dbus-monitor": f'#!/bin/sh\ncat "{programs}/signals"\nexec sleep 600\n',
    }.items():
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.setenv("TOLD", str(tmp_path / "told"))
    return tmp_path / "told"


def lines(told: Path) -> list[str]:
    return told.read_text().splitlines() if told.exists() else []


def test_a_lock_is_held_until_it_is_given_back(told):
    lock = Inhibitor("sleep:idle", "block", "jobs run")
    assert lock.hold(wanted=True) == lock.hold(wanted=True) == ""
    wait_for(lambda: len(lines(told)) == 1, "the lock is asked for")
    assert lines(told) == ["--what=sleep:idle --mode=block --who=WAM --why=jobs run cat"]
    assert lock.hold(wanted=False) == "" and lines(told)[1:] == ["released"]
    assert lock.hold(wanted=False) == ""


def test_without_systemd_it_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    power = SystemdPowerManagement()
    assert "systemd-inhibit cannot be started" in power.keep_awake(wanted=True)
    monkeypatch.undo()
    assert "cannot be started" in power.keep_awake(wanted=True)  # it is not tried each time
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "dbus-monitor cannot be started" in power.watch_leaving(lambda _: None)
    power.close()


def test_a_refusal_is_seen(told, tmp_path):
    (tmp_path / "bin" / "systemd-inhibit").write_text("#!/bin/sh\nexit 1\n")
    lock = Inhibitor("sleep", "block", "jobs run")
    refusal = "systemd-inhibit was refused (exit code 1)"
    wait_for(lambda: lock.hold(wanted=True) == refusal, "the refusal")
    lock.hold(wanted=False)


def test_signals_of_sleep_and_shutdown_are_heard(told):
    heard: list[bool] = []
    power = SystemdPowerManagement()
    assert power.watch_leaving(heard.append) == ""
    wait_for(lambda: len(heard) == 3, "three signals")
    assert heard == [True, False, True]
    power.close()


HOLDER = """\
import os, signal, subprocess, sys
from node_service.processes.posix import spawn_by_posix_spawn
from node_service.processes.wakefulness import SystemdPowerManagement
power = SystemdPowerManagement()
power.watch_leaving(print)
power.keep_awake(wanted=True)
power.delay_leaving(wanted=True)
pid = spawn_by_posix_spawn(("/bin/sleep", "600"), dict(os.environ))  # as a run that goes on
other = subprocess.Popen(["/bin/sleep", "600"], start_new_session=True)
print(pid, other.pid, flush=True)
signal.pause()
"""


@pytest.fixture
def held(told, tmp_path):
    """A process that holds and watches, as a service does, and those that run on without it."""
    note = f'echo $$ >>"{tmp_path}/pids"\n'
    lock = INHIBIT.removeprefix("#!/bin/sh\n")
    lock = lock.replace('"$@"', f'sh -c \'{note}exec "$@"\' - "$@"')
    for name, text in {"systemd-inhibit": lock, "dbus-monitor": "exec sleep 600\n"}.items():
        (tmp_path / "bin" / name).write_text(f"#!/bin/sh\n{note}{text}")
    holder = subprocess.Popen([sys.executable, "-c", HOLDER], stdout=subprocess.PIPE)
    runs = [int(word) for word in holder.stdout.readline().split()]

    def pids():
        noted = tmp_path / "pids"
        return [int(pid) for pid in noted.read_text().split()] if noted.exists() else []

    wait_for(lambda: len(pids()) == 5, "a monitor, and two locks with a program each")
    yield holder, pids(), runs
    holder.kill()
    holder.wait()
    holder.stdout.close()
    for pid in (*runs, *pids()):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@pytest.mark.real
def test_they_end_with_a_service_that_is_killed(held, told):
    holder, pids, runs = held
    assert all(lives(pid) for pid in pids)
    shells = [psutil.Process(pid).ppid() for pid in pids]
    holder.kill()
    holder.wait()
    wait_for(lambda: not any(lives(pid) for pid in pids), "its programs end")
    wait_for(lambda: not any(_is_shell(pid) for pid in shells), "their shells end")
    assert all(lives(pid) for pid in runs)  # what runs on keeps nothing of it alive
    wait_for(lambda: lines(told).count("released") == 2, "both locks are released")


def _is_shell(pid):
    try:
        return "wam-leaving" in psutil.Process(pid).cmdline()
    except psutil.Error:
        return False


def test_they_end_when_they_are_not_wanted_any_more(told, tmp_path):
    (tmp_path / "bin" / "dbus-monitor").write_text(
        f'#!/bin/sh\necho $$ >"{tmp_path}/pid"\nexec sleep 600\n'
    )
    power = SystemdPowerManagement()
    assert power.watch_leaving(print) == ""
    noted = tmp_path / "pid"
    pid = int(wait_for(lambda: noted.exists() and noted.read_text().strip(), "the monitor"))
    assert lives(pid)
    power.close()
    wait_for(lambda: not lives(pid), "the monitor ends")


def test_other_signals_say_nothing():
    assert list(parse_leaving(SIGNALS.splitlines())) == [True, False, True]
    assert list(parse_leaving(["   boolean true", "", "member=PrepareForSleep"])) == []


def test_windows_is_told_by_its_call():
    states: list[int] = []
    power = WindowsPowerManagement(lambda state: states.append(state) or 1)
    assert power.keep_awake(wanted=True) == power.keep_awake(wanted=False) == ""
    assert states == [0x80000001, 0x80000000]
    assert WindowsPowerManagement(lambda _: 0).keep_awake(wanted=True) != ""
    assert power.delay_leaving(wanted=True) == "" and power.watch_leaving(print) != ""
    power.close()


def test_a_machine_that_nobody_asks_says_nothing():
    power = NoPowerManagement()
    assert power.keep_awake(wanted=True) == power.watch_leaving(print) == ""
    power.close()
