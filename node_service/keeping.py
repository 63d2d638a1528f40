"""This node's part in keeping room for large jobs: for which one it does now, if for any.

Nodes decide alone. Each says in its status for which job it keeps room, and reads what the others
say only while a job is overdue here; a spool without such a job costs no operation more.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Final

from node_service.attempt import Attempt, Phase, held_and_carried
from node_service.node import Node
from spool_layout.names import TicketName
from spool_layout.ticket import Ticket
from wamspool.choose import Offer, why_not
from wamspool.errors import ShareError
from wamspool.keeping import KeptRoom, LargeJob, LargeJobs, Run, may_keep, room_for
from wamspool.offers import nodes_of

HEAR_A_NODE_S: Final = 1.0
UP: Final = "up"


class KeepingRoom:
    """``whole`` is what the node would have now if it held no job; ``could_begin`` tells whether
    nothing but room keeps a job from this node: not what it comes after, no hours, no licence.
    """

    def __init__(
        self,
        node: Node,
        whole: Callable[[], Offer],
        could_begin: Callable[[Ticket], bool],
    ) -> None:
        self._node = node
        self._settings = node.spool.settings
        self._whole_now = whole
        self._could_begin = could_begin
        self._large = LargeJobs(self._settings.ageing_s)
        self._whole: Offer | None = None
        self._others: Mapping[str, str] = {}
        self._heard_s = float("-inf")
        self.job = ""

    def note_look(self, waiting: Collection[TicketName]) -> None:
        """A new listing."""
        self._large.forget_all_but(waiting)
        self._whole = None

    def note_unfit(self, name: TicketName, ticket: Ticket) -> None:
        """The job does not fit what this node has free."""
        if self._whole is None:
            self._whole = self._node.whole()
        self._large.note(name, ticket, whole=self._whole, now_s=self._now_s())

    def room(
        self, free: Offer, attempts: Iterable[Attempt], *, nodes: Sequence[str]
    ) -> KeptRoom | None:
        """What is to be kept free now, and for whom; None while no job is overdue here."""
        after_s = self._settings.keep_room_after_s
        if after_s is None:
            return None
        now_s = self._now_s()
        overdue = self._large.overdue(now_s=now_s, after_s=after_s)
        if overdue:
            self._hear(nodes)
        chosen = next(
            (large for large in self._stable(overdue) if self._keeps(large, after_s)), None
        )
        self._note_kept(chosen.name.job if chosen else "")
        if chosen is None:
            return None
        return room_for(
            chosen.name,
            chosen.ticket,
            free,
            [self._run(a) for a in held_and_carried(attempts)[0] if a.phase is not Phase.OVER],
            now_s=now_s,
            ageing_s=self._settings.ageing_s,
        )

    def drop(self) -> None:
        """This node takes no jobs now, so it keeps no room for any."""
        self._note_kept("")

    def _stable(self, overdue: list[LargeJob]) -> list[LargeJob]:
        """That for which room is kept already comes first: changing one's mind frees nobody."""
        return sorted(overdue, key=lambda large: large.name.job != self.job)

    def _keeps(self, large: LargeJob, after_s: float) -> bool:
        job = large.name.job
        if why_not(large.ticket.draft, self._whole_now()) is not None:
            return False
        return may_keep(
            job,
            self._node.name,
            [node for node, kept in self._others.items() if kept == job],
            keeps=job == self.job,
            waited_s=self._now_s() - large.since_s,
            after_s=after_s,
        ) and self._could_begin(large.ticket)

    def _note_kept(self, job: str) -> None:
        if job and job != self.job:
            self._node.log.info("keeps room", extra={"job": job})
        self.job = job

    def _hear(self, nodes: Sequence[str]) -> None:
        """For whom the others keep room. Costs a listing and a read each, so the more there are
        the rarer it is done.
        """
        now_s = self._now_s()
        every_s = max(self._settings.heartbeat_s, HEAR_A_NODE_S * len(nodes))
        if now_s - self._heard_s < every_s:
            return
        self._heard_s = now_s
        if set(nodes) <= {self._node.name}:
            self._others = {}
            return
        try:
            sights = nodes_of(self._node.spool)
        except ShareError:
            return
        self._others = {
            sight.status.node: sight.status.keeps_room_for
            for sight in sights
            if not sight.silent
            and sight.status.state == UP
            and sight.status.keeps_room_for
            and sight.status.node != self._node.name
        }

    def _run(self, attempt: Attempt) -> Run:
        walltime_s = attempt.ticket.draft.resources.walltime_s
        if attempt.has_ended:  # others' results go before its own
            return Run(attempt.ticket, self._now_s())
        if walltime_s is None:
            return Run(attempt.ticket, None)
        began_s = attempt.started_s if attempt.phase is Phase.SOLVING else self._now_s()
        return Run(attempt.ticket, began_s + walltime_s)

    def _now_s(self) -> float:
        return self._node.spool.clock.monotonic_s()
