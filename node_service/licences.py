"""The node's part in licence pools: it claims only what has room, and counts again behind itself.

The rule, and why it holds, stands in ``wamspool.pools``.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from node_service.attempt import Attempt
from node_service.licence_queries import LicenceQueries
from node_service.node import Node
from node_service.refusals import Refusals
from node_service.token_keeping import TokenKeeping
from spool_layout import folders
from spool_layout.names import TicketName
from spool_layout.pool import Pool
from spool_layout.states import State
from spool_layout.ticket import Ticket
from spool_layout.tokens import Need
from wamspool.clock import local_now
from wamspool.errors import ShareError
from wamspool.expire import claims
from wamspool.pools import Standing, announce_rules, need_of, standing, use_of
from wamspool.transition import Place, claim

LOCK_S = 1.0
WAIT_S = 10.0


@dataclass(frozen=True, slots=True)
class NoRoom:
    """Why a claimed job may not start; whether its claim is to be handed back for that."""

    why: str
    hand_back: bool


class Licences:
    """The licence pools as one node sees them."""

    def __init__(self, node: Node, wake: Callable[[], None] = lambda: None) -> None:
        self._node = node
        self.queries = LicenceQueries(node, wake)
        self._pools = node.spool.settings.pools
        self._used: dict[str, int] | None = None
        self._waiting_s: dict[tuple[str, int], float] = {}
        self._refusals = Refusals(node.spool.clock)
        settings = node.spool.settings
        self._keeping = TokenKeeping(after_s=settings.keep_room_after_s, ageing_s=settings.ageing_s)
        rules = [node.profiles[name].tokens for name in node.programs]
        self._draws_on_pools = any(rule and rule.pool in self._pools for rule in rules)
        for name in node.programs:
            rule = node.profiles[name].tokens
            if rule and rule.pool not in self._pools:
                node.log.warning("pool unknown", extra={"solver": name, "pool": rule.pool})

    def need(self, ticket: Ticket) -> Need | None:
        """What the job takes of a pool when it runs here."""
        profile = self._node.profiles.get(ticket.draft.solver)
        return need_of(ticket.draft, profile.tokens, self._pools) if profile else None

    def note_end(self, ticket: Ticket, *, refused: bool) -> None:
        """A run has ended; ``refused``: its solver got no licence."""
        if refused:
            self._refusals.note(ticket.draft.solver, self._size(ticket))
        else:
            self._refusals.forget(ticket.draft.solver)

    def _size(self, ticket: Ticket) -> int:
        """The tokens that the job takes, whether or not a pool counts them."""
        asked = ticket.draft.resources
        profile = self._node.profiles.get(ticket.draft.solver)
        if asked.tokens is not None or profile is None or profile.tokens is None:
            return asked.tokens or 0
        return profile.tokens.tokens(cpus=asked.cpus, gpus=asked.gpus)

    def room(self, pool: str) -> int:
        """The tokens that the jobs of the spool may hold of the pool now, by this node's clock."""
        outside = self.queries.outside(pool)
        if outside is None:
            return 0
        return self._pools[pool].room(local_now(self._node.spool.clock), seen_outside=outside)

    def problems(self) -> tuple[str, ...]:
        """What people have to know: solvers that got no licence."""
        return (*self._refusals.problems(), *self.queries.problems())

    def announced(self) -> dict[str, Any]:
        """What the node's status says of licences: the rules of its solvers, and what they lack."""
        rules = announce_rules({s: self._node.profiles[s].tokens for s in self._node.programs})
        said = {
            "tokens": rules,
            "no_licence": self._refusals.announced(),
            "licences_seen": self.queries.announced(),
        }
        return {name: value for name, value in said.items() if value}

    def note_look(self, waiting: Collection[TicketName]) -> None:
        """A look has shown what waits: what was counted is forgotten, the next question counts anew."""
        self._used = None
        self._keeping.note_look(waiting)
        if self._pools and (self._draws_on_pools or self._node.settings.licences):
            self.queries.note_look(waits=bool(waiting))

    def set_aside(self, ticket: Ticket) -> bool:
        """Whether the pool has room for the job; then that room counts as used until the next look.

        None for what its solver was refused a licence for of late, pool or not. A share that cannot
        be asked has no room. Costs two listings a look, where a job in the queue needs tokens at all.
        """
        if not self.are_free_for(ticket):
            return False
        need = self.need(ticket)
        if need is not None and self._used is not None:
            self._used[need.pool] = self._used.get(need.pool, 0) + need.tokens
        return True

    def are_free_for(self, ticket: Ticket) -> bool:
        """As ``set_aside``, which it leaves to be done."""
        if self._refusals.stands(ticket.draft.solver, self._size(ticket)):
            return False
        need = self.need(ticket)
        if need is None:
            return True
        try:
            if self._used is None:
                self._used = use_of(claims(self._node.spool.share))
        except ShareError:
            return False
        used, room = self._used.get(need.pool, 0) + need.tokens, self.room(need.pool)
        now_s = self._node.spool.clock.monotonic_s()
        if used > room:
            if need.tokens <= room:
                self._keeping.note_short(ticket, need, now_s=now_s)
            return False
        return used + self._keeping.kept_from(ticket, need, now_s=now_s) <= room

    def claim(self, place: Place, ticket: Ticket) -> Place | None:
        """As ``transition.claim``, announcing what the job needs.

        None too when another node has taken the room since the look.
        """
        spool, need = self._node.spool, self.need(ticket)
        if need is None:
            return claim(spool.share, spool.doors, place, self._node.name)
        # The lock only spares the handing back: whether it is had, decides nothing.
        with spool.share.lock(folders.pool_lock(need.pool), timeout_s=LOCK_S):
            used = use_of(claims(spool.share)).get(need.pool, 0)
            if used + need.tokens > self.room(need.pool):
                return None
            return claim(spool.share, spool.doors, place, self._node.name, need=need)

    def no_room(self, attempt: Attempt) -> NoRoom | None:
        """What keeps the claimed job from starting; None: it may. Raises ShareError.

        To be asked after the claim, and before anything is staged or started.
        """
        name = attempt.place.name
        pool = self._pools.get(name.pool or "")
        if pool is None or attempt.place.state is not State.CLAIMED:
            return None
        room = self.room(name.pool or "")
        found = standing(name, claims(self._node.spool.share), room=room)
        known = (name.job, name.generation)
        if found is Standing.ADMITTED:
            self._waiting_s.pop(known, None)
            return None
        now_s = self._node.spool.clock.monotonic_s()
        since_s = self._waiting_s.setdefault(known, now_s)
        hand_back = found is Standing.HANDS_BACK or now_s - since_s >= WAIT_S
        if hand_back:
            self._waiting_s.pop(known, None)
        why = f"{name.tokens} tokens of '{name.pool}' are not free ({_of(pool, room)})"
        return NoRoom(why, hand_back)


def _of(pool: Pool, room: int) -> str:
    kept = pool.tokens - room
    return f"{pool.tokens} in all" + (f", {kept} of them kept for others" if kept else "")
