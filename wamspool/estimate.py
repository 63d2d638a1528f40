"""When running jobs may end and waiting ones may start: estimates for people, decided upon by nobody.

Pure. What runs ends by its progress, in proportion, else at the latest by its walltime; what waits is
dealt out to the nodes by the very function by which they choose (``wamspool.choose``). Where neither
is known nothing is guessed, and what comes after it is unknown too. Not promised: which of several
nodes is quicker, what people do meanwhile, and that increments go on as they did.
"""

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from spool_layout.after import After
from spool_layout.names import TicketName
from spool_layout.pool import Pool
from spool_layout.records import JobOnNode, NodeStatus
from spool_layout.states import Outcome, State
from spool_layout.ticket import Ticket, parse_time
from wamspool.choose import Offer, PassedBy, choose
from wamspool.offers import free_offer
from wamspool.pools import announced_rule, holders, need_of, seen_outside
from wamspool.snapshot import NodeSight, Snapshot

LEAST_PERCENT: Final = 1.0
"""Before that a proportion says nothing: most of the time went into reading the deck."""
ESTIMATED_MAX: Final = 200


class By(StrEnum):
    """What an estimate rests on."""

    PROGRESS = "progress"
    WALLTIME = "walltime"


@dataclass(frozen=True, slots=True)
class Rest:
    """What a running job has still to do; by its walltime: at most."""

    seconds: float
    by: By


@dataclass(frozen=True, slots=True)
class Start:
    """When a waiting job may start, in seconds from now, and where."""

    after_s: float
    node: str


def rest_of(said: JobOnNode | None, now: datetime) -> Rest | None:
    """What a running job has still to do; None where nothing tells it."""
    if said is None or said.started is None or said.suspended:
        return None
    try:
        elapsed_s = max(0.0, (now - parse_time(said.started)).total_seconds())
    except ValueError:
        return None
    left_s = None if said.walltime_s is None else max(0.0, said.walltime_s - elapsed_s)
    if said.percent is not None and said.percent >= LEAST_PERCENT:
        proportion_s = elapsed_s * max(0.0, 100.0 - said.percent) / said.percent
        if left_s is None or proportion_s <= left_s:
            return Rest(proportion_s, By.PROGRESS)
    return None if left_s is None else Rest(left_s, By.WALLTIME)


@dataclass(slots=True)
class _Node:
    status: NodeStatus
    free: Offer


@dataclass(frozen=True, slots=True, order=True)
class _End:
    at_s: float
    job: str
    node: str = field(compare=False)
    left: Offer = field(compare=False)
    pool: str = field(compare=False, default="")
    tokens: int = field(compare=False, default=0)


def rests(snapshot: Snapshot) -> dict[str, Rest]:
    """By job what is left of it; nothing is known of those whose node is silent."""
    silent = {sight.status.node for sight in snapshot.nodes if sight.silent}
    found: dict[str, Rest] = {}
    for place in snapshot.in_state(State.CLAIMED, State.RUNNING):
        rest = rest_of(snapshot.on_node(place.name), snapshot.taken)
        if rest is not None and place.name.node not in silent:
            found[place.name.job] = rest
    return found


def expected_starts(
    snapshot: Snapshot, tickets: Mapping[str, Ticket], pools: Mapping[str, Pool]
) -> dict[str, Start]:
    """By job when the first of the queue may start; one that is not in it: nobody can say.

    ``tickets`` are those that were read: behind the first that was not nothing is known.
    """
    return _Deal(snapshot, tickets, pools).starts()


