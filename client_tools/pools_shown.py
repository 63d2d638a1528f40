"""The licence pools as ``wam status`` and ``wam show`` tell of them; derived from names at each call."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from client_tools.views.screen import Column, Line, Table
from spool_layout.names import TicketName
from spool_layout.tokens import Need, Pool
from wamspool.expire import claims
from wamspool.find import Account
from wamspool.offers import nodes_of
from wamspool.pools import holders, need_of, rules_for, use_of
from wamspool.profiles.load import load_profiles
from wamspool.snapshot import Snapshot
from wamspool.spool import Spool

HOLDERS_SHOWN = 4


def pool_documents(snapshot: Snapshot, pools: Mapping[str, Pool]) -> list[dict[str, Any]]:
    """Each pool with its total, what is used of it, and by whom."""
    held = holders(snapshot.places)
    return [
        {
            "pool": name,
            "total": pool.tokens,
            "used": sum(ticket.tokens for ticket in held.get(name, ())),
            "jobs": [
                {"job": ticket.job, "node": ticket.node, "tokens": ticket.tokens}
                for ticket in held.get(name, ())
            ],
        }
        for name, pool in sorted(pools.items())
    ]


def tokens_of_node(snapshot: Snapshot, node: str) -> dict[str, int]:
    """By pool what the node's jobs hold."""
    return use_of(place for place in snapshot.places if place.name.node == node)


def pool_table(snapshot: Snapshot, pools: Mapping[str, Pool]) -> list[Line | Table]:
    """A line a pool; nothing where the spool has none."""
    if not pools:
        return []
    held = holders(snapshot.places)
    columns = (Column("licences"), Column("used", right=True), Column("by", gives_way=True))
    rows = []
    for name, pool in sorted(pools.items()):
        tickets = held.get(name, [])
        used = sum(ticket.tokens for ticket in tickets)
        rows.append((name, f"{used}/{pool.tokens}", _who(tickets)))
    return [Line(""), Table(columns, rows)]


def _who(tickets: list[TicketName]) -> str:
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

    @property
    def phrase(self) -> str:
        """``8 of the pool abaqus, holds them (13 of 20 are used)``."""
        verb = "holds them" if self.held else "has to get them"
        lack = ""
        if not self.held and self.used + self.need.tokens > self.total:
            lack = ": waits for others to end"
        share = f"{self.used} of {self.total} are used"
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
        }


def tokens_of_job(spool: Spool, account: Account) -> TokensOfJob | None:
    """What the job takes of a pool; None for one that takes nothing, or has ended."""
    place, pools = account.found.place, spool.settings.pools
    if place is None or not pools:
        return None
    name = place.name
    need = Need(pool=name.pool, tokens=name.tokens) if name.pool else _wanted(spool, account)
    if need is None or need.pool not in pools:
        return None
    used = use_of(claims(spool.share)).get(need.pool, 0)
    return TokensOfJob(need, used, pools[need.pool].tokens, held=name.pool is not None)


def _wanted(spool: Spool, account: Account) -> Need | None:
    """By the profiles of the nodes that offer the solver, or by the one that comes with WAM."""
    draft = account.ticket.draft
    profile = load_profiles({}).get(draft.solver)
    rules = rules_for(draft.solver, [sight.status for sight in nodes_of(spool)])
    needs = (
        need_of(draft, rule, spool.settings.pools)
        for rule in rules or ((profile.tokens,) if profile else ())
    )
    return next((need for need in needs if need), None)
