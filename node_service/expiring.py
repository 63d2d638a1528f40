"""The watch over leases: other nodes' tickets come back from the dead, our own may have been taken.

Costs two listings a heartbeat, and a third while other nodes hold tickets, else once a lease.
"""

from contextlib import suppress

from node_service.attempt import Attempt, Phase
from node_service.fencing import fence
from node_service.job_requests import granted_for_ticket_of
from node_service.mailing import tell_loss, tell_of
from node_service.node import Node
from node_service.processes import Running
from node_service.run_states import examine
from spool_layout.errors import TooNew
from spool_layout.request import OF_JOBS, RequestName
from spool_layout.states import Event
from wamspool.asking import requests_now, withdraw
from wamspool.errors import ShareError, TicketGone
from wamspool.expire import claims, take_back
from wamspool.lease import Leases
from wamspool.snapshot import newest_beats
from wamspool.transition import Place

TAKEN_AT_ONCE = 16
FORGOTTEN_AGAIN_S = 60.0
JITTER = 0.25


class Expiring:
    """Looks at all claims once a heartbeat, and at once when our own lease holds again."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._clock = node.spool.clock
        self._leases = Leases(self._clock, lease_s=node.spool.settings.lease_s)
        self._due_s = self._clock.monotonic_s()
        self._lapsed = False
        self._counted_s = float("-inf")
        self._forgotten: set[Place] = set()
        self._forgotten_s = float("-inf")
        self._too_new: set[str] = set()  # paths of tickets that a newer WAM has written
        self.has_forgotten = False  # tickets of this node have been found that nobody follows
        self.nodes: tuple[str, ...] = (node.name,)  # by their status files

    def due_in_s(self) -> float:
        """When the next look must be taken; 0 or less: now."""
        if not self._node.lease.holds():
            self._lapsed = True
        elif self._lapsed:
            return 0.0
        return self._due_s - self._clock.monotonic_s()

    def look(self, attempts: list[Attempt]) -> bool:
        """Attempts that were taken over are fenced, tickets of the dead wait again.

        True when the queue may have grown. Raises ShareError: the next turn looks again.
        """
        now_s = self._clock.monotonic_s()
        self._due_s = now_s + self._node.spool.settings.heartbeat_s * self._spread()
        places = claims(self._node.spool.share)
        self._note_forgotten(attempts, places)
        self._fence_taken(attempts, places)
        if self._lapsed and self._node.lease.holds():
            self._lapsed = False
            for attempt in attempts:  # what had waited for the share need not wait on
                attempt.try_again_s = now_s
        return self._take_back([p for p in places if p.name.node != self._node.name])

    def _spread(self) -> float:
        """So that many nodes neither look nor act in step: a factor about 1."""
        return 1 + JITTER * (self._clock.random_bytes(1)[0] / 128 - 1)

    def _note_forgotten(self, attempts: list[Attempt], places: list[Place]) -> None:
        """Tickets of ours that no attempt is for: our own move, whose answer was lost, before we
        took the job for another's. While we live, nobody else would ever run it.

        Those that could not be taken up, as their ticket could not be read or their solver has
        left the settings, are tried again after a while: either may be mended.
        """
        now_s = self._clock.monotonic_s()
        jobs = {attempt.job for attempt in attempts}
        ours = {p for p in places if p.name.node == self._node.name and p.name.job not in jobs}
        is_due = bool(ours) and now_s - self._forgotten_s >= FORGOTTEN_AGAIN_S
        self.has_forgotten = is_due or not ours <= self._forgotten
        if self.has_forgotten:
            self._forgotten_s = now_s
        self._forgotten = ours

    def _fence_taken(self, attempts: list[Attempt], places: list[Place]) -> None:
        held = {(p.name.job, p.name.generation) for p in places if p.name.node == self._node.name}
        for attempt in attempts:
            # One that a thread is at may be between two folders; its own move will tell.
            if attempt.busy or attempt.phase is Phase.OVER:
                continue
            if (attempt.job, attempt.generation) in held:
                continue
            if self._computes(attempt):
                fence(self._node, attempt, "its ticket has been taken back")
            else:
                # It may have been our own move, whose answer was lost: trying it again tells.
                attempt.try_again_s = self._clock.monotonic_s()

    def _computes(self, attempt: Attempt) -> bool:
        if attempt.phase is not Phase.SOLVING:
            return False
        return isinstance(examine(self._node, attempt), Running)

    def _take_back(self, places: list[Place]) -> bool:
        now_s = self._clock.monotonic_s()
        if not places and now_s - self._counted_s < self._node.spool.settings.lease_s:
            return False
        self._counted_s = now_s
        owners = frozenset(place.name.node or "" for place in places)
        # The beats are read after the tickets: a node that returns beats before it claims, so
        # that none of its new claims can be among these while its old number is.
        beats = newest_beats(self._node.spool.share)
        self.nodes = tuple(beats)
        self._leases.note(beats, owners)
        self._too_new &= {place.path for place in places}
        dead = [
            place
            for place in places
            if place.path not in self._too_new and self._leases.are_over(place.name.node or "")
        ]
        if not dead or not self._node.lease.holds():
            return False
        requests = requests_now(self._node.spool.share)
        is_any_taken = False
        for place in dead[:TAKEN_AT_ONCE]:
            is_any_taken |= self._take(place, requests)
            if not self._node.turn.goes_on():
                break
        return is_any_taken

    def _take(self, place: Place, requests: list[RequestName]) -> bool:
        node, name = self._node, place.name
        silent_s = self._leases.silent_s(name.node or "")
        try:
            asked = [r for r in requests if r.subject == name.job and r.verb in OF_JOBS]
            granted = granted_for_ticket_of(node, place, asked)
            taken = take_back(node.spool, place, silent_s=silent_s, granted=granted)
        except TooNew as error:
            self._too_new.add(place.path)
            node.log.warning("ticket", extra={"ticket": place.path, "why": error.message})
            return False
        except (TicketGone, ShareError) as error:
            extra = {"job": name.job, "owner": name.node, "why": str(error)}
            node.log.info("not taken back", extra=extra)
            return False
        if taken is None:
            return False
        if granted:
            with suppress(ShareError):  # found later to be about nobody's job
                withdraw(node.spool.share, granted.requests)
        node.log.warning(str(taken.event), extra={"job": name.job, "why": taken.detail})
        node.journal.note(
            str(taken.event),
            name.job,
            generation=name.generation,
            attempt=name.attempt,
            detail=taken.detail,
        )
        if taken.event is Event.GIVE_UP:
            tell_of(node, name.job, name.generation)
        elif taken.ticket:
            owner = name.node or ""
            tell_loss(node, taken.ticket, generation=name.generation, owner=owner, why=taken.detail)
        return taken.event is Event.EXPIRE
