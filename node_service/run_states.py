"""How the runs of a node stand, by their processes; and by their files, where a program returns
and leaves others behind.

An end that neither the solver nor this service chose is none to judge: when a machine is shut down,
its system asks all processes to end, the solver and its runner among them. Each run of a machine
that was restarted in good order used to be published as failed.
"""

from node_service.attempt import Attempt
from node_service.node import Node
from node_service.processes import Ended, Running, RunState, Vanished
from node_service.solvers.solver import solver_for

LINGER_S = 30.0
TOLD_FROM_OUTSIDE = "the run was told to end from outside, as when the machine is shut down"


def examine(node: Node, attempt: Attempt) -> RunState:
    """How the run stands by its processes, all of them where its profile says so."""
    folder = attempt.folder.path
    if node.profiles[attempt.ticket.draft.solver].background:
        return _unless_told(attempt, node.processes.examine(folder, whole_tree=True))
    return _unless_told(attempt, node.processes.examine(folder))


def _unless_told(attempt: Attempt, state: RunState) -> RunState:
    """What ended well although it was told to end is left as it is."""
    if isinstance(state, Ended) and state.was_told and state.exit_code != 0:
        # The service says so first, whenever it asks.
        return state if attempt.folder.stopped_for else Vanished(TOLD_FROM_OUTSIDE)
    return state


class RunStates:
    """Looks at runs. What lingers although the solver has said its last word is ended."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._over_since_s: dict[str, float] = {}

    def look(self, attempt: Attempt) -> RunState:
        """How the run stands now."""
        node, folder = self._node, attempt.folder.path
        state = examine(node, attempt)
        if not (isinstance(state, Running) and state.lingering):
            self._over_since_s.pop(attempt.job, None)
            return state
        profile = node.profiles[attempt.ticket.draft.solver]
        if not solver_for(profile).says_it_ended(attempt.folder.run, attempt.stem):
            return state
        now_s = node.spool.clock.monotonic_s()
        if now_s - self._over_since_s.setdefault(attempt.job, now_s) < LINGER_S:
            return state
        node.log.warning("left behind", extra={"job": attempt.job, "pid": state.pid})
        node.processes.stop(folder, force=True)
        return _unless_told(attempt, node.processes.examine(folder))
