"""The threads that carry large files, so that the loop goes on meanwhile."""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from node_service.attempt import Attempt
from node_service.settings import INLINE_BYTES

THREADS = 4


class Staff:
    """Carries out work on attempts: small work at once, large work on a thread."""

    def __init__(self, log: logging.Logger, wake: Callable[[], None]) -> None:
        self._log = log
        self._wake = wake
        self._threads = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="staging")

    def offload(self, attempt: Attempt, work: Callable[[], None], size_bytes: int) -> None:
        """The work is done, or a thread is at it and the attempt is busy until it is done."""
        if size_bytes <= INLINE_BYTES:
            work()
            return
        attempt.busy = True
        self._threads.submit(work).add_done_callback(lambda done: self._back(attempt, done))

    def _back(self, attempt: Attempt, done: "Future[None]") -> None:
        error = done.exception()
        if error is not None:
            self._log.error("staging failed", exc_info=error, extra={"job": attempt.job})
        attempt.busy = False
        self._wake()

    def dismiss(self) -> None:
        """What is under way has come to its end, what waited has not been begun."""
        self._threads.shutdown(wait=True, cancel_futures=True)
