"""What other nodes say that others use of licence pools: one node's question answers for all.

Heard in the nodes' statuses, only while jobs wait: a listing of names each time, and one read of
each node that asks about a pool. Whether another node asks at all is read when it is first seen,
and again every ten minutes.
"""

from dataclasses import dataclass
from typing import Final

from node_service.node import Node
from spool_layout import folders
from spool_layout.errors import FormatError
from spool_layout.records import NodeStatus, parse_status
from wamspool.errors import Gone, ShareError
from wamspool.pools import asks_about, seen_of
from wamspool.snapshot import newest_beats

HEAR_S: Final = 30.0
HEAR_A_NODE_S: Final = 1.0
ALL_S: Final = 600.0


@dataclass(frozen=True, slots=True)
class Figure:
    """What others use, as of this moment of the own clock."""

    outside: int
    seen_s: float


@dataclass(slots=True)
class _Heard:
    """A node's latest status that was read; ``changed_s``: when it was last seen to beat."""

    sequence: int
    changed_s: float
    read_s: float = float("-inf")
    status: NodeStatus | None = None


class LicenceHearing:
    """Hears the other nodes for one node."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._heard: dict[str, _Heard] = {}
        self._heard_s = float("-inf")

    def look_now_and_then(self, every_s: float) -> None:
        """As ``look``; less often where there are many nodes."""
        self.look(every_s=max(every_s, HEAR_A_NODE_S * len(self._heard)))

    def look(self, *, every_s: float) -> None:
        """What they say is known as of ``every_s`` ago, as far as the share answers."""
        now_s = self._node.spool.clock.monotonic_s()
        if now_s - self._heard_s < every_s:
            return
        self._heard_s = now_s
        try:
            self._hear(now_s)
        except ShareError:
            return

    def _hear(self, now_s: float) -> None:
        beats = newest_beats(self._node.spool.share)
        beats.pop(self._node.name, None)
        self._heard = {node: heard for node, heard in self._heard.items() if node in beats}
        for node, sequence in sorted(beats.items()):
            heard = self._heard.setdefault(node, _Heard(-1, now_s))
            if sequence == heard.sequence:
                continue
            asks = heard.status is not None and bool(asks_about(heard.status))
            if asks or now_s - heard.read_s >= ALL_S:
                heard.status, heard.read_s = self._read(node, sequence), now_s
            heard.sequence, heard.changed_s = sequence, now_s

    def _read(self, node: str, sequence: int) -> NodeStatus | None:
        path = folders.status(node, sequence)
        try:
            return parse_status(self._node.spool.share.read(path), source=path)
        except (Gone, FormatError):  # it has beaten since: then the next look
            return None

    def newest(self, pool: str) -> Figure | None:
        """The newest figure that still stands; None where there is none."""
        now_s, found = self._node.spool.clock.monotonic_s(), []
        for heard in list(self._heard.values()):
            seen = seen_of(pool, heard.status) if heard.status else None
            if seen is None or seen.outside is None:
                continue
            figure = Figure(seen.outside, heard.read_s - seen.age_s)
            if seen.stands_for(now_s - heard.read_s):
                found.append(figure)
        return max(found, key=lambda figure: figure.seen_s, default=None)

    def askers(self, pool: str) -> list[str]:
        """The other nodes that ask about the pool and are alive, as far as was heard."""
        now_s, lease_s = self._node.spool.clock.monotonic_s(), self._node.spool.settings.lease_s
        return sorted(
            node
            for node, heard in list(self._heard.items())
            if heard.status is not None
            and heard.status.state != "stopped"
            and pool in asks_about(heard.status)
            and now_s - heard.changed_s <= lease_s + HEAR_S
        )
