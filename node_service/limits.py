"""Which limit an attempt has reached: pure, from what was seen of it. Each limit says so in a
sentence with its figures.
"""

from dataclasses import dataclass

from node_service.attempt import Attempt
from node_service.solvers.evidence import StoppedFor
from spool_layout.limits import Limits, OverMemory
from spool_layout.units import format_duration, format_size


@dataclass(frozen=True, slots=True)
class Reached:
    """A limit that ends a run, and what was seen."""

    reason: StoppedFor
    sentence: str


def limit_reached(
    attempt: Attempt, *, now_s: float, limits: Limits, stall_s: float | None
) -> Reached | None:
    """The limit for which the run is to be ended now, if any. What holds longest comes first."""
    if sentence := _over_walltime(attempt, now_s):
        return Reached(StoppedFor.WALLTIME, sentence)
    if limits.memory is OverMemory.END and (sentence := over_memory(attempt, limits)):
        return Reached(StoppedFor.MEMORY, sentence)
    if sentence := _stalled(attempt, stall_s):
        return Reached(StoppedFor.STALLED, sentence)
    return None


def _over_walltime(attempt: Attempt, now_s: float) -> str | None:
    walltime_s = attempt.ticket.draft.resources.walltime_s
    ran_s = now_s - attempt.started_s
    if walltime_s is None or ran_s < walltime_s:
        return None
    return f"It ran for {format_duration(ran_s)}; its walltime is {format_duration(walltime_s)}."


def over_memory(attempt: Attempt, limits: Limits) -> str | None:
    """What is said of a run that used more memory than it may when it was last looked at."""
    asked = attempt.ticket.draft.resources.memory_bytes
    used = attempt.used.memory_bytes
    if limits.memory is OverMemory.OFF or not asked:
        return None
    if used <= asked * (1 + limits.memory_tolerance):
        return None
    return f"It used {format_size(used)} of memory; it had asked for {format_size(asked)}."


def _stalled(attempt: Attempt, stall_s: float | None) -> str | None:
    used = attempt.used
    if stall_s is None or used.sampled_s is None:
        return None
    # As of the last look: whether it has done something since is not known.
    quiet_s = used.sampled_s - used.active_s
    if quiet_s < stall_s:
        return None
    return (
        f"It has neither computed nor written anything for {format_duration(quiet_s)}; "
        f"its solver profile allows {format_duration(stall_s)}."
    )
