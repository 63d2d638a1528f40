"""From a claim to a solver that runs: tokens, inputs, hooks, start. What keeps it from that for the
job's sake ends the job; what does for the node's sake gives it to others.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from node_service import hooking
from node_service.attempt import Attempt
from node_service.ending import Ending
from node_service.licences import Licences
from node_service.mailing import tell_start
from node_service.node import Node
from node_service.processes import LaunchFailed
from node_service.retrying import Retrying
from node_service.stage_in import (
    InputsDiffer,
    ScratchShort,
    launch_solver,
    read_steps,
    stage_in,
    start_solver,
)
from spool_layout.solver_command import OptionNotPermitted
from wamspool.errors import CopyDiffers, Gone
from wamspool.tree import lies_at


@dataclass(slots=True)
class Beginning:
    """Begins the attempts of one node. ``wake`` is called when a solver has ended."""

    node: Node
    wake: Callable[[], None]
    licences: Licences
    retrying: Retrying
    ending: Ending

    def stage_and_start(self, attempt: Attempt) -> None:
        """The solver runs, or what keeps it from that has been met; perhaps ask again.

        Raises ShareError, OSError, LeaseUnsure, TicketGone: to be tried again.
        """
        if not hooking.has_begun(attempt) and not self._is_staged(attempt):
            return
        if attempt.granted is not None:  # it came while the inputs did
            self.ending.quit(attempt, "")
            return
        if halted := hooking.before_solver(self.node, attempt):
            if isinstance(halted, hooking.HookFailed):
                self.ending.hook_failed(attempt, halted)
            return
        try:
            start_solver(self.node, attempt)
        except (LaunchFailed, OptionNotPermitted) as error:
            self.ending.not_launched(attempt, error)
            return
        tell_start(self.node, attempt)
        self._follow(attempt)

    def _is_staged(self, attempt: Attempt) -> bool:
        if no_room := self.licences.no_room(attempt):
            if no_room.hand_back:
                self.ending.hand_back(attempt, no_room.why, avoid=False)
            else:
                self.retrying.soon(attempt, no_room.why)
            return False
        try:
            stage_in(self.node, attempt)
        except (InputsDiffer, Gone) as error:
            if isinstance(error, Gone) and self._is_there(error.path):
                raise
            self.ending.inputs_differ(attempt, error)
        except ScratchShort as error:
            self.ending.hand_back(attempt, error.message)
        except (CopyDiffers, OSError) as error:
            why = _of_scratch(error)
            self.ending.suspect(attempt, why)
            self.ending.hand_back(attempt, why)
        else:
            return True
        return False

    def _is_there(self, path: str) -> bool:
        """Whether the file is there after all. A mount that has once been told that it is not
        believes so for a minute, unless its folder is listed.
        """
        with suppress(Gone):
            return lies_at(self.node.spool.share, path)
        return False

    def launch_again(self, attempt: Attempt) -> None:
        """A start that never was is made good. Raises ShareError, OSError, LeaseUnsure."""
        attempt.is_inherited = False
        if not attempt.folder.is_staged:
            self.ending.lose(attempt, "its folder on scratch is gone")
            return
        try:
            launch_solver(self.node, attempt)
        except (LaunchFailed, OptionNotPermitted) as error:
            self.ending.not_launched(attempt, error)
            return
        self._follow(attempt)

    def _follow(self, attempt: Attempt) -> None:
        self.node.log.info(
            "start", extra={"job": attempt.job, "cpus": attempt.ticket.draft.resources.cpus}
        )
        self.follow_found(attempt)

    def follow_found(self, attempt: Attempt) -> None:
        """A run that an earlier service started is followed like one of our own."""
        self.node.processes.watch_end(attempt.folder.path, self.wake)
        read_steps(self.node, attempt)


def _of_scratch(error: CopyDiffers | OSError) -> str:
    if isinstance(error, OSError):
        return f"scratch: {error.strerror or error}"
    return error.message
