"""The licence pools as ``wam status`` and ``wam show`` tell of them; derived from names at each call."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from client_tools.views.screen import Column, Line, Table
from spool_layout.names import TicketName
from spool_layout.pool import Pool
from spool_layout.records import NodeStatus
from spool_layout.states import State
from spool_layout.ticket import Draft, format_time
from spool_layout.tokens import Need
from wamspool.clock import local_now
from wamspool.find import Account
from wamspool.local_times import local_time
from wamspool.pools import Refused, holders, need_of, refusals_of, rules_for, seen_outside, use_of
from wamspool.snapshot import NodeSight, Snapshot
from wamspool.spool import Spool

HOLDERS_SHOWN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolNow:
    """One pool as it stands: what is kept from WAM's jobs, and the tickets that hold tokens."""

    name: str
    pool: Pool
    moment: datetime
    tickets: tuple[TicketName, ...] = ()
    seen_outside: int = 0

    @property
    def used(self) -> int:
        """What claimed and running jobs hold."""
        return sum(ticket.tokens for ticket in self.tickets)

    @property
    def reserved(self) -> int:
        """What is left to people now."""
        return self.pool.reserved(self.moment)

    @property
    def free(self) -> int:
        """What the next jobs may take."""
        room = self.pool.room(self.moment, seen_outside=self.seen_outside)
        return max(0, room - self.used)

    @property
    def outside(self) -> int:
        """What others use: what was seen, or declared if that is more."""
        return max(self.pool.outside, self.seen_outside)

    @property
    def kept(self) -> str:
        """``8 reserved until Mon 18:00, 2 outside``, or nothing."""
        words = []
        if self.reserved:
            change = self.pool.next_change(self.moment)
            words.append(
                f"{self.reserved} reserved" + (f" until {change:%a %H:%M}" if change else "")
            )
        if self.outside:
            words.append(f"{self.outside} outside")
        return ", ".join(words)

    @property
    def document(self) -> dict[str, Any]:
        """As JSON shows it."""
        change = self.pool.next_change(self.moment)
        return {
            "pool": self.name,
            "total": self.pool.tokens,
            "used": self.used,
            "free": self.free,
            "reserved": self.reserved,
            "reserve_changes": format_time(change) if change else None,
            "outside": self.outside,
            "jobs": [
                {"job": ticket.job, "node": ticket.node, "tokens": ticket.tokens}
                for ticket in self.tickets
            ],
        }


def pools_now(snapshot: Snapshot, pools: Mapping[str, Pool]) -> list[PoolNow]:
    """Each pool of the spool as it stands, by the share's clock in this machine's zone."""
    held = holders(snapshot.places)
    moment = snapshot.taken.astimezone()
    live = [sight.status for sight in snapshot.nodes if not sight.silent]
    return [
        PoolNow(
            name=name,
            pool=pool,
            moment=moment,
            tickets=tuple(held.get(name, ())),
            seen_outside=seen_outside(name, live),
        )
        for name, pool in sorted(pools.items())
    ]


def tokens_of_node(snapshot: Snapshot, node: str) -> dict[str, int]:
    """By pool what the node's jobs hold."""
    return use_of(place for place in snapshot.places if place.name.node == node)


def pool_table(pools: Sequence[PoolNow]) -> list[Line | Table]:
    """A line a pool; nothing where the spool has none."""
    if not pools:
        return []
    columns = (
        Column("licences"),
        Column("used", right=True),
        Column("free", right=True),
        Column("kept"),
        Column("by", gives_way=True),
    )
    rows = [
        (
            now.name,
            f"{now.used}/{now.pool.tokens}",
            str(now.free),
            now.kept or "-",
            _who(now.tickets),
        )
        for now in pools
    ]
    return [Line(""), Table(columns, rows)]


def _who(tickets: Sequence[TicketName]) -> str:
    words = [f"{ticket.job} {ticket.tokens}" for ticket in tickets[:HOLDERS_SHOWN]]
    more = f" and {len(tickets) - HOLDERS_SHOWN} more" if len(tickets) > HOLDERS_SHOWN else ""
    return ", ".join(words) + more or "-"


