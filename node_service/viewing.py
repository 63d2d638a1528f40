"""All that a node knows when it decides: its runs as they are now, the queue, what it has free."""

from collections.abc import Iterable, Mapping, Sequence

from node_service.attempt import Attempt, Phase
from node_service.claiming import Claiming
from node_service.condition import Condition
from node_service.decide import View
from node_service.node import Node
from node_service.processes import Ended, Running, RunState
from node_service.room import Room
from node_service.run_states import RunStates
from node_service.sampling import Sampling
from spool_layout.names import TicketName
from wamspool.choose import Offer
from wamspool.incoming import Queue
from wamspool.keeping import KeptRoom


class Viewing:
    """Makes the views of one node. What it holds is in ``attempts``, which the loop shares."""

    def __init__(
        self,
        node: Node,
        attempts: Mapping[str, Attempt],
        claiming: Claiming,
        room: Room,
        *,
        condition: Condition,
    ) -> None:
        self._node = node
        self._attempts = attempts
        self._claiming = claiming
        self._room = room
        self._condition = condition
        self._run_states = RunStates(node)
        self._sampling = Sampling(node, claiming.courtesy.others)

    def view(
        self,
        queue: Queue | None,
        waiting: Iterable[TicketName],
        *,
        nodes: Sequence[str],
        stopping: bool,
    ) -> View:
        """What is so now; runs have been looked at, and nothing on the share.

        ``nodes``: those that share the spool.
        """
        states, takes_none = self._states(), self._condition.state() != "up"
        is_stop_only = queue is None and waiting == ()  # it must not ask the share
        profiles, claiming, room = self._node.profiles, self._claiming, self._room
        free = claiming.free()
        return View(
            now_s=self._node.spool.clock.monotonic_s(),
            attempts=tuple(self._attempts.values()),
            states=states,
            queue=queue,
            waiting=waiting,
            free=free,
            claiming=not stopping and self._node.lease.holds(),
            quiet_s=self._node.spool.settings.quiet_s,
            grace_s=lambda a: profiles[a.ticket.draft.solver].grace_s,
            avoided=claiming.avoided(),
            ticket_of=claiming.tickets.read,
            may_run=claiming.may_run,
            passed_by=claiming.passed_by,
            draining=takes_none,
            off_hours=claiming.courtesy.suspends(),
            limits=self._node.spool.settings.limits,
            has_room=not room.problems,
            crowding=room.crowding,
            stall_s=lambda a: profiles[a.ticket.draft.solver].stall_s,
            room=None
            if is_stop_only
            else self._kept_room(free, nodes, takes_none=takes_none or stopping),
            note_unfit=claiming.keeping.note_unfit,
        )

    def _kept_room(self, free: Offer, nodes: Sequence[str], *, takes_none: bool) -> KeptRoom | None:
        if takes_none or self._room.problems:
            self._claiming.keeping.drop()
            return None
        return self._claiming.room(free, nodes=nodes)

    def _states(self) -> dict[str, RunState]:
        states = {
            attempt.job: self._run_states.look(attempt)
            for attempt in self._attempts.values()
            if attempt.phase is Phase.SOLVING and not attempt.busy
        }
        running = [
            self._attempts[job] for job, state in states.items() if isinstance(state, Running)
        ]
        self._note_ends(states)
        hooked = [a for a in self._attempts.values() if a.hook_since_s is not None]
        self._sampling.look(running, hooked)
        self._room.look(running)
        return states

    def _note_ends(self, states: Mapping[str, RunState]) -> None:
        others = self._claiming.courtesy.others
        for job, state in states.items():
            if isinstance(state, Ended):
                others.note_end(self._attempts[job].folder.path, state.cpu_s)
