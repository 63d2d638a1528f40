"""Whether this node takes jobs. Noted on scratch: it outlives the service, and the request."""

import json

from node_service.own_faults import OwnFaults
from node_service.scratch import Scratch


class Draining:
    """Begun and ended by requests; while it lasts nothing new is claimed, what runs goes on.

    ``faults`` of the node itself have the same effect, until a request or a restart ends it.
    """

    def __init__(self, scratch: Scratch, node: str = "") -> None:
        self._scratch = scratch
        self._by, self._why, self._since = "", "", ""
        self._was_asked = False
        self.faults = OwnFaults(node)
        if (text := scratch.draining()) is not None:
            self._read(text)

    def _read(self, text: bytes) -> None:
        self._was_asked = True  # also where a crash or a hand has left no word in it
        try:
            noted = json.loads(text)
            self._by, self._why, self._since = (str(noted[key]) for key in ("by", "why", "since"))
        except (ValueError, TypeError, KeyError):
            return

    def begin(self, *, by: str, why: str, since: str) -> None:
        """Nothing is claimed from now on, by no later service either. Raises OSError."""
        noted = {"by": by, "why": why, "since": since}
        self._scratch.note_draining(json.dumps(noted).encode())
        self._by, self._why, self._since = by, why, since
        self._was_asked = True

    def end(self) -> None:
        """Jobs are claimed again. Raises OSError."""
        self._scratch.note_draining(None)
        self._was_asked = False
        self.faults.forget()

    @property
    def is_on(self) -> bool:
        """Whether nothing new is claimed."""
        return self._was_asked or self.faults.stand

    @property
    def state(self) -> str:
        """The node's state, as its status says it."""
        return "draining" if self.is_on else "up"

    @property
    def problems(self) -> tuple[str, ...]:
        """Who has asked for it, since when and why, as a sentence; none while it takes jobs."""
        own = (self.faults.problem,) if self.faults.stand else ()
        if not self._was_asked:
            return own
        why = f": {self._why}" if self._why else ""
        asked = f"takes no more jobs since {self._since or '?'}, asked by {self._by or '?'}{why}"
        return (asked, *own)
