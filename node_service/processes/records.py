"""The records by which a run is known to every service that comes along later.

``control/`` of an attempt holds:

* ``started``: made with O_EXCL by the runner before anything else; whoever finds it there
  already ends at once. This is what makes a double start harmless.
* ``runner``: who the runner is: its pid, the boot it lives in, its line of ``/proc/PID/stat``.
* ``ended``: how the solver ended: exit code, and whether the runner was told to end, too (``told``),
  as at a shutdown of the machine; two lines as the shell's ``times`` prints them. Of
  these the first is the shell's own, and of no use; a job object's peak of memory stands there.
* ``stopped-for``, ``usage``: why the service stops the run, and what it has seen it use.

All but ``started`` lie there at full size before the start and are overwritten in place:
on a disk that the solver has filled, a new file could not be written. (A file system that
copies on write may still refuse.) A record counts when its closing line ``end`` is there. They
are not flushed to the disk: what a power cut loses, the next boot reports as vanished.
"""

import contextlib
import os
import re
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from node_service.processes.interface import CONTROL_FOLDER, RUN_FOLDER, Ended

STARTED: Final = "started"
RUNNER: Final = "runner"
ENDED: Final = "ended"
STOPPED_FOR: Final = "stopped-for"
TOLD: Final = "told"
USAGE: Final = "usage"
RECORD_SIZE_BYTES: Final = 1024
SIGNAL_BASE: Final = 128
SIGNAL_LAST: Final = 64

_BLANK: Final = b" " * (RECORD_SIZE_BYTES - 1) + b"\n"

_BOOT_ID: Final = "/proc/sys/kernel/random/boot_id"
_RUNNER: Final = re.compile(r"pid (\d+)\nboot (\S*)\nstat (.*)\nend\n")
_ENDED: Final = re.compile(r"exit (\d+)( told)?\n(?:peak (\d+)|[^\n]*)\n([^\n]*)\nend\n")
# bash prints the decimal sign of the locale
_TIMES: Final = re.compile(r"(\d+)m(\d+)[.,](\d+)s (\d+)m(\d+)[.,](\d+)s\Z")
_START_TICKS_FIELD: Final = 22
_PIECE_BYTES: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class RunnerRecord:
    """Who the runner is. ``boot`` and ``start_ticks`` are '' and None where there is no /proc.

    The start is counted in ticks since the boot: a wall clock that steps moves the creation
    times that are computed from it, and a living run would seem to be another process.
    """

    pid: int
    boot: str
    start_ticks: int | None


def control_folder(attempt_folder: Path) -> Path:
    """Where the records of the attempt lie."""
    return attempt_folder / CONTROL_FOLDER


def prepare_control(attempt_folder: Path) -> None:
    """The attempt's folders and records are there, ready for a start; what was there stays.

    Raises OSError (a full disk shows here, before the solver starts).
    """
    # Plain calls of the system: this stands between a ticket and its solver's start.
    folder = str(attempt_folder)
    control = f"{folder}/{CONTROL_FOLDER}"
    for made in (folder, control, f"{folder}/{RUN_FOLDER}"):
        with contextlib.suppress(FileExistsError):
            os.mkdir(made)
    for name in (RUNNER, ENDED, STOPPED_FOR, USAGE):
        _preallocate(f"{control}/{name}")


def _preallocate(record: str) -> None:
    descriptor = os.open(record, os.O_WRONLY | os.O_CREAT, 0o644)
    try:
        if os.fstat(descriptor).st_size < RECORD_SIZE_BYTES:
            os.write(descriptor, _BLANK)
    finally:
        os.close(descriptor)


def start_was_claimed(attempt_folder: Path) -> bool:
    """Whether a runner got as far as claiming the start."""
    return os.path.exists(f"{attempt_folder}/{CONTROL_FOLDER}/{STARTED}")


def find_runner(attempt_folder: Path) -> RunnerRecord | None:
    """What the runner wrote about itself, or None while it has not."""
    match = _RUNNER.match(text_of(f"{attempt_folder}/{CONTROL_FOLDER}/{RUNNER}"))
    if not match:
        return None
    return RunnerRecord(int(match[1]), match[2], start_ticks(match[3]))


def find_end(attempt_folder: Path) -> Ended | None:
    """How the solver ended as the runner recorded it, or None while it has not."""
    path = f"{attempt_folder}/{CONTROL_FOLDER}/{ENDED}"
    match = _ENDED.match(text_of(path))
    if not match:
        return None
    code = int(match[1])
    by_signal = SIGNAL_BASE < code <= SIGNAL_BASE + SIGNAL_LAST
    return Ended(
        exit_code=None if by_signal else code,
        signal=code - SIGNAL_BASE if by_signal else None,
        cpu_s=_seconds(match[4]),
        ended_at=os.stat(path).st_mtime,
        memory_peak_bytes=int(match[3]) if match[3] else None,
        was_told=match[2] is not None,
    )


def start_ticks(stat_line: str) -> int | None:
    """Field 22 of a line of /proc/PID/stat (proc_pid_stat(5)); None for anything else."""
    fields = stat_line.rpartition(")")[2].split()  # the name in brackets may hold blanks
    try:
        return int(fields[_START_TICKS_FIELD - 3])
    except (IndexError, ValueError):
        return None


def signal_name(number: int) -> str:
    """``SEGV`` for 11; the number itself where it has no name."""
    try:
        return signal.Signals(number).name.removeprefix("SIG")
    except ValueError:
        return str(number)


def find_start_ticks(pid: int) -> int | None:
    """When the process that has this pid now was started; None without it or without /proc."""
    return start_ticks(text_of(f"/proc/{pid}/stat"))


def find_boot() -> str:
    """What tells this boot of the machine from any other; '' where the system does not tell."""
    return text_of(_BOOT_ID).strip()


def text_of(path: str) -> str:
    """A small file whole; '' where there is none. Raises OSError for what else is wrong with it.

    By plain calls of the system: a dozen of these are read for each job.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    except (FileNotFoundError, ProcessLookupError, NotADirectoryError):
        return ""
    try:
        content = piece = os.read(descriptor, _PIECE_BYTES)
        while len(piece) == _PIECE_BYTES:
            piece = os.read(descriptor, _PIECE_BYTES)
            content += piece
    except ProcessLookupError:
        return ""
    finally:
        os.close(descriptor)
    return content.decode("utf-8", "replace").replace("\r\n", "\n")


def _seconds(times: str) -> float | None:
    match = _TIMES.match(times)
    if not match:
        return None
    user_m, user_s, user_part, system_m, system_s, system_part = match.groups()
    whole_s = 60 * (int(user_m) + int(system_m)) + int(user_s) + int(system_s)
    return whole_s + float(f"0.{user_part}") + float(f"0.{system_part}")
