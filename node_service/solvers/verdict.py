"""What is said of a run that has ended."""

from dataclasses import dataclass
from typing import Final

from spool_layout.states import Outcome

NO_LICENCE: Final = "no-licence"
"""The reason of a run that computed nothing because the solver got no licence: the job waits
again, and that run does not count as one."""
NOT_RUNNABLE: Final = "not-runnable"
"""The reason of a run whose program this machine could not run."""

DISK_FULL: Final = "disk-full"
"""The reason of a run that ended on a scratch disk without room."""


@dataclass(frozen=True, slots=True)
class Quoted:
    """A line that the solver wrote. ``line`` counts from 1; None where the file was not counted."""

    file: str
    line: int | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How a run ended, and by which evidence.

    ``reason`` is a short code that programs may rely on (``no-convergence``); ``sentence`` is what
    a user reads, with what to do. ``warnings`` are those that may mean a wrong result, in words;
    ``warning_count`` counts all that the solver printed.
    """

    outcome: Outcome
    reason: str
    sentence: str
    lines: tuple[Quoted, ...] = ()
    warnings: tuple[str, ...] = ()
    warning_count: int = 0
