"""Licence tokens as data: what a run takes, by its solver's profile."""

import math
import re
from dataclasses import dataclass
from typing import Any, Final

from spool_layout.fields import Fields

POOL_TOKENS_MAX: Final = 100_000
POOL: Final = r"[a-z][a-z0-9_-]{0,23}"
_POOL_NAME: Final = re.compile(POOL + r"\Z")
_RULE: Final = ("pool", "factor", "exponent", "table", "per_gpu")
_FORMULA: Final = ("factor", "exponent")
_NUMBER_MAX: Final = 1e6
_EXPONENT_MAX: Final = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What one job takes of a pool: at least one token."""

    pool: str
    tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRule:
    """What a run takes of ``pool``: by ``table`` if it has lines, else factor * cores ** exponent,
    cut to a whole number; and ``per_gpu`` more for each GPU.

    A line (cores, tokens) of the table holds for so many cores and for fewer, down to the line
    before; the last one for more as well. Abaqus' classic rule is floor(5 * cores ** 0.422) and
    one token a GPU (Digital Research Alliance of Canada, page on Abaqus).
    """

    pool: str
    factor: float = 1.0
    exponent: float = 1.0
    table: tuple[tuple[int, int], ...] = ()
    per_gpu: int = 0

    def tokens(self, *, cpus: int, gpus: int) -> int:
        """How many a run on so many cores and GPUs takes."""
        return self._by_cores(cpus) + self.per_gpu * gpus

    def _by_cores(self, cpus: int) -> int:
        if self.table:
            return next(
                (tokens for cores, tokens in self.table if cores >= cpus), self.table[-1][1]
            )
        # A power that is whole in truth must not lose one for a last digit.
        return math.floor(self.factor * math.pow(cpus, self.exponent) + 1e-9)


def parse_rule(f: Fields) -> TokenRule:
    """The rule that a profile's ``tokens`` give. Raises FormatError naming the field."""
    for name in _RULE:
        f.raw(name)
    f.refuse_unknown(_RULE)
    table = _table(f)
    if table and any(f.raw(name) is not None for name in _FORMULA):
        f.refuse("table", "cannot stand beside 'factor' and 'exponent'")
    if not table and f.raw("factor") is None:
        f.refuse("factor", "is missing", cure="Give 'factor' and 'exponent', or a 'table'.")
    return TokenRule(
        pool=check_pool_name(f, "pool", f.text("pool")),
        factor=_number(f, "factor", most=_NUMBER_MAX),
        exponent=_number(f, "exponent", most=_EXPONENT_MAX),
        table=table,
        per_gpu=f.integer("per_gpu", 0, least=0, most=POOL_TOKENS_MAX),
    )


def _number(f: Fields, name: str, *, most: float) -> float:
    value = f.parsed(name, 1.0, float)
    if not 0 <= value <= most:
        f.refuse(name, f"must be 0 to {most:g}, not {value:g}")
    return value


def _table(f: Fields) -> tuple[tuple[int, int], ...]:
    section = f.section("table")
    lines = []
    for cores in section.names():
        if not (cores.isascii() and cores.isdigit() and 1 <= int(cores) <= POOL_TOKENS_MAX):
            section.refuse(cores, "is no number of cores")
        lines.append((int(cores), section.integer(cores, 0, least=0, most=POOL_TOKENS_MAX)))
    return tuple(sorted(lines))


def rule_document(rule: TokenRule) -> dict[str, Any]:
    """The rule as a mapping, from which ``parse_rule`` makes an equal one."""
    document: dict[str, Any] = {"pool": rule.pool, "per_gpu": rule.per_gpu}
    if rule.table:
        return document | {"table": {str(cores): tokens for cores, tokens in rule.table}}
    return document | {"factor": rule.factor, "exponent": rule.exponent}


def check_pool_name(f: Fields, field_name: str, name: str) -> str:
    """The name, if it can be a pool's: it stands in the names of tickets. Raises FormatError."""
    if not _POOL_NAME.match(name):
        f.refuse(
            field_name,
            f"'{name}' cannot be the name of a licence pool",
            cure="Use up to 24 of a-z, 0-9, '-' and '_', beginning with a letter.",
        )
    return name
