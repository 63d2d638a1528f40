"""The cores of this machine, and starting a program on some of them.

A core is all that shares its execution units: its hyperthreads go to one job together, since two
jobs on the two of one core would each run at half the speed.
"""

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

_TOPOLOGY: Final = Path("/sys/devices/system/cpu")


@dataclass(frozen=True, slots=True, order=True)
class Core:
    """One core: the socket that it is on, and the numbers of its logical processors."""

    package: int
    processors: tuple[int, ...]


def find_cores(topology: Path = _TOPOLOGY) -> tuple[Core, ...]:
    """The cores that this process may use, socket by socket.

    Linux only tells which processors are one core; elsewhere each counts as one. Empty where a
    process cannot be kept on some cores.
    """
    allowed = _allowed()
    found = {_core(topology, number, allowed) for number in allowed}
    return tuple(sorted(found))


def _allowed() -> frozenset[int]:
    if sys.platform == "win32":
        return frozenset(psutil.Process().cpu_affinity() or ())
    if hasattr(os, "sched_getaffinity"):
        return frozenset(os.sched_getaffinity(0))
    return frozenset()


def _core(topology: Path, number: int, allowed: frozenset[int]) -> Core:
    folder = topology / f"cpu{number}" / "topology"
    try:
        package = int((folder / "physical_package_id").read_text(encoding="ascii"))
        siblings = _numbers((folder / "thread_siblings_list").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return Core(0, (number,))
    return Core(package, tuple(sorted(siblings & allowed)) or (number,))


def _numbers(text: str) -> set[int]:
    """``0-1,8`` as the kernel writes it. Raises ValueError."""
    found: set[int] = set()
    for part in text.strip().split(","):
        first, _, last = part.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return found


@contextlib.contextmanager
def kept_on(processors: Sequence[int]) -> Iterator[None]:
    """What this thread starts within the block stays on these processors; () means any.

    The thread itself is back on its own afterwards. Processors that are gone since keep nobody
    from starting.
    """
    if sys.platform == "win32" or not processors or not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    with contextlib.suppress(OSError):
        os.sched_setaffinity(0, processors)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
