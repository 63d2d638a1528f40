"""The ends of processes, watched on one thread for all of them (Linux 5.3 and later).

A thread for each would cost a job of a second as much as its claim.
"""

import os
import select
import sys
import threading
from collections.abc import Callable
from typing import Final

assert sys.platform == "linux"  # noqa: S101 - a type checker looking as Windows stops here

IDLE_S: Final = 10.0
"""How long the thread stays when nothing is left to be watched."""


class EndWatch:
    """Calls back when processes end. ``ended`` is called first each time, whichever it was."""

    def __init__(self, ended: Callable[[], None]) -> None:
        self._ended = ended
        self._wakes: dict[int, Callable[[], None]] = {}
        self._changing = threading.Lock()
        self._poll = select.epoll()
        self._runs = False

    def watch(self, handle: int, wake: Callable[[], None]) -> None:
        """``wake`` is called once, from a thread, when the process of this pidfd ends.

        The handle is closed then.
        """
        with self._changing:
            self._wakes[handle] = wake
            self._poll.register(handle, select.EPOLLIN)
            if self._runs:
                return
            self._runs = True
        threading.Thread(target=self._run, daemon=True, name="watch-end").start()

    def _run(self) -> None:
        while True:
            found = self._poll.poll(None if self._wakes else IDLE_S)
            with self._changing:
                if not found and not self._wakes:
                    self._runs = False
                    return
                wakes = [self._let_go(handle) for handle, _ in found]
            self._ended()
            for wake in wakes:
                wake()

    def _let_go(self, handle: int) -> Callable[[], None]:
        self._poll.unregister(handle)
        os.close(handle)
        return self._wakes.pop(handle)
