"""The connections of one client to its share, each used by one thread at a time.

Threads that share a connection of smbprotocol run it out of credits (32 threads: four of five
calls failed), and one slow answer would drop the connection under all of them. A further
connection is made only when all are waiting for an answer, up to ``MOST``.
"""

import itertools
import threading
from datetime import UTC, datetime, timedelta

from wamspool.clock import Clock
from wamspool.errors import ShareError, Unreachable
from wamspool.shares.smb.addresses import SmbAddress
from wamspool.shares.smb.connection import Line, LineLost, Reply
from wamspool.shares.smb.credentials import Credentials
from wamspool.shares.smb.messages import Message
from wamspool.shares.smb.statuses import ENDS_CONNECTION, failure

MOST = 4
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)


class ServerClock:
    """The server's clock: its last word, carried on by this machine's monotonic one."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._said: tuple[int, float] | None = None

    def note(self, filetime: int) -> None:
        """The server says that it is so late now."""
        self._said = (filetime, self._clock.monotonic_s())

    def now(self) -> datetime | None:
        """The time (UTC), or None before the server has said anything."""
        said = self._said
        if said is None:
            return None
        filetime, at_s = said
        passed_s = self._clock.monotonic_s() - at_s
        return _EPOCH + timedelta(microseconds=filetime // 10, seconds=passed_s)


class Lines:
    """Connections by need. One that dies is replaced at the next verb."""

    def __init__(
        self, address: SmbAddress, credentials: Credentials, clock: Clock, *, timeout_s: float
    ) -> None:
        self.address = address
        self.server_clock = ServerClock(clock)
        self._credentials = credentials
        self._clock = clock
        self._timeout_s = timeout_s
        self._lines: list[Line] = []
        self._opening = threading.Lock()
        self._failed: tuple[int, ShareError | None] = (0, None)
        self._turn = itertools.count()

    def ask(
        self, messages: list[Message], path: str, *, is_repeatable: bool
    ) -> tuple[Line, list[Reply]]:
        """The answers, and the connection on which they came and handles may be open.

        A question that changes nothing is asked again on a new connection when the old one ended;
        for a server that hangs nobody waits twice. Raises Unreachable: of a change it is then not
        known whether it was made.
        """
        for is_last in (False, True):
            line = self._taken()
            try:
                replies = line.exchange(messages)
            except LineLost as lost:
                if is_last or lost.was_silent or (lost.was_sent and not is_repeatable):
                    raise failure(lost.cause, path) from lost
                continue
            finally:
                line.busy.release()
            # Turned away at the first message, the others were not even looked at.
            if is_last or replies[0].status not in ENDS_CONNECTION:
                return line, replies
        raise AssertionError

    def room_bytes(self, wanted: int) -> int:
        """As much of ``wanted`` as one message may carry. Raises Denied, Unreachable."""
        line = self._taken()
        try:
            return line.room_bytes(wanted)
        finally:
            line.busy.release()

    def new_line(self) -> Line:
        """A connection that nobody else uses. Raises Denied, Unreachable."""
        line = Line(self.address, self._credentials, guid=self._clock.random_bytes(16))
        line.open(timeout_s=self._timeout_s)
        return line

    def close(self) -> None:
        """No connection is left; the next verb makes one."""
        lines, self._lines = self._lines, []
        for line in lines:
            line.drop()

    def _taken(self) -> Line:
        """A connection whose ``busy`` is held for the caller."""
        if found := self._free():
            return found
        if len(self._usable()) < MOST and (found := self._opened()):
            return found
        return self._waited_for()

    def _usable(self) -> list[Line]:
        """Those that have ended do not count: when all had, none was ever made again."""
        return [line for line in self._lines if line.is_usable]

    def _free(self) -> Line | None:
        for line in self._lines:
            if line.is_usable and line.busy.acquire(blocking=False):
                return line
        return None

    def _opened(self) -> Line | None:
        """A new connection, or one that has become free while another was made."""
        failures = self._failed[0]
        with self._opening:
            if self._failed[0] != failures and (error := self._failed[1]):
                # Sixteen threads do not each wait for a server that is not there.
                problem = error.message.removeprefix(f"{error.path}: ")
                raise type(error)(error.path, problem, cure=error.cure)
            if found := self._free():
                return found
            self._lines = self._usable()
            if len(self._lines) >= MOST:
                return None
            try:
                line = self.new_line()
            except ShareError as error:
                self._failed = (failures + 1, error)
                raise
            self.server_clock.note(line.server_filetime)
            line.busy.acquire()
            self._lines = [*self._lines, line]
            return line

    def _waited_for(self) -> Line:
        lines = self._usable()
        line = lines[next(self._turn) % len(lines)] if lines else None
        if line is None or not line.busy.acquire(timeout=2 * self._timeout_s):
            where = str(self.address)
            raise Unreachable(where, "every connection has been waiting for too long")
        return line
