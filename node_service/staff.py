"""The threads that carry files, so that the loop goes on meanwhile.

Also small ones where the share does not answer at once: beginnings and ends wait for the disk or the
network most of their time, and one after the other they kept every other job of the node waiting.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from node_service.attempt import Attempt
from node_service.node import Node
from node_service.settings import INLINE_BYTES

THREADS = 4


class Staff:
    """Carries out work on attempts: large work, and all that waits for the share, on a thread."""

    def __init__(self, node: Node, wake: Callable[[], None]) -> None:
        self._log = node.log
        self._answers_at_once = node.spool.share.traits.answers_at_once
        self._wake = wake
        self._threads = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="staging")
        # Not the same: large results may be on their way for hours, and small ends and beginnings
        # would wait behind them.
        self._carriers = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="carrying")

    def offload(self, attempt: Attempt, work: Callable[[], None], size_bytes: int) -> None:
        """The work is done, or a thread is at it and the attempt is busy until it is done."""
        if size_bytes <= INLINE_BYTES and self._answers_at_once:
            work()
            return
        attempt.busy = True
        threads = self._threads if size_bytes <= INLINE_BYTES else self._carriers
        threads.submit(work).add_done_callback(lambda done: self._back(attempt, done))

    def _back(self, attempt: Attempt, done: "Future[None]") -> None:
        error = None if done.cancelled() else done.exception()
        if error is not None:
            self._log.error("staging failed", exc_info=error, extra={"job": attempt.job})
        attempt.busy = False
        self._wake()

    def dismiss(self) -> None:
        """What is under way has come to its end, what waited has not been begun."""
        for threads in (self._threads, self._carriers):
            threads.shutdown(wait=False, cancel_futures=True)
        for threads in (self._threads, self._carriers):
            threads.shutdown(wait=True)
