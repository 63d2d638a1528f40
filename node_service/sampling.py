"""What runs use, looked at every few seconds: for the limits, and for the record of the end."""

from collections.abc import Sequence
from contextlib import suppress

from node_service.attempt import Attempt
from node_service.limits import over_memory
from node_service.node import Node
from node_service.processes import Usage
from node_service.scratch import MostUsed
from spool_layout.limits import OverMemory

FIRST_S = 1.0
EVERY_S = 5.0
HURRIED_S = 1.0
"""Between looks while a run is near the memory that ends it: it may go on growing fast."""
NEAR = 0.5
IDLE_CORES = 0.01
"""A run that takes less of one core than this, on the average between two looks, computes nothing:
programs that wait for something may wake now and then to see whether it is there."""


class Sampling:
    """Looks at all running attempts together, since the walk over all processes is what costs."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._due_s = float("inf")
        self._seen: set[str] = set()

    def look(self, running: Sequence[Attempt]) -> None:
        """What each of these attempts uses is known, as of a few seconds ago."""
        now_s = self._node.spool.clock.monotonic_s()
        jobs = {f"{a.job}.{a.generation}" for a in running}
        if jobs - self._seen:  # a short run should be seen once, and a long one soon
            self._due_s = min(self._due_s, now_s + FIRST_S)
        self._seen = jobs
        if not running:
            self._due_s = float("inf")
        if now_s < self._due_s:
            return
        self._due_s = now_s + EVERY_S
        found = self._node.processes.usages([a.folder.path for a in running])
        for attempt in running:
            if usage := found.get(attempt.folder.path):
                self._note(attempt, usage, now_s)
        if any(self._is_near_its_end(attempt) for attempt in running):
            self._due_s = now_s + HURRIED_S

    def _is_near_its_end(self, attempt: Attempt) -> bool:
        claim = attempt.ticket.draft.resources.memory_bytes
        ends = self._node.spool.settings.limits.memory is OverMemory.END
        return ends and claim is not None and attempt.used.memory_bytes > NEAR * claim

    def _note(self, attempt: Attempt, usage: Usage, now_s: float) -> None:
        used = attempt.used
        most = attempt.folder.most_used or MostUsed(0.0, 0)
        fresh = MostUsed(
            max(most.cpu_s, usage.cpu_s), max(most.memory_bytes, usage.peak_memory_bytes)
        )
        with suppress(OSError):
            attempt.folder.note_usage(fresh)
        # A solver that was asked to stand still in its own way is not stopped, and does nothing.
        is_still = usage.is_suspended or attempt.standstill.is_still
        if used.sampled_s is None or is_still or _computes(attempt, usage, now_s):
            used.active_s, used.output = now_s, None
        else:
            output = attempt.folder.output_mark()
            if output != used.output:
                used.active_s, used.output = now_s, output
        used.sampled_s, used.cpu_s, used.memory_bytes = now_s, usage.cpu_s, usage.memory_bytes
        self._judge_memory(attempt)

    def _judge_memory(self, attempt: Attempt) -> None:
        """What several processes share is counted once before a job is blamed."""
        node, policy = self._node, self._node.spool.settings.limits
        if over_memory(attempt, policy) is None:
            return
        exact = node.processes.memory_bytes(attempt.folder.path)
        attempt.used.memory_bytes = exact or 0
        sentence = over_memory(attempt, policy)
        if sentence and policy.memory is OverMemory.WARN:
            if not attempt.remark:
                node.log.warning("memory", extra={"job": attempt.job, "why": sentence})
            attempt.remark = sentence


def _computes(attempt: Attempt, usage: Usage, now_s: float) -> bool:
    """A sum that falls is a process that has ended: something happens there, too."""
    used = attempt.used
    passed_s = now_s - (used.sampled_s or 0.0)
    return abs(usage.cpu_s - used.cpu_s) >= IDLE_CORES * passed_s
