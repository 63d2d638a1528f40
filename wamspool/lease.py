"""Leases: how long a node's claims hold, judged without anybody's wall clock.

A node renews its lease by its heartbeat, a number in a file's name that only grows. A watcher
takes the lease for over when it has seen the same number for ``lease_s`` of its own monotonic
time. The owner counts from *before* the write of its last heartbeat that reached the share, and
gives up changing its tickets one heartbeat earlier than any watcher may take them.

A lease spares waste, and keeps two from moving one ticket at the same moment; that a job is
published once rests on the doors alone.
"""

from collections.abc import Mapping

from wamspool.clock import Clock
from wamspool.errors import LeaseUnsure
from wamspool.spool import Spool


class OwnLease:
    """Whether nobody can have taken this node's claims for those of a dead one."""

    def __init__(self, clock: Clock, *, lease_s: float, margin_s: float) -> None:
        self._clock = clock
        self._holds_s = lease_s - margin_s
        self._renewed_s = float("-inf")

    @classmethod
    def of(cls, spool: Spool) -> "OwnLease":
        """The lease of a node of this spool, before its first heartbeat."""
        settings = spool.settings
        return cls(spool.clock, lease_s=settings.lease_s, margin_s=settings.heartbeat_s)

    def renew(self, began_s: float) -> None:
        """A heartbeat whose write began at this monotonic time is on the share."""
        self._renewed_s = max(self._renewed_s, began_s)

    def holds(self) -> bool:
        """Whether this node may change its tickets and claim others."""
        return self._clock.monotonic_s() - self._renewed_s < self._holds_s

    def check(self) -> None:
        """Raise LeaseUnsure when it does not hold."""
        if not self.holds():
            raise LeaseUnsure("this node's heartbeat has not reached the share lately")


class Leases:
    """What one watcher knows of the other nodes' heartbeats."""

    def __init__(self, clock: Clock, *, lease_s: float) -> None:
        self._clock = clock
        self._lease_s = lease_s
        self._seen: dict[str, tuple[int, float]] = {}
        self._noted_s = float("-inf")

    def note(self, beats: Mapping[str, int], owners: frozenset[str]) -> None:
        """These are the newest heartbeats now; ``owners`` hold tickets, with a heartbeat or not.

        After a gap between two looks all time-outs begin anew: what kept the watcher from looking
        (an outage of the share, a machine asleep) may have kept the owners from beating.
        """
        now_s = self._clock.monotonic_s()
        if now_s - self._noted_s > self._lease_s / 2:
            self._seen.clear()
        self._noted_s = now_s
        seen = {}
        for node in owners:
            sequence = beats.get(node, -1)
            known = self._seen.get(node)
            seen[node] = known if known and known[0] == sequence else (sequence, now_s)
        self._seen = seen

    def are_over(self, node: str) -> bool:
        """Whether the node has been silent for a whole lease before this watcher's eyes."""
        known = self._seen.get(node)
        return known is not None and self._clock.monotonic_s() - known[1] >= self._lease_s

    def silent_s(self, node: str) -> float:
        """For how long this watcher has seen the same heartbeat; 0 for a node it knows nothing of."""
        known = self._seen.get(node)
        return self._clock.monotonic_s() - known[1] if known else 0.0
