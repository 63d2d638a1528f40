"""Two services under one node's name, as of a machine that was cloned: which of them leaves.

A service that starts looks whether the name is free. It cannot see one that is cut off just then,
or starts at the same moment. Both would take each other's claims for their own forgotten ones, find
nothing of them on their scratch, and queue them again until all were lost. They meet at the next
heartbeat, whose file only one of them can make; the other reads there with whom it has to do.
"""

from contextlib import suppress

from node_service.node import Node
from spool_layout.errors import FormatError, WamError
from wamspool.errors import ShareError
from wamspool.snapshot import NodeSight, read_node

SERVICE, SINCE = "service", "since"


class NameTaken(WamError):
    """Another service beats under this node's name; this one does nothing more."""

    exit_code = 44
    remedy = "Give this node another name: --name."


class Rivals:
    """Tells services of one name apart: each by a word of its own, and the number it began with."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._service = node.spool.clock.random_bytes(8).hex()
        self._since: int | None = None
        self._seen = 0

    def note_begin(self, sequence: int) -> None:
        """The first call counts: this service goes on from that heartbeat."""
        if self._since is None:
            self._since = sequence

    def announced(self) -> dict[str, object]:
        """What the status says, for a rival to read."""
        return {SERVICE: self._service, SINCE: self._since or 0}

    def meet(self, *, has_beaten: bool) -> None:
        """Another has made the heartbeat that this service was about to. Raises NameTaken when it
        is one that stays: the one that began earlier, by the node's own count. Of two that began
        at the same moment it is the one that has beaten first; when both have, their words decide.

        No rival is this service itself, whose answer was lost, nor what cannot be told. At the
        same place it may be the last word of a service that was killed: that comes once.
        """
        sight: NodeSight | None = None
        with suppress(ShareError, FormatError):
            sight = read_node(self._node.spool, self._node.name)
        if sight is None or sight.status.state == "stopped":
            return
        said = sight.status.extra
        service, since, home = said.get(SERVICE), said.get(SINCE), str(said.get("home", ""))
        if not isinstance(service, str) or not isinstance(since, int) or service == self._service:
            return
        self._seen += 1
        if home == self._node.home and self._seen == 1:
            return
        extra = {"node": self._node.name, "seen_at": home}
        self._node.log.error("another service has this node's name", extra=extra)
        own = self._since or 0
        if since < own or (since == own and (service < self._service or not has_beaten)):
            raise NameTaken(
                f"a node '{self._node.name}' is alive already ({home or 'an unknown place'})"
            )
