"""What a job comes after, as a ticket says it: ``plate-k7f3x``, or ``plate-k7f3x:any``.

A text of its own for each job, and none that an older WAM would take for a job's name: to that one
``plate-k7f3x:any`` is a job that does not exist, so it never starts what it cannot judge.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from spool_layout.mail_events import Told, told_of_end
from spool_layout.states import Outcome

MARK: Final = ":"


class Ending(StrEnum):
    """How a job must have ended for another to come after it."""

    COMPLETED = "completed"
    ANY = "any"
    FAILED = "failed"

    def is_met_by(self, outcome: Outcome) -> bool:
        """Failed is what mail calls so: also lost and over the walltime, but not cancelled, since
        whoever cancels a job does not want what would have mended it.
        """
        if self is Ending.COMPLETED:
            return outcome is Outcome.COMPLETED
        return self is Ending.ANY or Told.FAILED in told_of_end(outcome)


@dataclass(frozen=True, slots=True)
class After:
    """A job that another comes after. ``job`` may be a part of its name, as people write it.

    ``word`` is kept as it was read: one of a newer WAM is met by nothing, and not lost.
    """

    job: str
    word: str = Ending.COMPLETED

    @property
    def ending(self) -> Ending | None:
        """None for a word that this WAM does not know."""
        return Ending(self.word) if self.word in _WORDS else None

    def is_met_by(self, outcome: Outcome) -> bool:
        """Whether a job that ended so lets the other start."""
        return self.ending is not None and self.ending.is_met_by(outcome)

    def __str__(self) -> str:
        if self.word == Ending.COMPLETED and MARK not in self.job:
            return self.job
        return f"{self.job}{MARK}{self.word}"


_WORDS: Final = frozenset(Ending)


def parse_after(text: str) -> After:
    """What the text says; without a word the job must have completed. Nothing is refused."""
    job, mark, word = text.rpartition(MARK)
    return After(job.strip(), word.strip().lower()) if mark else After(text)


def refuse_unclear(afters: Iterable[After]) -> None:
    """Raise ValueError with a phrase for what names no job, or a word that is not known."""
    for after in afters:
        if not after.job:
            raise ValueError(f"'{after}' names no job")
        if after.ending is None:
            raise ValueError(f"'{after.word[:40]}' is none of {', '.join(Ending)}")
