"""Ending a run: why is written down first, and a solver is asked in its own way before any signal."""

from node_service.attempt import Attempt
from node_service.job_requests import note_granted
from node_service.limits import Reached
from node_service.node import Node
from node_service.suspending import ask_solver


def note_why(node: Node, attempt: Attempt, reached: Reached | None) -> None:
    """Scratch says for what the run is stopped, before it is: who comes after us must know.

    What somebody has asked for comes before a limit. Raises OSError.
    """
    if attempt.granted:
        note_granted(attempt)
    elif reached:
        attempt.folder.note_stop(reached.reason, by=f"node {node.name}", why=reached.sentence)


def ask_solver_to_end(node: Node, attempt: Attempt) -> bool:
    """Whether the solver has been asked in its own way; False: its profile has none.

    Not promised: that it understood, or will end. A command that cannot be started counts as no
    way.
    """
    command = node.profiles[attempt.ticket.draft.solver].stop_command
    return bool(command) and ask_solver(node, attempt, command)
