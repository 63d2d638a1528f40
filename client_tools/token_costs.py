"""What a run costs in licence tokens, by its cores and GPUs, and which numbers of cores are worth it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spool_layout.profile import Profile
from spool_layout.records import NodeStatus
from spool_layout.tokens import TokenRule
from wamspool.pools import announced_rule

CORES_LEAST = 32
CORES_MOST = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Numbers of cores, from ``first`` to ``last``, that cost the same."""

    first: int
    last: int
    tokens: int

    @property
    def cores(self) -> str:
        """``16-18``."""
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"

    @property
    def advice(self) -> str:
        """``18 cores cost what 16 cost``; empty where there is nothing to choose."""
        if self.first == self.last:
            return ""
        return f"{self.last} cores cost what {self.first} {'costs' if self.first == 1 else 'cost'}"


@dataclass(frozen=True, slots=True)
class Costs:
    """What runs of one solver cost. ``cores``: the largest number that is looked at."""

    solver: str
    rule: TokenRule
    cores: int

    def steps(self) -> list[Step]:
        """All numbers of cores up to ``cores``, those of one price together."""
        found: list[Step] = []
        for cpus in range(1, self.cores + 1):
            tokens = self.rule.tokens(cpus=cpus, gpus=0)
            if found and found[-1].tokens == tokens:
                found[-1] = Step(first=found[-1].first, last=cpus, tokens=tokens)
            else:
                found.append(Step(first=cpus, last=cpus, tokens=tokens))
        return found

    def step_of(self, cpus: int) -> Step | None:
        """The numbers of cores that cost what so many cost; None for more than are looked at."""
        return next((step for step in self.steps() if step.first <= cpus <= step.last), None)

    @property
    def document(self) -> dict[str, Any]:
        """As JSON shows it."""
        return {
            "solver": self.solver,
            "pool": self.rule.pool,
            "per_gpu": self.rule.per_gpu,
            "steps": [{"first": s.first, "last": s.last, "tokens": s.tokens} for s in self.steps()],
            "advice": [step.advice for step in self.steps() if step.advice],
        }


def costs_of(
    nodes: Sequence[NodeStatus], profiles: Mapping[str, Profile], *, asked_cpus: int = 1
) -> list[Costs]:
    """For each solver that counts tokens, what its runs cost, by what the nodes say of their rules.

    Of a solver that no node offers the profile that comes with WAM tells; where nodes differ, each
    rule is there once.
    """
    found: dict[tuple[str, TokenRule], Costs] = {}
    largest = max((status.cpus for status in nodes), default=0)
    cores = min(CORES_MOST, max(CORES_LEAST, largest, asked_cpus))
    for solver, rule in _rules(nodes, profiles):
        found.setdefault((solver, rule), Costs(solver, rule, cores))
    return list(found.values())


def _rules(
    nodes: Sequence[NodeStatus], profiles: Mapping[str, Profile]
) -> Iterable[tuple[str, TokenRule]]:
    for solver in sorted({*profiles, *(name for status in nodes for name in status.solvers)}):
        offering = [status for status in nodes if solver in status.solvers]
        profile = profiles.get(solver)
        rules = (
            [announced_rule(status, solver) for status in offering]
            if offering
            else [profile.tokens if profile else None]
        )
        yield from ((solver, rule) for rule in rules if rule)
