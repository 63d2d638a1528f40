"""Two machines measure together, with nothing between them but the share.

Each says what it has come to by a file whose name is the step and its side, and waits until a
listing shows the other's. Neither knows the other's clock: a delay is found as NTP finds it, from
the fastest of many exchanges, and is unsure by half of that one's duration.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from spool_layout.errors import FormatError
from wamspool.clock import Clock
from wamspool.errors import Gone, PartnerSilent, ShareError
from wamspool.probe.sight import names_in
from wamspool.share import Share

PAUSE_S = 0.02
STEP_S = 60.0

CLIENT = "client"
NODE = "node"


def never() -> bool:
    """For those whom nobody stops."""
    return False


@dataclass(frozen=True, slots=True)
class Meeting:
    """One side of it. ``is_over`` is asked while waiting: whoever is stopped leaves at once."""

    share: Share
    clock: Clock
    folder: str
    side: str
    is_over: Callable[[], bool] = never

    @property
    def others(self) -> str:
        """The other side's name."""
        return NODE if self.side == CLIENT else CLIENT

    def say(self, step: str, said: object = None) -> None:
        """The other side can hear this of the step."""
        text = json.dumps(said).encode()
        self.share.create(f"{self.folder}/{step}.{self.side}", text)

    def hear(self, step: str, *, patience_s: float = STEP_S) -> Any:  # noqa: ANN401 - any JSON
        """What the other side says of the step, once it does.

        Raises PartnerSilent when it does not in time, or has said that it leaves.
        """
        name, began_s = f"{step}.{self.others}", self.clock.monotonic_s()
        while True:
            names = self._names()
            if name in names:
                return self._read(name)
            if f"leave.{self.others}" in names:
                why = self._read(f"leave.{self.others}")
                raise PartnerSilent(f"the other machine could not go on at '{step}': {why}")
            if self.is_over():
                raise PartnerSilent(f"stopped while waiting for '{step}'")
            if self.clock.monotonic_s() - began_s >= patience_s:
                raise PartnerSilent(f"nothing was heard for {patience_s:.0f} s at '{step}'")
            self.clock.sleep(PAUSE_S)

    def _names(self) -> set[str]:
        try:
            return names_in(self.share, self.folder)
        except Gone:
            raise PartnerSilent("the other machine has left, and cleared the place away") from None

    def _read(self, name: str) -> Any:  # noqa: ANN401 - any JSON
        path = f"{self.folder}/{name}"
        try:
            return json.loads(self.share.read(path))
        except ValueError as error:
            raise FormatError(f"is not valid JSON: {error}", source=path) from None

    def exchange(self, step: str, said: object = None) -> Any:  # noqa: ANN401 - any JSON
        """What the other side says; both sides have come to this step."""
        self.say(step, said)
        return self.hear(step)

    def leave(self, why: str) -> None:
        """The other side need not wait any more. As far as the share can be reached."""
        try:
            self.say("leave", why)
        except ShareError:
            return
