"""Keeping the machine awake, and hearing that it is about to sleep or shut down.

Linux: by systemd-logind, whose own programs are started for it (``systemd-inhibit``,
``dbus-monitor``), so that a service that is killed leaves nothing behind: what they hold, and they
themselves, end with an input that only the service keeps open. Windows: SetThreadExecutionState; there nothing tells of a shutdown.
"""

import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Final, Protocol

ENDED_S: Final = 5.0
MONITOR: Final = (
    "dbus-monitor",
    "--system",
    # By its sender, too: any account of the machine may send a signal that is called so.
    "type='signal',sender='org.freedesktop.login1',interface='org.freedesktop.login1.Manager'",
)
# It alone writes only when there is something to tell, so it would not notice for long that nobody
# reads any more. The shell notices, and keeps nothing of the output open; signals that the shell
# ignores for what is in the background would not end it either.
_WATCHED: Final = """
"$@" </dev/null & monitor=$!
exec >/dev/null
trap 'kill "$monitor" 2>/dev/null' EXIT
trap 'exit 0' TERM HUP INT
read -r _
"""
# winbase.h
_ES_CONTINUOUS: Final = 0x80000000
_ES_SYSTEM_REQUIRED: Final = 0x00000001


class PowerManagement(Protocol):
    """The machine's sleep. Each call says what does not work, as a phrase; empty for nothing."""

    def keep_awake(self, *, wanted: bool) -> str:
        """The machine does not fall asleep by itself from now on, or may again."""
        ...

    def delay_leaving(self, *, wanted: bool) -> str:
        """A sleep or shutdown waits for us, some seconds at most, or does not any more."""
        ...

    def watch_leaving(self, tell: Callable[[bool], None]) -> str:
        """``tell`` is called from another thread: True, the machine is about to sleep or shut
        down; False, it is back.
        """
        ...

    def close(self) -> None:
        """Nothing is held or watched any more."""
        ...


class NoPowerManagement:
    """Of a machine that never sleeps, as far as anybody asks."""

    def keep_awake(self, *, wanted: bool) -> str:
        """See PowerManagement."""
        del wanted
        return ""

    delay_leaving = keep_awake

    def watch_leaving(self, tell: Callable[[bool], None]) -> str:
        """See PowerManagement."""
        del tell
        return ""

    def close(self) -> None:
        """See PowerManagement."""


class Inhibitor:
    """One lock of logind: held by a program that ends with its input, or with this process."""

    def __init__(self, what: str, mode: str, why: str) -> None:
        self._command = (
            "systemd-inhibit", f"--what={what}", f"--mode={mode}", "--who=WAM", f"--why={why}",
            "cat",
        )  # fmt: skip
        self._child: subprocess.Popen[bytes] | None = None
        self._problem = ""

    def hold(self, *, wanted: bool) -> str:
        """The lock is asked for, or given back; what does not work, as a phrase."""
        if not wanted:
            self._let_go()
            self._problem = ""
            return ""
        if self._problem:  # not tried at each turn of a service: it costs a process
            return self._problem
        if self._child is None:
            try:
                self._child = subprocess.Popen(
                    self._command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
            except OSError as error:
                self._problem = f"systemd-inhibit cannot be started ({error.strerror})"
                return self._problem
        code = self._child.poll()
        return "" if code is None else f"systemd-inhibit was refused (exit code {code})"

    def _let_go(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            _end(child)


class SystemdPowerManagement:
    """See PowerManagement; with systemd-logind."""

    def __init__(self) -> None:
        self._awake = Inhibitor("sleep:idle", "block", "jobs are being solved")
        self._delay = Inhibitor("sleep:shutdown", "delay", "no more jobs are taken")
        self._monitor: subprocess.Popen[bytes] | None = None

    def keep_awake(self, *, wanted: bool) -> str:
        """See PowerManagement."""
        return self._awake.hold(wanted=wanted)

    def delay_leaving(self, *, wanted: bool) -> str:
        """See PowerManagement."""
        return self._delay.hold(wanted=wanted)

    def watch_leaving(self, tell: Callable[[bool], None]) -> str:
        """See PowerManagement."""
        if shutil.which(MONITOR[0]) is None:
            return "dbus-monitor cannot be started (it is not there)"
        try:
            monitor = subprocess.Popen(
                ("/bin/sh", "-c", _WATCHED, "wam-leaving", *MONITOR),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # the end of the service ends it, not a key on a terminal
            )
        except OSError as error:
            return f"dbus-monitor cannot be started ({error.strerror})"
        self._monitor = monitor

        def listen() -> None:
            lines = (line.decode("utf-8", "replace") for line in monitor.stdout or ())
            for is_leaving in parse_leaving(lines):
                tell(is_leaving)

        threading.Thread(target=listen, daemon=True, name="leaving").start()
        return ""

    def close(self) -> None:
        """See PowerManagement."""
        self._awake.hold(wanted=False)
        self._delay.hold(wanted=False)
        if self._monitor is not None:
            _end(self._monitor)


class WindowsPowerManagement:
    """See PowerManagement. ``set_state`` is SetThreadExecutionState: what it sets holds for the
    thread that calls.
    """

    def __init__(self, set_state: Callable[[int], int]) -> None:
        self._set_state = set_state

    def keep_awake(self, *, wanted: bool) -> str:
        """See PowerManagement."""
        state = _ES_CONTINUOUS | (_ES_SYSTEM_REQUIRED if wanted else 0)
        return "" if self._set_state(state) else "SetThreadExecutionState was refused"

    def delay_leaving(self, *, wanted: bool) -> str:
        """See PowerManagement; there is no such thing for a service."""
        del wanted
        return ""

    def watch_leaving(self, tell: Callable[[bool], None]) -> str:
        """See PowerManagement."""
        del tell
        return "nothing tells of a shutdown on this system"

    def close(self) -> None:
        """See PowerManagement."""
        self._set_state(_ES_CONTINUOUS)


def parse_leaving(lines: Iterable[str]) -> Iterator[bool]:
    """What dbus-monitor's lines say of logind's signals PrepareForSleep and PrepareForShutdown."""
    is_ours = False
    for line in lines:
        words = line.split()
        if "member=PrepareForSleep" in words or "member=PrepareForShutdown" in words:
            is_ours = True
        elif is_ours and words[:1] == ["boolean"]:
            is_ours = False
            yield words[1:] == ["true"]
        elif words[:1] == ["signal"]:
            is_ours = False


def _end(child: "subprocess.Popen[bytes]") -> None:
    """Its input has, and so it has ended, or was killed after a while."""
    if child.stdin:
        with suppress(OSError):
            child.stdin.close()
    try:
        child.wait(ENDED_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    if child.stdout:
        child.stdout.close()


def power_management_of_this_system() -> PowerManagement:
    """The implementation for the system that this runs on."""
    if sys.platform == "win32":
        import ctypes  # noqa: PLC0415 - there alone

        return WindowsPowerManagement(ctypes.windll.kernel32.SetThreadExecutionState)
    return SystemdPowerManagement()
