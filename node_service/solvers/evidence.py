"""What is known of a run that has ended, when it is to be judged."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from wamspool.decks.deck import Step


class StoppedFor(StrEnum):
    """Why WAM itself stopped the run."""

    CANCELLED = "cancelled"
    WALLTIME = "walltime"
    STALLED = "stalled"
    MEMORY = "memory"
    DISK_LOW = "disk-low"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that a verdict rests on; ``job`` is the deck's staged stem, such as ``bracket``.

    ``steps`` are the deck's, includes expanded. ``exit_code`` and ``signal`` are both None when
    nobody recorded the end. ``free_scratch_bytes`` is what the run folder's file system had left
    when the run ended. ``limit`` says which limit WAM stopped it for, with its figures.
    """

    run_folder: Path
    job: str
    steps: tuple[Step, ...]
    exit_code: int | None
    signal: int | None
    free_scratch_bytes: int
    stopped_for: StoppedFor | None = None
    limit: str = ""
