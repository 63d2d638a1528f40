"""Carrying out what was decided. What fails for the share's sake is tried again, ever more rarely;
what fails for the job's sake ends the job with a sentence that says so.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from node_service.attempt import Attempt
from node_service.beginning import Beginning
from node_service.decide import (
    Action,
    Begin,
    Claim,
    End,
    Lose,
    Quit,
    Relaunch,
    Resume,
    Stop,
    Suspend,
)
from node_service.ending import Ending
from node_service.licences import Licences
from node_service.node import Node
from node_service.own_faults import OwnFaults
from node_service.retrying import Retrying
from node_service.room import Room
from node_service.stopping import stop_run
from node_service.suspending import resume_run, suspend_run


@dataclass(slots=True)
class Acting:
    """Acts for one node. ``offload`` runs work that may take long, elsewhere or at once."""

    node: Node
    offload: Callable[[Attempt, Callable[[], None], int], None]
    wake: Callable[[], None]
    avoid: Callable[[str], None]
    note_room: Callable[[], None]
    licences: Licences
    room: Room
    faults: OwnFaults
    retrying: Retrying = field(init=False)
    ending: Ending = field(init=False)
    beginning: Beginning = field(init=False)

    def __post_init__(self) -> None:
        self.retrying = Retrying(self.node)
        self.ending = Ending(
            self.node,
            self.avoid,
            self.note_room,
            self.licences,
            self.room,
            self.faults,
            self.retrying,
        )
        self.beginning = Beginning(self.node, self.wake, self.licences, self.retrying, self.ending)

    def attempt(self, action: Action) -> None:
        """One action on an attempt of this node was begun, or carried out."""
        if isinstance(action, Begin):
            size_bytes = sum(f.size_bytes for f in action.attempt.ticket.inputs)
            self._offload(action.attempt, self.beginning.stage_and_start, size_bytes)
        elif isinstance(action, End):
            size_bytes = self.ending.size_of_results(action.attempt)
            self._offload(
                action.attempt, lambda a: self.ending.judge_and_publish(a, action.ended), size_bytes
            )
        elif isinstance(action, Lose):
            self._guarded(action.attempt, lambda a: self.ending.lose(a, action.why))
        elif isinstance(action, Relaunch):
            self._guarded(action.attempt, self.beginning.launch_again)
        elif isinstance(action, Quit):
            self._guarded(action.attempt, lambda a: self.ending.quit(a, action.why))
        elif isinstance(action, Stop):
            reached, force = action.reached, action.force
            self._guarded(action.attempt, lambda a: stop_run(self.node, a, reached, force=force))
        elif isinstance(action, Suspend):
            self._guarded(action.attempt, lambda a: suspend_run(self.node, a))
        elif isinstance(action, Resume):
            self._guarded(action.attempt, lambda a: resume_run(self.node, a))
        elif isinstance(action, Claim):
            raise TypeError("a claim is no action on an attempt")

    def _guarded(self, attempt: Attempt, work: Callable[[Attempt], None]) -> None:
        self.retrying.guarded(attempt, lambda: work(attempt))

    def _offload(self, attempt: Attempt, work: Callable[[Attempt], None], size_bytes: int) -> None:
        self.offload(attempt, lambda: self._guarded(attempt, work), size_bytes)
