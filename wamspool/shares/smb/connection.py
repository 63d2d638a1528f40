"""One connection to a share: signed in, used by one thread at a time, and never waited on for ever.

By itself smbprotocol waits 600 s for an answer and then again, and at the end of the process for
a polite farewell; here each answer has ``timeout_s``, after which the connection is dropped, and
there is no farewell: the server sees the socket close.
"""

import logging
import struct
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from smbprotocol.connection import Connection
from smbprotocol.exceptions import SMBResponseException
from smbprotocol.session import Session
from smbprotocol.tree import TreeConnect

from wamspool.errors import Denied, ShareError, Unreachable
from wamspool.shares.smb.addresses import SmbAddress
from wamspool.shares.smb.credentials import Credentials
from wamspool.shares.smb.messages import CREDIT_BYTES, HEADER_BYTES, Message
from wamspool.shares.smb.statuses import ENDS_CONNECTION, failure

KEEPALIVE_S = 60
_BOTH_WAYS = 2  # SHUT_RDWR
_FOR_EVER_S = 30 * 86400
# At a negotiation the server tells its clock; smbprotocol keeps the raw reply (MS-SMB2 2.2.4).
_SYSTEM_TIME = HEADER_BYTES + 40

# The library reports a lost connection with a traceback; ours is an error that says what to do.
logging.getLogger("smbprotocol").addHandler(logging.NullHandler())


