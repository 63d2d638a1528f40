"""How much of the machine is in use, by whomever: its processors' time and its memory."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import psutil


@dataclass(frozen=True, slots=True)
class MachineUse:
    """One look at the machine.

    ``busy_s``: the processor time that programs have used since it started, without this very
    process; neither waiting for disks nor the handling of interrupts counts. ``memory_free_bytes``
    is what programs could get now without swapping, files kept in memory included.
    """

    busy_s: float
    memory_bytes: int
    memory_free_bytes: int
    cores: int
    processors: int


LookAtMachine = Callable[[], MachineUse | None]
"""None: the system does not tell."""


def look_at_nothing() -> MachineUse | None:
    """See LookAtMachine: nothing is known."""
    return None


def look_at_machine() -> MachineUse | None:
    """See LookAtMachine; some 50 microseconds."""
    try:
        times, memory, own = psutil.cpu_times(), psutil.virtual_memory(), os.times()
        # Linux counts what guests of virtual machines use in these as well.
        busy_s = times.user + times.system + getattr(times, "nice", 0.0)
        processors = _processors()
    except (psutil.Error, OSError, RuntimeError, ValueError):
        return None
    return MachineUse(
        busy_s=busy_s - own.user - own.system,
        memory_bytes=memory.total,
        memory_free_bytes=memory.available,
        cores=processors[0],
        processors=processors[1],
    )


@cache
def _processors() -> tuple[int, int]:
    logical = psutil.cpu_count() or 1
    return psutil.cpu_count(logical=False) or logical, logical
