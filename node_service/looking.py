"""When a node looks at the spool, and what it makes of a look. Hints bring the next one forward."""

from collections.abc import Callable

from node_service.adopting import Adopting
from node_service.claiming import Claiming
from node_service.node import Node
from node_service.outage import Outage
from node_service.pace import Pace
from node_service.settings import POLL_S
from wamspool.errors import ShareError
from wamspool.incoming import Incoming, Queue


class Looking:
    """Looks for one node. ``wake`` asks for another turn; ``take_up`` finds claims after an answer
    that was not clear.
    """

    def __init__(
        self,
        node: Node,
        claiming: Claiming,
        adopting: Adopting,
        outage: Outage,
        *,
        wake: Callable[[], None],
        take_up: Callable[[], None],
    ) -> None:
        self._node = node
        self._claiming = claiming
        self._adopting = adopting
        self._outage = outage
        self._wake = wake
        self._take_up = take_up
        self._clock = node.spool.clock
        self._incoming = Incoming(node.spool)
        self._due_s = 0.0
        self._looked_s = float("-inf")
        self.pace = Pace(self._clock, fixed_s=node.settings.poll_s)
        self.has_looked = False

    def look(self) -> Queue | None:
        """What a look shows; None when none is due, or the share does not answer."""
        now_s = self._clock.monotonic_s()
        if self.due_in_s() > 0:
            return None
        self._due_s = now_s + self._poll_s()
        try:
            queue = self._incoming.look()
            if self._claiming.is_unsure:
                self._take_up()
        except ShareError as error:
            self._outage.note(error)
            return None
        self.has_looked, self._looked_s = True, now_s
        self.pace.note_look(began_s=now_s)
        self._outage.over()
        self.pace.note_seen((queue.waiting, [folder.names for folder in queue.folders]))
        self._claiming.note_look(queue)
        return queue

    def _poll_s(self) -> float:
        unsettled = self._adopting.unsettled or self._incoming.is_filling()
        quiet_s = self._node.spool.settings.quiet_s
        return self.pace.next_s(at_most_s=quiet_s / 4 if unsettled else None)

    def due_in_s(self) -> float:
        """When the spool may be looked at again; 0 or less: at the next turn. Never, where one look
        is all that was asked for: a look that was due and not taken had the loop spin.
        """
        if self._node.settings.once and self.has_looked:
            return float("inf")
        return max(self._due_s, self.pace.rests_until_s) - self._clock.monotonic_s()

    def changed(self, folder: str) -> None:
        """A hint has come that something changes there. May be called from any thread."""
        self._incoming.changed(folder)
        self.again()

    def again(self) -> None:
        """The next turn looks at the queue; it comes at once."""
        self._due_s = 0.0
        self._wake()

    def after_end(self) -> None:
        """A job has ended, and the next turn comes at once. It looks at the queue unless that was
        done a moment ago: a node of many short jobs would list the whole queue for each of them.
        """
        if self._clock.monotonic_s() - self._looked_s >= POLL_S:
            self.again()
        self._wake()

    def finds_any(self) -> bool:
        """Whether a ticket or a drop waits anywhere in ``incoming/``. Raises ShareError."""
        queue = self._incoming.look_everywhere()
        return bool(queue.waiting or any(folder.drops for folder in queue.folders))
