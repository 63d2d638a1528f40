"""What runs use: the processes of all of them found in one walk, and added up.

A process belongs to the run whose runner leads its session, or whose marker it carries in its
environment: that finds those that have left session and parent as well. The environment of a
process is read once in its life, so that a walk costs little on a machine with many processes.
Not found is what has left the session and cleared its environment.
"""

import contextlib
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from node_service.processes.interface import MARKER, Usage
from node_service.processes.members import SessionOf

AFRESH_EVERY: Final = 12


class Membership:
    """Finds the processes of runs; remembers of each process which run's marker it carries."""

    def __init__(self, session_of: SessionOf) -> None:
        self._session_of = session_of
        self._known: dict[int, Known] = {}
        self._looks = 0

    def look(
        self, leaders: Mapping[int, Path], controls: set[Path], *, afresh: bool
    ) -> dict[Path, list[psutil.Process]]:
        """The processes of each run, by its control folder; ``leaders`` are pids of runners.

        Unless ``afresh``, one may be missed for a minute that has left its session and got the
        number of another that has ended since the last look.
        """
        if afresh or self._looks % AFRESH_EVERY == 0:
            self._known = {}
        self._looks += not afresh
        found: dict[Path, list[psutil.Process]] = {control: [] for control in controls}
        by_name = {str(control): control for control in controls}
        known: dict[int, Known] = {}
        for pid in psutil.pids():
            known[pid] = one = self._known.get(pid) or _get_to_know(pid)
            session = self._session_of(pid) or 0
            if leaders.get(session) or by_name.get(one.mark):
                if one.process is None or not one.process.is_running():  # another has its number
                    known[pid] = one = _get_to_know(pid)
                control = leaders.get(session) or by_name.get(one.mark)
                if control is not None and one.process is not None:
                    found[control].append(one.process)
        self._known = known
        return found


@dataclass(frozen=True, slots=True)
class Known:
    """A process, None where there was none, and the run whose marker it carries, '' for none."""

    process: psutil.Process | None
    mark: str


def _get_to_know(pid: int) -> Known:
    process, mark = None, ""
    with contextlib.suppress(psutil.Error, OSError):
        process = psutil.Process(pid)
        mark = process.environ().get(MARKER, "")
    return Known(process, mark)


def sum_usage(processes: list[psutil.Process]) -> Usage | None:
    """What these processes use together, with the CPU time of children they waited for; None
    when none of them lives.
    """
    cpu_s, memory_bytes, peak_bytes, count, stopped = 0.0, 0, 0, 0, 0
    for process in processes:
        with contextlib.suppress(psutil.Error):
            with process.oneshot():
                if not process.is_running():
                    continue
                times, memory, status = process.cpu_times(), process.memory_info(), process.status()
            count += 1
            stopped += status == psutil.STATUS_STOPPED
            memory_bytes += memory.rss
            peak_bytes = max(peak_bytes, _peak_bytes(process.pid, memory))
            cpu_s += times.user + times.system
            cpu_s += getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
    if not count:
        return None
    return Usage(cpu_s, memory_bytes, max(peak_bytes, memory_bytes), is_suspended=stopped > 0)


def sum_memory_bytes(processes: list[psutil.Process]) -> int | None:
    """The memory of these processes, what several of them share counted once where the system
    tells (Linux: proportional set sizes); it reads the page tables of each. None: nothing lives.
    """
    found = [size for process in processes if (size := _own_bytes(process)) is not None]
    return sum(found) if found else None


def _own_bytes(process: psutil.Process) -> int | None:
    with contextlib.suppress(psutil.Error):
        if sys.platform == "linux":
            return int(process.memory_full_info().pss)
        return int(process.memory_info().rss)
    return None


def _peak_bytes(pid: int, memory: object) -> int:
    """The highest resident set that the process has had, as the system remembers it."""
    with contextlib.suppress(OSError):
        for line in _lines(Path(f"/proc/{pid}/status")):
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return int(getattr(memory, "peak_wset", 0))


def _lines(path: Path) -> Iterator[str]:
    with path.open(encoding="ascii", errors="replace") as file:
        yield from file
