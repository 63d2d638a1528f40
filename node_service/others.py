"""What programs that are not WAM's use of this machine: measured, averaged, and told in steps.

It is what the whole machine uses less what this service and its runs do. What a run has used since
it was last looked at is known at its end, from its runner; so a machine that is busy with short
jobs is not taken for one that others use. Each figure stays where it is until the average has left
it clearly: cores are not offered and withdrawn again as a load goes to and fro.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, floor
from pathlib import Path
from typing import Final

from node_service.node import Node
from node_service.processes import Usage
from node_service.processes.machine_use import MachineUse

WINDOW_S: Final = 60.0
LEAST_S: Final = 20.0
"""So long it was looked at before anything is said of processors; what was before is not known."""
EVERY_S: Final = 10.0
CLEARLY: Final = 0.7
"""By so many cores the average must differ from the figure that was told before it changes."""
MINDED: Final = 0.1
"""The part of the memory from which on what others use counts: some is always the system's own."""
MINDED_STILL: Final = 0.08
STEPS: Final = 64
RUNS_KEPT: Final = 10_000


@dataclass(frozen=True, slots=True)
class _Mark:
    at_s: float
    used_s: float
    memory_bytes: int


class Others:
    """Measures for one node, by the settings of now. Costs nothing where they ask for nothing."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._marks: deque[_Mark] = deque()
        self._cpu_s: dict[Path, float] = {}
        self._own_s = 0.0
        self._seen: MachineUse | None = None
        self._cpus = 0
        self._memory_bytes = 0

    @property
    def _wanted(self) -> bool:
        settings = self._node.settings
        return settings.measure_memory or any(one.by_load for one in settings.keep_back)

    def is_due(self) -> bool:
        """Whether to look although nothing runs here."""
        now_s = self._node.spool.clock.monotonic_s()
        return self._wanted and (not self._marks or now_s - self._marks[-1].at_s >= EVERY_S)

    def look(self, own: Mapping[Path, Usage]) -> None:
        """What others use is known as of now; ``own``: by folder what WAM's runs use at this moment,
        all of them.
        """
        seen = self._node.machine_use() if self._wanted else None
        if seen is None:
            self._marks.clear()
            self._cpus = self._memory_bytes = 0
            return
        for folder, usage in own.items():
            self._note(folder, usage.cpu_s)
        memory = seen.memory_bytes - seen.memory_free_bytes
        memory -= sum(usage.memory_bytes for usage in own.values())
        now_s = self._node.spool.clock.monotonic_s()
        self._seen = seen
        self._marks.append(_Mark(now_s, seen.busy_s - self._own_s, max(0, memory)))
        while len(self._marks) > 1 and now_s - self._marks[1].at_s >= WINDOW_S:
            self._marks.popleft()
        self._settle()

    def note_end(self, folder: Path, cpu_s: float | None) -> None:
        """A run of WAM has ended, having used so much in its life. May be said more than once."""
        if cpu_s is not None:
            self._note(folder, cpu_s)

    def _note(self, folder: Path, cpu_s: float) -> None:
        # One that was there before the first look used its time before it, too.
        before = self._cpu_s.pop(folder, 0.0 if self._marks else cpu_s)
        self._own_s += max(0.0, cpu_s - before)
        self._cpu_s[folder] = max(before, cpu_s)
        if len(self._cpu_s) > RUNS_KEPT:  # the one that was not heard of for longest
            del self._cpu_s[next(iter(self._cpu_s))]

    def _settle(self) -> None:
        first, last = self._marks[0], self._marks[-1]
        passed_s = last.at_s - first.at_s
        if passed_s >= LEAST_S:
            self._cpus = steady(max(0.0, last.used_s - first.used_s) / passed_s, self._cpus)
        total = self._seen.memory_bytes if self._seen else 0
        mean = sum(mark.memory_bytes for mark in self._marks) / len(self._marks)
        step = max(1, total // STEPS)
        if mean < (MINDED_STILL if self._memory_bytes else MINDED) * total:
            self._memory_bytes = 0
        elif abs(mean - self._memory_bytes) > step:
            self._memory_bytes = ceil(mean / step) * step

    def cpus_wanting(self, offered: int) -> int:
        """How many of so many cores the machine does not have, since others use them."""
        if self._seen is None:
            return 0
        # Hyperthreads count where the node offers them.
        of_machine = (self._seen.cores, self._seen.processors, offered)
        there = next(count for count in of_machine if offered <= count)
        return max(0, min(offered, offered - there + self._cpus))

    def memory_wanting(self, offered_bytes: int) -> int:
        """As ``cpus_wanting``, of memory."""
        if self._seen is None or not self._node.settings.measure_memory:
            return 0
        there = max(offered_bytes, self._seen.memory_bytes)
        return max(0, min(offered_bytes, offered_bytes - there + self._memory_bytes))


def steady(load: float, held: int) -> int:
    """The load in whole cores; what was ``held`` before until it differs clearly."""
    if load >= held + CLEARLY:
        return floor(load + 1 - CLEARLY)
    if load <= held - CLEARLY:
        return ceil(load - 1 + CLEARLY)
    return held
