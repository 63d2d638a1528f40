"""What a solver's messages mean for a user: one table a solver, looked through in one way."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from node_service.solvers.verdict import Quoted


@dataclass(frozen=True, slots=True)
class Meaning:
    """``sentence`` says it with a cure; it may hold ``{0}`` for the pattern's first group and
    ``{text}`` for the message.
    """

    reason: str
    pattern: re.Pattern[str]
    sentence: str


def find_meaning(
    meanings: Iterable[Meaning], lines: Sequence[Quoted]
) -> tuple[Meaning, re.Match[str], Quoted] | None:
    """The first meaning that fits any line, with what it fits; None where none does."""
    for meaning in meanings:
        for line in lines:
            if match := meaning.pattern.search(line.text):
                return meaning, match, line
    return None
