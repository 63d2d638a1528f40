"""Which of the waiting tickets this node takes: what it has read of them, what it has room for, what
it leaves alone for now. What it holds is in ``attempts``, which the loop shares.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from node_service.allotting import Allotting
from node_service.attempt import Attempt, Phase, held_and_carried
from node_service.courtesy import Courtesy
from node_service.keeping import KeepingRoom
from node_service.licences import Licences
from node_service.node import Node
from node_service.queue import Dependencies, Tickets
from node_service.recover import find_claims
from spool_layout.names import TicketName
from spool_layout.states import State
from spool_layout.ticket import Ticket
from wamspool.candidates import Candidates
from wamspool.choose import Offer, PassedBy
from wamspool.errors import ShareError, TicketGone
from wamspool.incoming import Queue
from wamspool.keeping import KeptRoom
from wamspool.transition import Place

AVOID_S: Final = 60.0
AVOID_MOST_S: Final = 900.0


@dataclass(frozen=True, slots=True)
class _Avoided:
    """Until when a job is left to others, and for how long it was."""

    until_s: float
    pause_s: float

    def is_over(self, now_s: float) -> bool:
        """Whether it has been left alone for as long again: then nothing of it counts."""
        return now_s >= self.until_s + self.pause_s


class Claiming:
    """Claims tickets for one node, one after the other. ``wake`` asks for another turn."""

    def __init__(self, node: Node, attempts: dict[str, Attempt], wake: Callable[[], None]) -> None:
        self._node = node
        self._attempts = attempts
        self._wake = wake
        self._dependencies = Dependencies(node.spool)
        self._candidates = Candidates(node.name, ageing_s=node.spool.settings.ageing_s)
        self._allotting = Allotting(node, attempts)
        self._avoided: dict[str, _Avoided] = {}
        self._avoiding = threading.Lock()  # threads that end jobs avoid them
        self._has_room = False
        self.tickets = Tickets(node, self._candidates.note_missed)
        self.licences = Licences(node, self.room_found)
        self.courtesy = Courtesy(node)
        self.keeping = KeepingRoom(node, self.whole, self._could_begin)
        self.passed_by = PassedBy()
        self.is_unsure = False

    def note_look(self, queue: Queue) -> None:
        """A look has shown this: what left the queue is forgotten."""
        self.tickets.forget_all_but(queue.waiting)
        self.licences.note_look(queue.waiting)
        self.keeping.note_look(queue.waiting)

    def waiting(self, queue: Queue | None, *, nodes: Sequence[str]) -> Iterable[TicketName]:
        """After a look all that wait; when a job has ended since, what is left of them."""
        if queue is None and (self._node.settings.once or not self._has_room):
            return ()
        self._has_room = False  # before it is seen what is free: room found from now on is new
        if queue is None:
            self.tickets.read_on()
            return self._candidates
        is_new = self._candidates.look(queue.waiting, nodes=nodes)
        if not is_new and self.passed_by.are_all(len(queue.waiting), self.free()):
            return ()  # they were gone through, and none is for this node
        return self._candidates

    def announced(self) -> dict[str, object]:
        """What the node's status says of its licences and its hours."""
        return {**self.licences.announced(), **self.courtesy.told()}

    def room_found(self) -> None:
        """What was seen to wait may be taken at once; may be called from any thread."""
        self._has_room = True
        self._wake()

    def note_room(self) -> None:
        """A job has ended: what was seen to wait may be taken now."""
        self._has_room = True

    def may_run(self, ticket: Ticket) -> bool:
        """Whether nothing that it waits for, and no pool of licences, keeps it back."""
        if not self.courtesy.may_begin(ticket):
            return False
        return self._dependencies.are_met(ticket) and self.licences.set_aside(ticket)

    def _could_begin(self, ticket: Ticket) -> bool:
        """As ``may_run``, with nothing set aside for it; None that this node leaves alone."""
        if ticket.job in self.avoided() or not self.courtesy.may_begin(ticket):
            return False
        return self._dependencies.are_met(ticket) and self.licences.are_free_for(ticket)

    def avoid(self, job: str) -> None:
        """The job is left to other nodes for a while; each time in a row for twice as long.

        Each claim in vain leaves a door until the job is done, and what has many takes long to end.
        """
        now_s = self._node.spool.clock.monotonic_s()
        with self._avoiding:
            before = self._avoided.get(job)
            is_again = before is not None and not before.is_over(now_s)
            pause_s = min(AVOID_MOST_S, 2 * before.pause_s) if before and is_again else AVOID_S
            self._avoided[job] = _Avoided(now_s + pause_s, pause_s)

    def avoided(self) -> frozenset[str]:
        """The jobs that are not to be claimed now; those that this node holds among them."""
        now_s = self._node.spool.clock.monotonic_s()
        with self._avoiding:
            known = {job: one for job, one in self._avoided.items() if not one.is_over(now_s)}
            self._avoided = known
            now = frozenset(job for job, one in known.items() if one.until_s > now_s)
            return now | frozenset(self._attempts)

    def free(self) -> Offer:
        """What the jobs that this node holds leave of it."""
        free = self.whole()
        held, carried = held_and_carried(self._attempts.values())
        for attempt in held:
            free = free.less(attempt.ticket)
        for attempt in carried:
            free = free.less_scratch(attempt.ticket)
        return free

    def whole(self) -> Offer:
        """What the node would have for jobs now, if it held none."""
        whole = self._node.whole()
        return replace(
            whole,
            cpus=whole.cpus - self.courtesy.kept_back(),
            memory_bytes=whole.memory_bytes - self.courtesy.memory_kept_back(),
        )

    def room(self, free: Offer, *, nodes: Sequence[str]) -> KeptRoom | None:
        """What of it is kept for a large job."""
        return self.keeping.room(free, self._attempts.values(), nodes=nodes)

    def claim(self, name: TicketName) -> Attempt | None:
        """A new attempt of this node, or None: another was quicker, or the answer is not clear."""
        ticket = self.tickets.read(name)
        if ticket is None:
            return None
        try:
            place = self.licences.claim(Place(State.QUEUED, name), ticket)
        except TicketGone:
            place = None
        except ShareError as error:
            # After an unclear answer the ticket may be ours without our knowing.
            self.is_unsure = True
            self._node.log.debug("not claimed", extra={"job": ticket.job, "why": str(error)})
            return None
        if place is None:  # another was quicker: the next one is tried at once
            self._candidates.note_missed(name)
            self._has_room = True
            self._wake()
            return None
        self._candidates.note_claimed(name)
        return self._held(place, ticket)

    def _held(self, place: Place, ticket: Ticket) -> Attempt:
        folder = self._node.scratch.attempt(place.name.job, place.name.generation)
        attempt = Attempt(place, ticket, folder, Phase.STAGE_IN)
        self._allotting.allot(attempt)
        self._attempts[attempt.job] = attempt
        self._node.journal.note("claim", attempt.job, generation=attempt.generation)
        return attempt

    def take_up(self) -> list[Attempt]:
        """What this node holds and did not know of, from an earlier service or an unclear answer.

        Raises ShareError.
        """
        found = [a for a in find_claims(self._node) if a.job not in self._attempts]
        self._attempts.update((attempt.job, attempt) for attempt in found)
        for attempt in found:
            if attempt.phase is Phase.STAGE_IN:  # after what runs was taken up, with what it has
                self._allotting.allot(attempt)
            if self.is_unsure and attempt.phase is Phase.STAGE_IN:
                self._node.journal.note("claim", attempt.job, generation=attempt.generation)
        self.is_unsure = False
        return found
