"""How the runs of a node stand, by their processes; and by their files, where a program returns
and leaves others behind.
"""

from node_service.attempt import Attempt
from node_service.node import Node
from node_service.processes import Running, RunState
from node_service.solvers.solver import solver_for

LINGER_S = 30.0


def examine(node: Node, attempt: Attempt) -> RunState:
    """How the run stands by its processes, all of them where its profile says so."""
    folder = attempt.folder.path
    if node.profiles[attempt.ticket.draft.solver].background:
        return node.processes.examine(folder, whole_tree=True)
    return node.processes.examine(folder)


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
        return node.processes.examine(folder)
