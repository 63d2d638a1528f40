"""Asking the node that runs a job to show its texts, for as long as somebody looks at them."""

from collections.abc import Callable
from contextlib import suppress

from spool_layout import folders
from spool_layout.request import watch_request_name
from spool_layout.states import State
from wamspool.errors import ShareError
from wamspool.spool import Spool
from wamspool.transition import Place
from wamspool.tree import lies_at

RENEW_S = 30.0
PATIENCE_S = 8.0
LOOK_S = 0.3
CONTENT = b"wam: 1\n"


class LiveTexts:
    """Asks for the texts of one job. Who may not write in the spool sees what others ask for."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._asked_s = float("-inf")

    def ask(self, place: Place | None) -> str | None:
        """The node has been asked in the last half minute; the request, if it was made now."""
        now_s = self._spool.clock.monotonic_s()
        if place is None or place.state is not State.RUNNING or now_s - self._asked_s < RENEW_S:
            return None
        self._asked_s = now_s
        path = folders.request(watch_request_name(place.name.job, self._spool.new_suffix()))
        with suppress(ShareError):
            self._spool.share.create(path, CONTENT)
            return path
        return None

    def fresh(self, place: Place | None, warn: Callable[[str], None]) -> None:
        """What the node shows now is as the job has it; else ``warn`` has been told."""
        path = self.ask(place)
        if path is None or place is None:
            return
        until_s = self._spool.clock.monotonic_s() + PATIENCE_S
        with suppress(ShareError):
            while lies_at(self._spool.share, path):
                if self._spool.clock.monotonic_s() > until_s:
                    self._spool.share.remove(path)
                    warn(f"{place.name.node} does not answer; its texts may have grown since")
                    return
                self._spool.clock.sleep(LOOK_S)
