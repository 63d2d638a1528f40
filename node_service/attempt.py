"""An attempt that this node holds, in the service's memory; all of it can be found again."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from node_service.scratch import AttemptFolder
from node_service.standstill import Standstill
from spool_layout.ticket import Ticket
from wamspool.asking import Granted
from wamspool.decks.deck import Step
from wamspool.transition import Place

CARRIED_MOST: Final = 4
"""So many jobs' results may be on their way beside the jobs that solve."""


class Phase(StrEnum):
    """What this node is doing for the job. Solving: until the run has ended and is published."""

    STAGE_IN = "stage-in"
    SOLVING = "solving"
    OVER = "over"


@dataclass(slots=True)
class Used:
    """What the run was seen to use at the last look, and when it last did something.

    ``cores_busy``: on the average since the look before; None until there were two. ``output``
    stands for what it had written; None while it computes, when nobody looks.
    """

    sampled_s: float | None = None
    active_s: float = 0.0
    cpu_s: float = 0.0
    cores_busy: float | None = None
    memory_bytes: int = 0
    memory_peak_bytes: int = 0
    output: tuple[int, int, int] | None = None


@dataclass(slots=True)
class Attempt:
    """One claim of this node. ``busy``: a thread is at it, hands off.

    ``granted``: what somebody who may has asked for; a thread that is at it sees it come.
    ``has_ended``: its solver has, and its results are on their way. ``is_inherited``: an earlier
    service started the run.
    ``remark``: what people should know of a run that is left alone. ``started_s`` leaves out how
    long the run has stood still before; ``still_since_s`` counts while it does so now.
    """

    place: Place
    ticket: Ticket
    folder: AttemptFolder
    phase: Phase
    gpus: tuple[int, ...] = ()
    processors: tuple[int, ...] = ()
    busy: bool = False
    has_ended: bool = False
    started: str | None = None
    started_s: float = 0.0
    stop_asked_s: float | None = None
    signalled: bool = False
    forced: bool = False
    try_again_s: float = 0.0
    failures: int = 0
    problem: str = ""
    remark: str = ""
    used: Used = field(default_factory=Used)
    granted: Granted | None = None
    is_inherited: bool = False
    standstill: Standstill = field(default_factory=Standstill)
    still_since_s: float = 0.0
    hook_since_s: float | None = None
    steps: tuple[Step, ...] = ()
    live_offsets: dict[str, int] = field(default_factory=dict)

    @property
    def job(self) -> str:
        """The job's identifier."""
        return self.place.name.job

    @property
    def generation(self) -> int:
        """The claim's fencing number."""
        return self.place.name.generation

    @property
    def stem(self) -> str:
        """The name under which the solver runs, without suffix."""
        return self.ticket.staged_deck.rpartition(".")[0] or self.ticket.staged_deck


def held_and_carried(attempts: Iterable[Attempt]) -> tuple[list[Attempt], list[Attempt]]:
    """Those whose cores, memory and GPUs are theirs, and those that have given them back.

    Large results may be on their way for hours, and the machine need not stand idle for them. But
    only so many go on beside: behind a link that is too slow for what is computed, the scratch
    would fill up. Scratch is each one's until it is over.
    """
    held: list[Attempt] = []
    carried: list[Attempt] = []
    for attempt in attempts:
        gives_back = attempt.has_ended and len(carried) < CARRIED_MOST
        (carried if gives_back else held).append(attempt)
    return held, carried
