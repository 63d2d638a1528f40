"""Ending a run: why is written down first, and a solver is asked in its own way before any signal."""

from node_service.attempt import Attempt
from node_service.job_requests import note_granted
from node_service.limits import Reached
from node_service.node import Node
from node_service.processes import LaunchFailed
from node_service.stage_in import solver_arguments
from spool_layout.solver_command import build_environment, build_stop_command


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
    profile = node.profiles[attempt.ticket.draft.solver]
    arguments = solver_arguments(node, attempt)
    command = build_stop_command(profile, arguments)
    if not command:
        return False
    environment = build_environment(profile, arguments, node.environment)
    try:
        node.processes.tell(attempt.folder.path, command, environment)
    except LaunchFailed as error:
        node.log.warning("stop command", extra={"job": attempt.job, "why": error.message})
        return False
    return True
