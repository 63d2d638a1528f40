"""Licence pools of a spool: who may take how many tokens. Use is derived, never stored.

Announce, then count. A claim's own move puts what the job needs into the ticket's name; from then
on it counts, for everybody, until the ticket leaves ``claimed/`` and ``running/``. After that move,
and before anything is staged or started, the claimant lists both folders once more:

- It goes on only when *all* that is announced fits into the pool's room: its total, less what is
  kept for people and what others use. Of any jobs that run at one time, the one that counted last
  saw the others, so together they never exceed the total. What runs already when the room shrinks,
  because the hours of a reserve have come, runs on.
- Of several that announced at once, and do not fit together, those wait and count again that fit
  beside what runs and what comes before them in the queue; the others hand back. So the first of
  them stays until the others have gone, and the pool does not lie idle.

What a node that is cut off still computes, after its tickets were taken back, is not counted.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from spool_layout.errors import FormatError
from spool_layout.fields import Fields
from spool_layout.names import TicketName
from spool_layout.pool import Pool
from spool_layout.records import NodeStatus
from spool_layout.states import State
from spool_layout.ticket import Draft, parse_time
from spool_layout.tokens import Need, TokenRule, parse_rule, rule_document
from spool_layout.yaml_text import Section
from wamspool.errors import BadInput
from wamspool.transition import Place

STANDS_TIMES: Final = 5
"""So many times the time between two questions the last figure of a licence server counts."""
ASKED_EVERY_S: Final = 60.0


class Standing(StrEnum):
    """What a claimant does after it has counted."""

    ADMITTED = "admitted"
    WAITS = "waits"
    HANDS_BACK = "hands back"


def need_of(draft: Draft, rule: TokenRule | None, pools: Mapping[str, Pool]) -> Need | None:
    """What the job takes of a pool of this spool; None when it takes nothing that is counted."""
    if rule is None or rule.pool not in pools:
        return None
    asked = draft.resources
    tokens = asked.tokens
    if tokens is None:
        tokens = rule.tokens(cpus=asked.cpus, gpus=asked.gpus)
    return Need(pool=rule.pool, tokens=tokens) if tokens else None


def announce_rules(rules: Mapping[str, TokenRule | None]) -> dict[str, dict[str, Any]]:
    """By solver the rules, as a node's status says them: clients do not read a site's profiles."""
    return {solver: rule_document(rule) for solver, rule in sorted(rules.items()) if rule}


def announced_rule(status: NodeStatus, solver: str) -> TokenRule | None:
    """What a node's status says that its runs of the solver take; None where it says nothing."""
    rules = status.extra.get("tokens")
    rule = rules.get(solver) if isinstance(rules, Mapping) else None
    if not isinstance(rule, Mapping):
        return None
    with suppress(FormatError):  # of a newer WAM, or damaged: then nothing is known
        return parse_rule(Fields(_section(rule)))
    return None


@dataclass(frozen=True, slots=True)
class Refused:
    """A node's solver got no licence for so many tokens; until then it tries no such job."""

    node: str
    tokens: int
    until: datetime


def refusals_of(solver: str, nodes: Iterable[NodeStatus]) -> list[Refused]:
    """What the nodes that offer the solver say of licences that it did not get."""
    found = []
    for status in nodes:
        said = status.extra.get("no_licence")
        one = said.get(solver) if isinstance(said, Mapping) else None
        if isinstance(one, Mapping) and isinstance(one.get("tokens"), int):
            with suppress(ValueError):
                found.append(Refused(status.node, one["tokens"], parse_time(one.get("until"))))
    return found


@dataclass(frozen=True, slots=True)
class Seen:
    """What a node that asks about a pool has last seen others use of it, ``age_s`` before it wrote
    its status; ``outside`` None: it has not asked yet.
    """

    outside: int | None
    age_s: float
    every_s: float

    def stands_for(self, since_s: float = 0.0) -> bool:
        """Whether the figure still counts, so long after the status was written."""
        limit_s = STANDS_TIMES * self.every_s
        return self.outside is not None and self.age_s + since_s <= limit_s


def asks_about(status: NodeStatus) -> Mapping[str, Any]:
    """By pool what a node says that asks a licence server."""
    said = status.extra.get("licences_seen")
    return said if isinstance(said, Mapping) else {}


def seen_of(pool: str, status: NodeStatus) -> Seen | None:
    """What a node's status says of the pool; None where it does not ask about it.

    The age comes from two times of one clock, the node's own: it may be wrong.
    """
    said = asks_about(status).get(pool)
    if not isinstance(said, Mapping):
        return None
    outside, every_s, age_s = said.get("outside"), said.get("every"), 0.0
    with suppress(ValueError, TypeError):
        age_s = (parse_time(status.written) - parse_time(said.get("at"))).total_seconds()
    return Seen(
        outside if isinstance(outside, int) else None,
        max(0.0, age_s),
        float(every_s) if isinstance(every_s, (int, float)) else ASKED_EVERY_S,
    )


