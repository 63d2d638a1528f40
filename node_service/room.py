"""Room on the node's scratch and on the share: what waits, and who is ended, before either is full.

Scratch: first nothing more is claimed. When only a quarter of that reserve is left, the job is
ended that has written most since, of those that use more scratch than they have asked for. One
that keeps to its claim is not made to pay for others: if none has gone beyond, none is ended.

Share: nothing is claimed, and results wait on scratch, so that heartbeats and tickets still find
room. A node that cannot write its heartbeat loses its jobs to others.
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from node_service.attempt import Attempt
from node_service.limits import Reached
from node_service.node import Node
from node_service.solvers.evidence import StoppedFor
from spool_layout.units import format_size
from wamspool.errors import ShareError

END_BELOW: Final = 0.25
"""The part of the scratch reserve that is left when a job is ended."""


class Room:
    """Watches the room of one node."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._limits = node.spool.settings.limits
        self._scratch_free = node.scratch.free_bytes()
        self._share_free: int | None = None
        self._sizes: dict[str, int] = {}
        self._said: tuple[str, ...] = ()
        self.crowding: dict[str, Reached] = {}

    def look(self, running: Sequence[Attempt]) -> None:
        """The room on scratch is known, and who is to be ended for it is in ``crowding``."""
        self._scratch_free = self._node.scratch.free_bytes()
        self.crowding = {}
        if self._scratch_free >= self._limits.scratch_low_bytes:
            self._sizes = {}
        else:
            self._find_crowding(running)
        self._say()

    def look_at_share(self) -> None:
        """The room on the share is known: one operation. A share that does not tell has room."""
        with suppress(ShareError):
            self._share_free = self._node.spool.share.free_bytes()

    @property
    def problems(self) -> tuple[str, ...]:
        """Why nothing is claimed now, in sentences; empty where there is room."""
        low = {
            str(self._node.scratch.root): (self._scratch_free, self._limits.scratch_low_bytes),
            "the share": (self._share_free, self._limits.share_low_bytes),
        }
        # Without the free figure: it changes all the time, and each change would be told to all.
        return tuple(
            f"takes no more jobs: {place} has less than {format_size(least)} free"
            for place, (free, least) in low.items()
            if free is not None and free < least
        )

    def why_not_published(self, results_bytes: int) -> str | None:
        """Why results of this size wait; None where there is room for them.

        Asks the share only when it was seen to be short. Raises ShareError.
        """
        needed = results_bytes + self._limits.share_low_bytes
        if self._share_free is None or self._share_free >= 2 * needed:
            return None
        self._share_free = self._node.spool.share.free_bytes()
        if self._share_free is None or self._share_free >= needed:
            return None
        return (
            f"results of {format_size(results_bytes)} wait on scratch: the share has "
            f"{format_size(self._share_free)} free, of which "
            f"{format_size(self._limits.share_low_bytes)} are kept"
        )

    def _find_crowding(self, running: Sequence[Attempt]) -> None:
        sizes = {attempt.job: attempt.folder.output_mark()[1] for attempt in running}
        grown = {job: size - self._sizes.get(job, 0) for job, size in sizes.items()}
        is_low = self._scratch_free < END_BELOW * self._limits.scratch_low_bytes
        if not is_low:  # what each writes from now on counts
            self._sizes = {job: self._sizes.get(job, size) for job, size in sizes.items()}
        elif all(attempt.stop_asked_s is None for attempt in running):
            guilty = [a for a in running if grown[a.job] > 0 and sizes[a.job] > _claim(a)]
            if guilty:
                most = max(guilty, key=lambda a: (grown[a.job], a.job))
                self.crowding = {most.job: self._reached(most, sizes[most.job])}

    def _reached(self, attempt: Attempt, size_bytes: int) -> Reached:
        claim = _claim(attempt)
        asked = f"it had asked for {format_size(claim)}" if claim else "it had asked for none"
        return Reached(
            StoppedFor.DISK_LOW,
            f"The node's scratch had {format_size(self._scratch_free)} free, and the job had "
            f"written {format_size(size_bytes)}; {asked}.",
        )

    def _say(self) -> None:
        if self.problems != self._said:
            why = "; ".join(self.problems) or "there is room again"
            self._node.log.warning("room", extra={"why": why})
        self._said = self.problems


def kept_to_claim(attempt: Attempt) -> bool:
    """Whether the job had asked for scratch, and has used no more."""
    return _claim(attempt) > 0 and attempt.folder.output_mark()[1] <= _claim(attempt)


def _claim(attempt: Attempt) -> int:
    return attempt.ticket.draft.resources.scratch_bytes or 0
