"""Whether this node takes jobs. Noted on scratch: it outlives the service, and the request."""

import json

from node_service.scratch import Scratch


class Draining:
    """Begun and ended by requests; while it lasts nothing new is claimed, what runs goes on."""

    def __init__(self, scratch: Scratch) -> None:
        self._scratch = scratch
        self._by, self._why, self._since = "", "", ""
        self.is_on = False
        if (text := scratch.draining()) is not None:
            self._read(text)

    def _read(self, text: bytes) -> None:
        self.is_on = True  # also where a crash or a hand has left no word in it
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
        self.is_on = True

    def end(self) -> None:
        """Jobs are claimed again. Raises OSError."""
        self._scratch.note_draining(None)
        self.is_on = False

    @property
    def state(self) -> str:
        """The node's state, as its status says it."""
        return "draining" if self.is_on else "up"

    @property
    def problems(self) -> tuple[str, ...]:
        """Who has asked for it, since when and why, as a sentence; none while it takes jobs."""
        if not self.is_on:
            return ()
        why = f": {self._why}" if self._why else ""
        return (f"takes no more jobs since {self._since or '?'}, asked by {self._by or '?'}{why}",)