class _Deal:
    """The queue dealt out to the nodes, from one end of a job to the next."""

    def __init__(
        self, snapshot: Snapshot, tickets: Mapping[str, Ticket], pools: Mapping[str, Pool]
    ) -> None:
        self._tickets = tickets
        self._pools = pools
        self._now_s = 0.0
        self._ended: set[str] = set()
        self._waiting = list(_first_read(snapshot, tickets))
        self._nodes = {
            sight.status.node: _Node(sight.status, _free(sight.status))
            for sight in snapshot.nodes
            if _takes_jobs(sight)
        }
        moment = snapshot.taken.astimezone()
        held = {name: sum(t.tokens for t in of) for name, of in holders(snapshot.places).items()}
        live = [sight.status for sight in snapshot.nodes if not sight.silent]
        self._room = {
            name: pool.room(moment, seen_outside=seen_outside(name, live)) - held.get(name, 0)
            for name, pool in pools.items()
        }
        self._ends = list(_ends(snapshot))
        heapq.heapify(self._ends)

    def starts(self) -> dict[str, Start]:
        """See ``expected_starts``."""
        found: dict[str, Start] = {}
        while self._waiting:
            for node in self._nodes.values():
                for name in self._chosen(node):
                    found[name.job] = Start(self._now_s, node.status.node)
            if not self._ends:
                break
            self._pass_to_next_end()
        return found

    def _chosen(self, node: _Node) -> Iterator[TicketName]:
        names = choose(
            tuple(self._waiting),
            node.free,
            ticket_of=lambda name: self._tickets[name.job],
            may_run=lambda ticket: self._may_run(ticket, node),
            passed_by=PassedBy(),
        )
        for name in names:
            ticket = self._tickets[name.job]
            self._waiting.remove(name)
            node.free = node.free.less(ticket)
            pool, tokens = self._take(ticket, node)
            walltime_s = ticket.draft.resources.walltime_s
            if walltime_s is not None:
                left = _amount(node.status.node, ticket)
                end = _End(self._now_s + walltime_s, name.job, node.status.node, left, pool, tokens)
                heapq.heappush(self._ends, end)
            yield name

    def _may_run(self, ticket: Ticket, node: _Node) -> bool:
        if not all(self._may_follow(after) for after in ticket.draft.after):
            return False
        need = need_of(ticket.draft, announced_rule(node.status, ticket.draft.solver), self._pools)
        return need is None or need.tokens <= self._room[need.pool]

    def _may_follow(self, after: After) -> bool:
        """What ends is taken to complete: when one fails that is to fail, nobody can say."""
        return after.job in self._ended and after.is_met_by(Outcome.COMPLETED)

    def _take(self, ticket: Ticket, node: _Node) -> tuple[str, int]:
        need = need_of(ticket.draft, announced_rule(node.status, ticket.draft.solver), self._pools)
        if need is None:
            return "", 0
        self._room[need.pool] -= need.tokens
        return need.pool, need.tokens

    def _pass_to_next_end(self) -> None:
        end = heapq.heappop(self._ends)
        self._now_s = max(self._now_s, end.at_s)
        self._ended.add(end.job)
        if end.pool in self._room:
            self._room[end.pool] += end.tokens
        if node := self._nodes.get(end.node):
            node.free = replace(
                node.free,
                cpus=node.free.cpus + end.left.cpus,
                memory_bytes=node.free.memory_bytes + end.left.memory_bytes,
                gpus=node.free.gpus + end.left.gpus,
            )


def _first_read(snapshot: Snapshot, tickets: Mapping[str, Ticket]) -> Iterator[TicketName]:
    for place in snapshot.in_state(State.QUEUED)[:ESTIMATED_MAX]:
        if place.name.job not in tickets:
            return
        yield place.name


def _takes_jobs(sight: NodeSight) -> bool:
    return not sight.silent and sight.status.state == "up"


def _free(status: NodeStatus) -> Offer:
    """Scratch left out: nobody can tell how much of it a run gives back."""
    return replace(free_offer(status), scratch_bytes=None)


def _amount(node: str, ticket: Ticket) -> Offer:
    asked = ticket.draft.resources
    return Offer(node, cpus=asked.cpus, memory_bytes=asked.memory_bytes or 0, gpus=asked.gpus)


def _ends(snapshot: Snapshot) -> Iterator[_End]:
    left_of = rests(snapshot)
    for place in snapshot.in_state(State.CLAIMED, State.RUNNING):
        said, rest = snapshot.on_node(place.name), left_of.get(place.name.job)
        if said is not None and rest is not None:
            node = place.name.node or ""
            left = Offer(node, cpus=said.cpus, memory_bytes=said.memory_bytes, gpus=said.gpus)
            yield _End(rest.seconds, place.name.job, node, left,
                       place.name.pool or "", place.name.tokens)  # fmt: skip
