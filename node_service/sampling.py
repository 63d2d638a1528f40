"""What runs use, looked at every few seconds: for the limits, and for the record of the end."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from node_service.attempt import Attempt
from node_service.limits import over_memory
from node_service.node import Node
from node_service.others import Others
from node_service.processes import Usage
from node_service.scratch import MostUsed
from node_service.scratch_hooks import hooks_of
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

    def __init__(self, node: Node, others: Others | None = None) -> None:
        self._node = node
        self._others = others or Others(node)
        self._due_s = float("inf")
        self._seen: set[str] = set()

    def look(self, running: Sequence[Attempt], hooked: Iterable[Attempt] = ()) -> None:
        """What each of these attempts uses is known, as of a few seconds ago; and what others use,
        who are neither these nor the hooks of those that are ``hooked``.
        """
        now_s = self._node.spool.clock.monotonic_s()
        jobs = {f"{a.job}.{a.generation}" for a in running}
        if jobs - self._seen:  # a short run should be seen once, and a long one soon
            self._due_s = min(self._due_s, now_s + FIRST_S)
        self._seen = jobs
        if not running:
            self._due_s = float("inf")
        if now_s < self._due_s:
            if not running and self._others.is_due():
                self._others.look(self._usages((), hooked))
            return
        self._due_s = now_s + EVERY_S
        found = self._usages(running, hooked)
        self._others.look(found)
        for attempt in running:
            if usage := found.get(attempt.folder.path):
                self._note(attempt, usage, now_s)
        if any(self._is_near_its_end(attempt) for attempt in running):
            self._due_s = now_s + HURRIED_S

    def _usages(
        self, running: Iterable[Attempt], hooked: Iterable[Attempt]
    ) -> Mapping[Path, Usage]:
        places = [attempt.folder.path for attempt in running]
        places += [hook.path for attempt in hooked for hook in hooks_of(attempt.folder)]
        return self._node.processes.usages(places) if places else {}

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
        used.cores_busy = _cores_busy(attempt, usage, now_s)
        used.sampled_s, used.cpu_s, used.memory_bytes = now_s, usage.cpu_s, usage.memory_bytes
        used.memory_peak_bytes = fresh.memory_bytes
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


def _cores_busy(attempt: Attempt, usage: Usage, now_s: float) -> float | None:
    """On the average since the last look. A sum that falls is of processes that have ended, and
    what these used since is not known: then it is as it was.
    """
    used = attempt.used
    if used.sampled_s is None or now_s <= used.sampled_s:
        return None
    if usage.cpu_s < used.cpu_s:
        return used.cores_busy
    return (usage.cpu_s - used.cpu_s) / (now_s - used.sampled_s)
