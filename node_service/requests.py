"""What people ask of this node by files in ``requests/``.

One listing finds them, and their names say whom they are for. It is made once a heartbeat, and
more often while this node holds jobs, which somebody may want to end. Measuring the share with
somebody's machine is done on a thread of its own: the node goes on with its jobs meanwhile.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from node_service.attempt import Attempt
from node_service.draining import Draining
from node_service.hand_cancels import HandCancels
from node_service.job_requests import JobRequests
from node_service.node import Node
from node_service.watchers import Watchers
from spool_layout import folders
from spool_layout.errors import FormatError, WamError
from spool_layout.request import parse_doctor_request_name, parse_request
from wamspool.errors import Gone, ShareError
from wamspool.probe.invitation import join

BUSY_S = 2.0
LOOKS_A_SECOND = 10.0
BY_HAND_S = 30.0


class Requests:
    """Looks for requests, and answers those that are for this node."""

    def __init__(self, node: Node, attempts: Mapping[str, Attempt] | None = None) -> None:
        self._node = node
        self._attempts: Mapping[str, Attempt] = {} if attempts is None else attempts
        self.draining = Draining(node.scratch, node.name)
        self._of_jobs = JobRequests(node, self.draining, self._attempts)
        self.watchers = Watchers(node, self._attempts)
        self._by_hand = HandCancels(node, self._attempts)
        self._due_s = self._by_hand_due_s = float("-inf")
        self._taken: set[str] = set()
        self._over = False
        self._doctor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="doctor")

    def look(self, *, nodes: int = 1) -> bool:
        """Requests that came since the last look are being answered. Costs one listing.

        ``nodes``: so many look; all together take about ten looks a second while they are busy.
        A share that cannot be read now is asked again when the next look is due. True when
        something is to be done about an attempt at once.
        """
        now_s = self._node.spool.clock.monotonic_s()
        has_cancelled = self._look_by_hand(now_s)
        if now_s < self._due_s:
            return has_cancelled
        heartbeat_s = self._node.spool.settings.heartbeat_s
        busy_s = min(heartbeat_s, max(BUSY_S, nodes / LOOKS_A_SECOND))
        self._due_s = now_s + (busy_s if self._attempts else heartbeat_s)
        with suppress(ShareError):
            names = {entry.name for entry in self._node.spool.share.list(folders.REQUESTS)}
            self._taken &= names
            for name in sorted(names - self._taken):
                self._consider(name)
            is_watched = self.watchers.see(names)
            return self._of_jobs.take(names) or is_watched or has_cancelled
        return has_cancelled

    def _look_by_hand(self, now_s: float) -> bool:
        if now_s < self._by_hand_due_s or not self._node.lease.holds():
            return False
        self._by_hand_due_s = now_s + BY_HAND_S
        with suppress(ShareError):
            has_cancelled = self._by_hand.look()
            if self._by_hand.has_more:
                self.look_soon(folders.CANCEL)
            return has_cancelled
        return False

    def look_soon(self, folder: str = folders.REQUESTS) -> None:
        """The next look is due now: something has changed there, or is about to be decided."""
        if folder == folders.CANCEL:
            self._by_hand_due_s = float("-inf")
        else:
            self._due_s = float("-inf")

    def close(self) -> None:
        """No request is answered any more; a measurement that runs has ended."""
        self._over = True
        self._doctor.shutdown(wait=True, cancel_futures=True)

    def _consider(self, name: str) -> None:
        parsed = parse_doctor_request_name(name)
        if parsed is None or parsed[0] != self._node.name:
            return
        self._taken.add(name)  # also where it cannot be removed: it is answered once
        share, path = self._node.spool.share, folders.request(name)
        try:
            by = parse_request(share.read(path), source=path).by
            self._remove(path)
        except Gone:
            return
        except (FormatError, ShareError) as error:
            self._node.log.warning("request", extra={"file": path, "why": str(error)})
            return
        self._node.log.info("doctor", extra={"meeting": parsed[1], "by": by})
        self._doctor.submit(self._measure, parsed[1])

    def _remove(self, path: str) -> None:
        try:
            self._node.spool.share.remove(path)
        except Gone:
            raise
        except ShareError as error:
            self._node.log.warning("request", extra={"file": path, "why": error.message})

    def _measure(self, meeting: str) -> None:
        spool, log = self._node.spool, self._node.log
        try:
            findings = join(
                spool.share, spool.clock, meeting, node=self._node.name, is_over=lambda: self._over
            )
        except WamError as error:
            log.warning("doctor left", extra={"meeting": meeting, "why": error.message})
        except Exception:
            log.exception("doctor failed", extra={"meeting": meeting})
        else:
            marks = ", ".join(f"{one.check} {one.mark}" for one in findings)
            log.info("doctor done", extra={"meeting": meeting, "found": marks})
