"""Ending a run: why is written down first, and a solver is asked in its own way before any signal."""

from node_service.attempt import Attempt
from node_service.job_requests import note_granted
from node_service.limits import Reached
from node_service.node import Node
from node_service.suspending import ask_solver


def stop_run(node: Node, attempt: Attempt, reached: Reached | None, *, force: bool) -> None:
    """The run's solver has been asked to end or, where that has no way of its own or has been asked
    before, its processes have; with ``force`` they are ended. ``reached``: the limit, where that is
    why. Raises OSError.
    """
    is_first = attempt.stop_asked_s is None
    if is_first:
        note_why(node, attempt, reached)
        _note_asked(node, attempt, reached)
    attempt.forced = attempt.forced or force
    node.log.warning("stop", extra={"job": attempt.job, "force": force})
    if attempt.standstill.is_still:  # what stands still hears nothing
        node.processes.resume(attempt.folder.path)
    if is_first and not force and ask_solver_to_end(node, attempt):
        return
    attempt.signalled = True
    node.processes.stop(attempt.folder.path, force=force)


def _note_asked(node: Node, attempt: Attempt, reached: Reached | None) -> None:
    clock, why = node.spool.clock, reached.sentence if reached else ""
    attempt.stop_asked_s = clock.monotonic_s()
    generation, now = attempt.generation, clock.utc_now()
    node.journal.note("stop", attempt.job, generation=generation, detail=why, at=now)


def note_why(node: Node, attempt: Attempt, reached: Reached | None) -> None:
    """Scratch says for what the run is stopped, before it is: who comes after us must know.

    What somebody has asked for comes before a limit. Raises OSError.
    """
    if attempt.granted:
        note_granted(attempt.folder, attempt.granted)
    elif reached:
        attempt.folder.note_stop(reached.reason, by=f"node {node.name}", why=reached.sentence)


def ask_solver_to_end(node: Node, attempt: Attempt) -> bool:
    """Whether the solver has been asked in its own way; False: its profile has none.

    Not promised: that it understood, or will end. A command that cannot be started counts as no
    way.
    """
    command = node.profiles[attempt.ticket.draft.solver].stop_command
    return bool(command) and ask_solver(node, attempt, command)
