"""Licences that a solver was refused on this node: for a while nothing that needs as many is tried.

A hundred jobs that wait for one licence would else be staged in and started in turn, for nothing.
Each refusal in a row doubles the pause; the end of any run of that solver, which has given its
licences back, ends it. Kept in memory only: a service started anew tries once more.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from spool_layout.ticket import format_time
from wamspool.clock import Clock

PAUSE_FIRST_S: Final = 60.0
PAUSE_MOST_S: Final = 600.0


@dataclass(frozen=True, slots=True)
class _Refusal:
    """``until`` says ``until_s`` in the node's wall time, for people."""

    tokens: int
    until_s: float
    until: datetime
    pause_s: float


class Refusals:
    """What each solver was refused last."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._by_solver: dict[str, _Refusal] = {}

    def note(self, solver: str, tokens: int) -> None:
        """A run that needed so many tokens got none."""
        known = self._by_solver.get(solver)
        pause_s = min(PAUSE_MOST_S, 2 * known.pause_s) if known else PAUSE_FIRST_S
        until_s = self._clock.monotonic_s() + pause_s
        until = self._clock.utc_now() + timedelta(seconds=pause_s)
        self._by_solver[solver] = _Refusal(tokens, until_s, until, pause_s)

    def forget(self, solver: str) -> None:
        """A run of the solver had its licences, and has given them back."""
        self._by_solver.pop(solver, None)

    def stands(self, solver: str, tokens: int) -> bool:
        """Whether it is too early to try a run that needs so many tokens."""
        known = self._by_solver.get(solver)
        if known is None or tokens < known.tokens:
            return False
        return self._clock.monotonic_s() < known.until_s

    def _standing(self) -> list[tuple[str, _Refusal]]:
        now_s = self._clock.monotonic_s()
        return [(s, known) for s, known in sorted(self._by_solver.items()) if now_s < known.until_s]

    def announced(self) -> dict[str, dict[str, Any]]:
        """By solver what stands now, as the node's status says it."""
        return {
            solver: {"tokens": known.tokens, "until": format_time(known.until)}
            for solver, known in self._standing()
        }

    def problems(self) -> tuple[str, ...]:
        """The same for people."""
        return tuple(
            f"{solver} got no licence; jobs that take {known.tokens} tokens or more are tried again "
            f"after {known.until:%H:%M:%S} UTC"
            for solver, known in self._standing()
        )
