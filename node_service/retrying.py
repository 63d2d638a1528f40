"""What becomes of work that fails: it is tried again, ever more rarely, and ends no service."""

from collections.abc import Callable
from dataclasses import dataclass

from node_service.attempt import Attempt
from node_service.fencing import fence
from node_service.link import CutOff
from node_service.node import Node
from wamspool.errors import CopyDiffers, LeaseUnsure, ShareError, TicketGone

RETRY_FIRST_S = 1.0
RETRY_MOST_S = 60.0
FAULT_FAILURES = 6


@dataclass(slots=True)
class Retrying:
    """Work on one node's attempts, guarded and put off."""

    node: Node

    def guarded(self, attempt: Attempt, work: Callable[[], None]) -> None:
        """The work was done, or will be tried again; nothing that goes wrong ends the service."""
        failures = attempt.failures
        try:
            try:
                work()
            except TicketGone:
                fence(self.node, attempt, "another has taken the job over")
        except CutOff:
            self.later(attempt, "the service ends")
        except (ShareError, CopyDiffers, LeaseUnsure, OSError) as error:
            self.later(attempt, str(error))
        except Exception as error:
            # A fault of our own must not end the service, and with it the watch over other jobs.
            self.node.log.exception("fault", extra={"job": attempt.job})
            attempt.failures = max(attempt.failures, FAULT_FAILURES)
            self.later(attempt, f"a fault of the service: {error!r} (see its log)")
        else:
            if attempt.failures == failures:  # else the work itself has put it off, and said why
                attempt.problem, attempt.failures = "", 0

    def soon(self, attempt: Attempt, why: str) -> None:
        """Tried again in a moment: it is another's doing, which is over in seconds."""
        self._again(attempt, why, RETRY_FIRST_S)

    def another_changes(self, attempt: Attempt) -> None:
        """As ``soon``: somebody else's door is in the way."""
        self.soon(attempt, "another change of this job is under way")

    def later(self, attempt: Attempt, problem: str) -> None:
        """Tried again after a time that grows with each failure; the node's status says why."""
        delay_s = min(RETRY_MOST_S, RETRY_FIRST_S * 2.0 ** min(attempt.failures, 10))
        attempt.failures += 1
        attempt.problem = problem
        self._again(attempt, problem, delay_s)

    def _again(self, attempt: Attempt, why: str, delay_s: float) -> None:
        attempt.try_again_s = self.node.spool.clock.monotonic_s() + delay_s
        extra = {"job": attempt.job, "phase": attempt.phase, "why": why, "again_s": delay_s}
        self.node.log.warning("try again", extra=extra)
