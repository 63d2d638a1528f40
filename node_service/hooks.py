"""Commands of the site that a node runs before and after solvers: what its settings say of them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

LIMIT_S: Final = 60.0


class When(StrEnum):
    """Before the solver starts, with the inputs staged; or after it ended, before stage-out."""

    PRE = "pre"
    POST = "post"


class OnFailure(StrEnum):
    """What becomes of a job whose hook failed. After the solver: ``fail`` or ``warn`` alone."""

    HAND_BACK = "hand_back"
    FAIL = "fail"
    WARN = "warn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """One command, which a ticket can neither name nor change. ``solvers``: () means all."""

    name: str
    when: When
    command: tuple[str, ...]
    limit_s: float = LIMIT_S
    on_failure: OnFailure = OnFailure.FAIL
    solvers: tuple[str, ...] = ()

    def is_for(self, when: When, solver: str) -> bool:
        """Whether it is run at that point of a job with this solver profile."""
        return self.when is when and (not self.solvers or solver in self.solvers)


@dataclass(frozen=True, slots=True)
class HookFailed:
    """A hook that did not end with exit code 0, in time."""

    hook: Hook
    sentence: str

    @property
    def hands_back(self) -> bool:
        """Whether its job goes back to the queue."""
        return self.hook.on_failure is OnFailure.HAND_BACK
