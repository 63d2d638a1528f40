"""A node keeps its machine awake while it solves, and takes nothing new when it is about to go."""

from collections.abc import Callable, Sequence
from typing import Final

from node_service.attempt import Attempt, Phase
from node_service.node import Node

LEAVING = "takes no more jobs: the machine is about to sleep or to shut down"

KEEP_S: Final = 10.0
"""The lock is a process: with short jobs one was started, and waited for, between any two."""


class Wakefulness:
    """What does not work is said in the log once, and left at that."""

    def __init__(self, node: Node, wake: Callable[[], None]) -> None:
        self._node = node
        self._wake = wake
        self._power = node.power
        self._said: set[str] = set()
        self._is_watching = False
        self._is_awake = False
        self._computed_s = float("-inf")
        self.is_leaving = False

    @property
    def problems(self) -> tuple[str, ...]:
        """Why it takes no jobs, as a sentence; none while the machine stays."""
        return (LEAVING,) if self.is_leaving else ()

    def turn(self, attempts: Sequence[Attempt]) -> None:
        """The machine is kept awake while one of these computes, and for ``KEEP_S`` after that;
        called at the end of each turn.

        A sleep or shutdown that has been heard of is let through then: nothing new has been taken
        in this turn. Not promised: that the share has been told.
        """
        wanted = self._node.settings.keep_awake
        if wanted and not self._is_watching:
            self._is_watching = True
            self._note(self._power.watch_leaving(self._tell))
        if self._is_watching:
            self._note(self._power.delay_leaving(wanted=wanted and not self.is_leaving))
        now_s = self._node.spool.clock.monotonic_s()
        if any(one.phase is Phase.SOLVING and not one.standstill.is_still for one in attempts):
            self._computed_s = now_s
        awake = wanted and now_s - self._computed_s < KEEP_S
        if awake or self._is_awake:
            self._note(self._power.keep_awake(wanted=awake))
        self._is_awake = awake

    def close(self) -> None:
        """The machine may do as it likes; solvers that run on are not its hindrance any more."""
        if self._is_watching:
            self._power.close()

    def _tell(self, is_leaving: bool) -> None:  # noqa: FBT001 - the one thing that there is to tell
        self.is_leaving = is_leaving
        self._node.log.warning("leaving" if is_leaving else "back", extra={"node": self._node.name})
        self._wake()

    def _note(self, problem: str) -> None:
        if problem and problem not in self._said:
            self._said.add(problem)
            self._node.log.warning("may fall asleep", extra={"why": problem})