@dataclass(frozen=True, slots=True)
class TokensOfJob:
    """What a job in flight takes of a pool, or holds of it, and how much of that is used now."""

    need: Need
    used: int
    total: int
    held: bool
    room: int

    @property
    def phrase(self) -> str:
        """``8 of the pool abaqus, holds them (13 of 20 are used)``."""
        verb = "holds them" if self.held else "has to get them"
        lack = ""
        if not self.held and self.used + self.need.tokens > self.room:
            lack = ": waits for others to end"
        kept = f", {self.total - self.room} are kept for others" if self.room < self.total else ""
        share = f"{self.used} of {self.total} are used{kept}"
        return f"{self.need.tokens} of the pool {self.need.pool}, {verb} ({share}){lack}"

    @property
    def document(self) -> dict[str, Any]:
        """As JSON shows it."""
        return {
            "pool": self.need.pool,
            "tokens": self.need.tokens,
            "held": self.held,
            "used": self.used,
            "total": self.total,
            "room": self.room,
        }


@dataclass(frozen=True, slots=True)
class LicencesOfJob:
    """All about one job's licences: what it takes, and where its solver got none of late."""

    tokens: TokensOfJob | None = None
    refused: Sequence[Refused] = ()

    @property
    def phrases(self) -> list[tuple[str, str]]:
        """Label and words, a line each."""
        lines = [("tokens", self.tokens.phrase)] if self.tokens else []
        return lines + [
            ("licence", f"refused on {one.node}, which tries again after {local_time(one.until)}")
            for one in self.refused
        ]

    @property
    def refused_documents(self) -> list[dict[str, Any]]:
        """As JSON shows the refusals."""
        return [
            {"node": one.node, "tokens": one.tokens, "until": format_time(one.until)}
            for one in self.refused
        ]


def licences_of_job(
    spool: Spool, account: Account, nodes: Callable[[], Sequence[NodeSight]]
) -> LicencesOfJob:
    """What there is to say of the job's licences; nothing of one that has ended.

    ``nodes`` gives the nodes as they are now. It is called once at most: only where something is to
    be said, since it may cost a read of each.
    """
    place, is_queued = account.found.place, account.state is State.QUEUED
    if place is None or not (spool.settings.pools or is_queued):
        return LicencesOfJob()
    sights = nodes()
    live = [sight.status for sight in sights if not sight.silent]
    return LicencesOfJob(
        _tokens_of(spool, account.ticket.draft, place.name, sights),
        _refused(account.ticket.draft, live) if is_queued else (),
    )


def _tokens_of(
    spool: Spool, draft: Draft, name: TicketName, sights: Sequence[NodeSight]
) -> TokensOfJob | None:
    """What the job takes of a pool; None for one that takes nothing."""
    if not spool.settings.pools:
        return None
    from wamspool.expire import claims  # noqa: PLC0415 - brings half of wamspool along

    pools = spool.settings.pools
    held = Need(pool=name.pool, tokens=name.tokens) if name.pool else None
    need = held or _wanted(draft, pools, [sight.status for sight in sights])
    if need is None or need.pool not in pools:
        return None
    used = use_of(claims(spool.share)).get(need.pool, 0)
    pool = pools[need.pool]
    live = [sight.status for sight in sights if not sight.silent]
    room = pool.room(local_now(spool.clock), seen_outside=seen_outside(need.pool, live))
    return TokensOfJob(need, used, pool.tokens, held=held is not None, room=room)


def _refused(draft: Draft, live: Sequence[NodeStatus]) -> list[Refused]:
    """The nodes that leave a waiting job alone for now, since its solver got no licence there."""
    found = []
    for refused in refusals_of(draft.solver, live):
        rules = rules_for(draft.solver, [s for s in live if s.node == refused.node])
        asked = draft.resources
        rule = next((rule for rule in rules if rule), None)
        reckoned = rule.tokens(cpus=asked.cpus, gpus=asked.gpus) if rule else 0
        if (reckoned if asked.tokens is None else asked.tokens) >= refused.tokens:
            found.append(refused)
    return found


def _wanted(draft: Draft, pools: Mapping[str, Pool], nodes: Iterable[NodeStatus]) -> Need | None:
    """By the profiles of the nodes that offer the solver, or by the one that comes with WAM."""
    from wamspool.profiles.load import load_profiles  # noqa: PLC0415

    profile = load_profiles({}).get(draft.solver)
    rules = rules_for(draft.solver, nodes)
    needs = (
        need_of(draft, rule, pools) for rule in rules or ((profile.tokens,) if profile else ())
    )
    return next((need for need in needs if need), None)
