"""How long a site keeps done jobs, by how they ended."""

from collections.abc import Mapping
from typing import Final

from spool_layout.fields import Fields
from spool_layout.states import Outcome
from spool_layout.units import parse_duration_s

LEAST_S: Final = 3600.0
Retention = Mapping[Outcome, float]
"""Seconds after a job's end; an outcome that is not in it is kept for ever."""


def parse_retention(f: Fields) -> Retention:
    """The policy that ``retention`` of ``spool.yaml`` gives. Raises FormatError naming the field."""
    words = [outcome for outcome in Outcome if outcome is not Outcome.REJECTED]
    given = f.names()
    policy: dict[Outcome, float] = {
        outcome: f.parsed(str(outcome), 0.0, parse_duration_s)
        for outcome in words
        if outcome in given
    }
    f.refuse_unknown([str(word) for word in words])
    for outcome, kept_s in policy.items():
        if kept_s < LEAST_S:
            # 'completed: 90' is ninety seconds to a reader of durations, ninety days to a person.
            f.refuse(str(outcome), "is less than an hour", cure=f"Write '{outcome}: 90 d'.")
    return policy
