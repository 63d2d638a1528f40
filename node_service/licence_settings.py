"""Reading a node's licence queries from its settings file."""

import re
from collections.abc import Mapping
from typing import Any, Final

from node_service.settings import QUERY_EVERY_S, QUERY_LIMIT_S, LicenceQuery
from spool_layout.fields import Fields
from spool_layout.profile_fields import checked_pattern
from spool_layout.tokens import check_pool_name
from spool_layout.units import format_duration, parse_duration_s

_FIELDS: Final = ("command", "pattern", "every", "limit", "counts")
EVERY_LEAST_S: Final = 5.0
ALL, OTHERS = "all", "others"


def parse_queries(fields: Fields, name: str) -> Mapping[str, LicenceQuery]:
    """The queries by pool. Raises FormatError naming line and field."""
    pools = fields.section(name)
    return {
        check_pool_name(pools, pool, pool): _query(pools.section(pool)) for pool in pools.names()
    }


def _query(f: Fields) -> LicenceQuery:
    for name in _FIELDS:
        f.raw(name)
    f.refuse_unknown(_FIELDS)
    command = f.raw("command")
    if not isinstance(command, list) or not command:
        cure = "Write it as [/opt/abaqus/abaqus, licensing, lmstat, -a]: no shell reads it."
        f.refuse("command", "must be a list of arguments", cure=cure)
    pattern = checked_pattern(f, "pattern", f.text("pattern"))
    if re.compile(pattern).groups != 1:
        cure = r"Such as 'Users of abaqus:.*Total of (\d+) licenses? in use'."
        f.refuse("pattern", "needs the figure in one pair of brackets", cure=cure)
    counts = f.text("counts", ALL)
    if counts not in {ALL, OTHERS}:
        f.refuse("counts", f"must be {ALL} or {OTHERS}, not '{counts}'")
    query = LicenceQuery(
        command=f.texts("command"),
        pattern=pattern,
        every_s=f.parsed("every", QUERY_EVERY_S, parse_duration_s),
        limit_s=f.parsed("limit", QUERY_LIMIT_S, parse_duration_s),
        counts_all=counts == ALL,
    )
    if query.every_s < EVERY_LEAST_S:
        f.refuse("every", f"must be at least {format_duration(EVERY_LEAST_S)}")
    if query.limit_s <= 0:
        f.refuse("limit", "must be more than nothing")
    return query


def queries_shown(queries: Mapping[str, LicenceQuery]) -> str:
    """For people."""
    return "; ".join(f"{pool}: {' '.join(one.command)}" for pool, one in queries.items())


def queries_plain(queries: Mapping[str, LicenceQuery]) -> dict[str, Any]:
    """As JSON holds them."""
    return {
        pool: {
            "command": list(one.command),
            "pattern": one.pattern,
            "every": one.every_s,
            "limit": one.limit_s,
            "counts": ALL if one.counts_all else OTHERS,
        }
        for pool, one in queries.items()
    }
