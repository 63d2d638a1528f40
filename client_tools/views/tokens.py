"""The screen of ``wam tokens``."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from client_tools.pools_shown import PoolNow, pool_table
from client_tools.token_costs import Costs
from client_tools.views.screen import Column, Line, Screen, Table, Tone
from spool_layout.units import count

ADVICE_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """One job that somebody thinks of."""

    cpus: int
    gpus: int

    @property
    def words(self) -> str:
        """``12 cores and 1 GPU``."""
        gpus = f" and {count(self.gpus, 'GPU')}" if self.gpus else ""
        return f"{count(self.cpus, 'core')}{gpus}"


def tokens_screen(pools: Sequence[PoolNow], costs: Sequence[Costs], asked: Asked | None) -> Screen:
    """The pools, and the table of costs or the answer for one job."""
    by_name = {now.name: now for now in pools}
    parts: list[Line | Table] = []
    if asked:
        parts += [line for one in costs for line in _answer(one, asked, by_name)]
    parts += pool_table(pools)[0 if parts else 1 :]
    if not pools:
        parts.append(Line("no licence pool is defined: nothing is counted (pools in spool.yaml)"))
    if not asked:
        parts += [part for one in costs for part in _table(one, one.rule.pool in by_name)]
    document: dict[str, Any] = {
        "pools": [now.document for now in pools],
        "costs": [one.document for one in costs],
        "asked": [_document(one, asked, by_name) for one in costs] if asked else None,
    }
    return Screen(document, parts)


def _table(costs: Costs, is_counted: bool) -> Iterator[Line | Table]:  # noqa: FBT001
    rule = costs.rule
    steps = costs.steps()
    gpus = f", and {rule.per_gpu} more for each GPU" if rule.per_gpu else ""
    counted = "" if is_counted else "; the spool has no such pool, so they are not counted"
    yield Line("")
    yield Line(
        f"{costs.solver}: tokens of {rule.pool} by cores{gpus}{counted}", Tone.TITLE, folds=True
    )
    columns = (Column("cores", right=True), Column("tokens", right=True))
    yield Table(columns, [(step.cores, str(step.tokens)) for step in steps])
    # The longest first: there most is to be had for nothing.
    advised = sorted((s for s in steps if s.advice), key=lambda s: s.first - s.last)
    words = [step.advice for step in advised[:ADVICE_SHOWN]]
    if words:
        yield Line(f"{'; '.join(words)}.", folds=True)


def _answer(costs: Costs, asked: Asked, pools: Mapping[str, PoolNow]) -> Iterator[Line]:
    tokens = costs.rule.tokens(cpus=asked.cpus, gpus=asked.gpus)
    now = pools.get(costs.rule.pool)
    fits = "" if now is None else f": {_standing(now, tokens)}"
    tone = Tone.PLAIN if now is None or tokens <= now.free else Tone.WARN
    taken = count(tokens, "token")
    yield Line(
        f"{costs.solver}: {asked.words} take {taken} of {costs.rule.pool}{fits}", tone, folds=True
    )
    step = costs.step_of(asked.cpus)
    if step and step.last > asked.cpus:
        yield Line(f"  {count(step.last, 'core')} cost the same")
    elif step and step.first < asked.cpus:
        yield Line(f"  {count(step.first, 'core')} cost the same")


def _standing(now: PoolNow, tokens: int) -> str:
    if tokens > now.pool.most():
        return f"never to be had, the pool has at most {now.pool.most()} for jobs"
    if tokens > now.free:
        return f"{now.free} are free now, it would wait"
    return f"{now.free} are free now"


def _document(costs: Costs, asked: Asked, pools: Mapping[str, PoolNow]) -> dict[str, Any]:
    tokens = costs.rule.tokens(cpus=asked.cpus, gpus=asked.gpus)
    now, step = pools.get(costs.rule.pool), costs.step_of(asked.cpus)
    return {
        "solver": costs.solver,
        "pool": costs.rule.pool,
        "cpus": asked.cpus,
        "gpus": asked.gpus,
        "tokens": tokens,
        "fits_now": None if now is None else tokens <= now.free,
        "fits_ever": None if now is None else tokens <= now.pool.most(),
        "cpus_for_the_same": [step.first, step.last] if step else None,
    }