def seen_outside(pool: str, nodes: Iterable[NodeStatus]) -> int:
    """What others use of the pool, by the newest figure of any of the nodes that still counts."""
    found = [seen for status in nodes if (seen := seen_of(pool, status)) and seen.stands_for()]
    newest = min(found, key=lambda seen: seen.age_s, default=None)
    return newest.outside or 0 if newest else 0


def _section(document: Mapping[str, Any]) -> Section:
    section = Section("", 0)
    for name, value in document.items():
        section[name] = _section(value) if isinstance(value, Mapping) else value
    return section


def rules_for(solver: str, nodes: Iterable[NodeStatus]) -> tuple[TokenRule | None, ...]:
    """The rules of the nodes that offer the solver."""
    return tuple(announced_rule(status, solver) for status in nodes if solver in status.solvers)


def refuse_tokens(
    draft: Draft, rules: Sequence[TokenRule | None], pools: Mapping[str, Pool]
) -> None:
    """Raise BadInput for tokens where none are counted, and for more than the whole pool has.

    ``rules``: those of the nodes that offer the solver, None for one whose profile names no pool.
    Without any nothing is known, and nothing refused.
    """
    counted = [rule for rule in rules if rule and rule.pool in pools]
    if not counted:
        if rules and draft.resources.tokens:
            _refuse_uncounted(draft, [rule.pool for rule in rules if rule])
        return
    needs = [need_of(draft, rule, pools) for rule in rules]
    if all(need and need.tokens > pools[need.pool].most() for need in needs):
        need = next(need for need in needs if need)
        raise BadInput(
            f"{draft.input}: it takes {need.tokens} tokens of the licence pool '{need.pool}', "
            f"which has {_in_all(pools[need.pool])}",
            cure="Ask for fewer cores, GPUs or tokens, or correct the pool in spool.yaml.",
        )


def _in_all(pool: Pool) -> str:
    most = pool.most()
    return f"{pool.tokens} in all" + (
        f", and never more than {most} for jobs" * (most < pool.tokens)
    )


def _refuse_uncounted(draft: Draft, undefined: Sequence[str]) -> None:
    asked = f"{draft.input}: asks for {draft.resources.tokens} tokens, but"
    if undefined:
        raise BadInput(
            f"{asked} spool.yaml defines no licence pool '{undefined[0]}', on which the solver "
            f"'{draft.solver}' draws",
            cure=f"Leave 'tokens' out, or define 'pools: {{{undefined[0]}: {{tokens: 20}}}}'.",
        )
    raise BadInput(
        f"{asked} the profile of the solver '{draft.solver}' names no licence pool",
        cure="Leave 'tokens' out, or have the profile say its pool ('tokens: {pool: ...}').",
    )


def holders(places: Iterable[Place]) -> dict[str, list[TicketName]]:
    """By pool the tickets that hold tokens of it, in queue order, each once.

    Of two sights of a ticket that moved meanwhile the one that holds more counts.
    """
    seen: dict[str, TicketName] = {}
    for place in places:
        name = place.name
        if name.pool and (name.job not in seen or seen[name.job].tokens < name.tokens):
            seen[name.job] = name
    by_pool: dict[str, list[TicketName]] = {}
    for name in sorted(seen.values(), key=lambda n: n.key):
        by_pool.setdefault(name.pool or "", []).append(name)
    return by_pool


def use_of(places: Iterable[Place]) -> dict[str, int]:
    """By pool the tokens that claimed and running jobs hold."""
    return {pool: sum(n.tokens for n in names) for pool, names in holders(places).items()}


def standing(mine: TicketName, places: Iterable[Place], *, room: int) -> Standing:
    """What the claimant of ``mine`` does. ``places`` were listed after its claim: ``claimed/``
    first, then ``running/``, so that one that starts meanwhile is not missed. ``room``: what jobs
    may hold of the pool now.
    """
    others = [p for p in places if p.name.pool == mine.pool and p.name.job != mine.job]
    all_of_it = sum(n.tokens for names in holders(others).values() for n in names)
    if all_of_it + mine.tokens <= room:
        return Standing.ADMITTED
    before = use_of(p for p in others if p.state is State.RUNNING or p.name.key < mine.key).get(
        mine.pool or "", 0
    )
    if before + mine.tokens <= room:
        return Standing.WAITS
    return Standing.HANDS_BACK
