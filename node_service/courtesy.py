"""What a node leaves to others: the hours in which it takes jobs, and cores that it keeps back."""

from collections.abc import Callable
from datetime import datetime, tzinfo

from node_service.node import Node
from node_service.opening import Hours, KeptBack, Outside, on_the_wall
from node_service.others import Others
from node_service.processes.sessions import is_in_use
from spool_layout.ticket import Ticket, format_time

CLOSED = "closed"
LOOK_S = 30.0


class Courtesy:
    """Asks the node's settings each time: they may change while it runs."""

    def __init__(
        self,
        node: Node,
        *,
        zone: tzinfo | None = None,
        in_use: Callable[[datetime], bool] = is_in_use,
    ) -> None:
        self._node = node
        self._zone = zone
        self._in_use = in_use
        self._looked_s = float("-inf")
        self._is_in_use = False
        self.others = Others(node)
        self._change: tuple[Hours, datetime, datetime | None] | None = None

    @property
    def hours(self) -> Hours:
        """The node's hours as its settings are now."""
        settings = self._node.settings
        return Hours(settings.windows, Outside(settings.outside), self._zone)

    def is_open(self) -> bool:
        """Whether the node takes jobs now, as far as its hours go."""
        return self.hours.is_open(self._now())

    def suspends(self) -> bool:
        """Whether runs are to stand still now."""
        return self.hours.outside is Outside.SUSPEND and not self.is_open()

    def may_begin(self, ticket: Ticket) -> bool:
        """Whether the job's walltime ends before the node's hours do, or need not."""
        return self.hours.may_begin(self._now(), ticket.draft.resources.walltime_s)

    def kept_back(self) -> int:
        """The cores that are not offered now: of all that hold at the moment, the most."""
        kept = self._node.settings.keep_back
        held = (one.cpus for one in kept if not one.by_load and self._holds(one))
        return max(*held, self._used_by_others(), 0)

    def _used_by_others(self) -> int:
        """The cores that are not offered for that reason."""
        settings = self._node.settings
        most = max((one.cpus for one in settings.keep_back if one.by_load), default=0)
        return min(most, self.others.cpus_wanting(settings.cpus)) if most else 0

    def memory_kept_back(self) -> int:
        """The memory that is not offered now, since others use it."""
        return self.others.memory_wanting(self._node.settings.memory_bytes)

    def state(self, state: str) -> str:
        """The node's state, as its status says it: out of its hours ``closed`` instead of ``up``."""
        return CLOSED if state == "up" and not self.is_open() else state

    def told(self) -> dict[str, object]:
        """Fields of the node's status: when it opens or closes next, what it keeps back now."""
        change = self._next_change()
        kept = {
            "kept_back": self.kept_back(),
            "others_cpus": self._used_by_others(),
            "others_memory_bytes": self.memory_kept_back(),
        }
        told: dict[str, object] = {name: amount for name, amount in kept.items() if amount}
        if change is not None:
            told["closes" if self.is_open() else "opens"] = format_time(change)
            told["outside"] = str(self.hours.outside)
        return told

    def _next_change(self) -> datetime | None:
        """Looked for anew when it has come, the settings are others, or the clock was set back."""
        now, hours, known = self._now(), self.hours, self._change
        is_stale = known is None or known[0] != hours or now < known[1]
        if known is None or is_stale or (known[2] is not None and now >= known[2]):
            self._change = known = (hours, now, hours.changes_at(now))
        return known[2]

    def _holds(self, kept: KeptBack) -> bool:
        if kept.window is not None:
            return kept.window.holds(on_the_wall(self._now(), self._zone))
        now_s = self._node.spool.clock.monotonic_s()
        if now_s - self._looked_s >= LOOK_S:
            self._looked_s = now_s
            self._is_in_use = self._in_use(self._now())
        return self._is_in_use

    def _now(self) -> datetime:
        return self._node.spool.clock.utc_now()
