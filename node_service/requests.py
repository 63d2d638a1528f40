"""What people ask of this node by files in ``requests/``.

One listing a heartbeat finds them; their names say whom they are for. Measuring the share with
somebody's machine is done on a thread of its own: the node goes on with its jobs meanwhile.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from node_service.node import Node
from spool_layout import folders
from spool_layout.errors import FormatError, WamError
from spool_layout.request import parse_doctor_request_name, parse_request
from wamspool.errors import Gone, ShareError
from wamspool.probe.invitation import join


class Requests:
    """Looks for requests, and answers those that are for this node."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._due_s = float("-inf")
        self._taken: set[str] = set()
        self._over = False
        self._doctor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="doctor")

    def look(self) -> None:
        """Requests that came since the last heartbeat are being answered. Costs one listing.

        A share that cannot be read now is asked again when the next look is due.
        """
        now_s = self._node.spool.clock.monotonic_s()
        if now_s < self._due_s:
            return
        self._due_s = now_s + self._node.spool.settings.heartbeat_s
        with suppress(ShareError):
            names = {entry.name for entry in self._node.spool.share.list(folders.REQUESTS)}
            self._taken &= names
            for name in sorted(names - self._taken):
                self._consider(name)

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