class LineLost(Exception):
    """The connection is gone. ``was_sent``: the server may have done what was asked.
    ``was_silent``: it did not end, but no answer came in time.
    """

    def __init__(self, cause: Exception, *, was_sent: bool, was_silent: bool = False) -> None:
        super().__init__(str(cause))
        self.cause = cause
        self.was_sent = was_sent
        self.was_silent = was_silent


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server answered to one message."""

    status: int
    body: bytes


class _Bounded(Connection):  # type: ignore[misc] # the library has no types
    """Never waits longer than ``timeout_s``, whatever its callers inside the library ask for."""

    timeout_s: float = 15.0

    def receive(
        self,
        request: Any,  # noqa: ANN401 - the library's
        wait: bool = True,  # noqa: FBT001, FBT002 - the library's
        timeout: float | None = None,
        resolve_symlinks: bool = False,  # noqa: FBT001, FBT002, ARG002 - nothing is followed
    ) -> Any:  # noqa: ANN401 - the library's
        return super().receive(
            request, wait=wait, timeout=timeout or self.timeout_s, resolve_symlinks=False
        )


class Line:
    """A connection, a session and a share. ``busy`` is held by whoever waits for an answer."""

    def __init__(self, address: SmbAddress, credentials: Credentials, *, guid: bytes) -> None:
        self.busy = threading.Lock()
        self.is_dead = False
        self._address = address
        self._credentials = credentials
        self._connection = _Bounded(guid, address.host, address.port, require_signing=True)
        # Idle for so long, the library asks for a sign of life; without one it hangs up.
        self._connection._receive_timeout = KEEPALIVE_S  # noqa: SLF001 - it has no argument for it

    def open(self, *, timeout_s: float) -> None:
        """Ready to be asked. Raises Denied (no way in) and Unreachable."""
        connection = self._connection
        connection.timeout_s = timeout_s
        where = str(self._address)
        try:
            connection.connect(timeout=timeout_s)
            # Without it a send to a server that hangs waits for ever, and with it whoever closes.
            connection.transport._sock.settimeout(timeout_s)  # noqa: SLF001 - no argument for it
            session = Session(
                connection,
                self._credentials.username,
                self._credentials.password,
                require_encryption=self._address.encrypt,
            )
            session.connect()
            tree = TreeConnect(session, self._address.unc)
            tree.connect()
        except Exception as error:
            self.drop()
            raise self._explained(error, where) from error
        self._session_id = session.session_id
        self._tree_id = tree.tree_connect_id
        self.prefix = f"{self._address.unc[2:]}\\" if tree.is_dfs_share else ""

    def _explained(self, error: Exception, where: str) -> ShareError:
        found = failure(error, where)
        # Some servers take whom they do not know for a guest, who can neither sign nor encrypt.
        if isinstance(found, Denied) or "as a guest" in str(found):
            return Denied(where, str(found).removeprefix(f"{where}: "), cure=self._credentials.cure)
        if isinstance(error, SMBResponseException) and error.status == 0xC00000CC:
            return Unreachable(
                where,
                f"the server offers no share '{self._address.share}'",
                cure="Check the share's name; what a server offers: smbclient -L SERVER.",
            )
        return found if isinstance(found, Unreachable) else Unreachable(where, str(found))

    @property
    def server_filetime(self) -> int:
        """The server's clock when the connection was made (a FILETIME)."""
        raw = self._connection.preauth_integrity_hash_value[1]
        time: int = struct.unpack_from("<Q", raw, _SYSTEM_TIME)[0]
        return time

    def room_bytes(self, wanted: int) -> int:
        """As much of ``wanted`` as one message may carry, whichever way."""
        c = self._connection
        left = c.sequence_window["high"] - c.sequence_window["low"] - 8
        most = min(c.max_read_size, c.max_write_size, c.max_transact_size)
        if not c.supports_multi_credit:
            most = min(most, CREDIT_BYTES)
        return int(min(wanted, most, max(1, left) * CREDIT_BYTES))

    def exchange(self, messages: list[Message]) -> list[Reply]:
        """The answers to messages that were sent as one; ``busy`` is the caller's.

        All are about the handle that the first one opens, or each names its own. Raises LineLost.
        """
        if self.is_dead:
            raise LineLost(ConnectionError("closed"), was_sent=False)
        try:
            requests = self._connection.send_compound(
                messages, self._session_id, self._tree_id, related=len(messages) > 1
            )
        except Exception as error:
            # Half of a message is no message: the server has done nothing.
            self.drop()
            raise LineLost(error, was_sent=False) from error
        try:
            return [self._received(request) for request in requests]
        except Exception as error:
            was_silent = bool(self._connection.transport.connected)
            self.drop()
            raise LineLost(error, was_sent=True, was_silent=was_silent) from error

    def _received(self, request: Any, timeout: float | None = None) -> Reply:  # noqa: ANN401
        try:
            header = self._connection.receive(request, timeout=timeout)
        except SMBResponseException as refused:
            header = refused.header
        status = header["status"].get_value()
        if status in ENDS_CONNECTION:
            self.drop()
        return Reply(status, header["data"].get_value())

    def ask(self, messages: list[Message]) -> list[Reply]:
        """As ``exchange``, when the line is free. Raises LineLost."""
        if not self.busy.acquire(timeout=2 * self._connection.timeout_s):
            raise LineLost(TimeoutError("the connection is in use for too long"), was_sent=False)
        try:
            return self.exchange(messages)
        finally:
            self.busy.release()

    def begin(self, message: Message) -> Any:  # noqa: ANN401 - the library's request
        """Something to be awaited: for questions that the server answers when it likes."""
        try:
            return self._connection.send_compound([message], self._session_id, self._tree_id)[0]
        except Exception as error:
            self.drop()
            raise LineLost(error, was_sent=False) from error

    def awaited(self, request: Any) -> Reply:  # noqa: ANN401 - the library's request
        """The answer, however long it takes. Raises LineLost when the connection ends."""
        try:
            return self._received(request, timeout=_FOR_EVER_S)
        except Exception as error:
            self.drop()
            raise LineLost(error, was_sent=True) from error

    @property
    def is_usable(self) -> bool:
        """Whether nothing says that the connection has ended."""
        return not self.is_dead and bool(self._connection.transport.connected)

    def drop(self) -> None:
        """The server sees the connection end, and with it closes every handle. Waits for nobody.

        The library's own close waits for its receiving thread, which at the end of the process
        stands still, and then for ever: that thread closes the socket when it sees its end.
        """
        self.is_dead = True
        with suppress(Exception):
            self._connection.transport._sock.shutdown(_BOTH_WAYS)  # noqa: SLF001
