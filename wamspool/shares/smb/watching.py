"""Hints of changes in folders of an SMB share, by its own change notices.

On a connection of its own, since a notice may take for ever; one thread waits for each folder.
An overflow, an error, a lost connection and the beginning mean that anything may have changed.
"""

import struct
import threading
from collections.abc import Callable, Mapping

from wamspool.clock import Clock
from wamspool.errors import ShareError, Unreachable
from wamspool.shares.smb import messages as smb
from wamspool.shares.smb.connection import Line, LineLost
from wamspool.shares.smb.handles import refuse
from wamspool.shares.smb.lines import Lines
from wamspool.shares.smb.messages import Access, Option
from wamspool.shares.smb.statuses import NOTIFY_ENUM_DIR, SUCCESS

_ROOM_BYTES = 16384
# Names of files and folders, attributes, size, last write (MS-SMB2 2.2.35). Without attributes
# a write on the server's own disk is not told of.
_WANTED = 0x1 | 0x2 | 0x4 | 0x8 | 0x10
_DEPARTURES = frozenset({2, 4})  # removed, renamed away (MS-FSCC 2.7.1)
_UNSEEN = ".wam-"
# A server says that it is watching a moment before its other processes know of it.
_IN_FORCE_S = 0.1
_FIRST_WAIT_S = 1.0
_LONGEST_WAIT_S = 60.0
_STOP_S = 2.0


def tells_of_arrival(buffer: bytes) -> bool:
    """Whether anything came or was written; each claim is a departure, and wakes nobody.

    An empty buffer says that there was more than it could hold.
    """
    offset = 0
    while buffer:
        step, action, length = struct.unpack_from("<III", buffer, offset)
        name = buffer[offset + 12 : offset + 12 + length].decode("utf-16-le", "replace")
        if action not in _DEPARTURES and not name.replace("\\", "/").startswith(_UNSEEN):
            return True
        if not step:
            return False
        offset += step
    return True


class _Connection:
    """The one connection of all folders of a watch; made anew by whoever misses it first."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._making = threading.Lock()
        self._line: Line | None = None
        self._is_ended = False

    def line(self) -> Line:
        """Raises ShareError while there is none to be had."""
        with self._making:
            if self._line is None or not self._line.is_usable:
                line = self._lines.new_line()
                if self._is_ended:
                    line.drop()
                    raise Unreachable("", "the watch has ended")
                self._line = line
            return self._line

    def end(self) -> None:
        """Whoever waits on it is woken. Waits for nobody: a connection may be in the making."""
        self._is_ended = True
        if self._line is not None:
            self._line.drop()


class _FolderWatch:
    """One folder: a handle, and a notice asked for again and again."""

    def __init__(self, connection: _Connection, folder: str, name: str) -> None:
        self._connection = connection
        self._folder = folder
        self._name = name
        self._handle: bytes | None = None
        self._line: Line | None = None
        self._request: object | None = None

    def arm(self) -> None:
        """The server notes changes from now on. Raises ShareError, LineLost."""
        if self._handle is None or self._line is None:
            self._line = self._connection.line()
            opening = smb.create(
                self._name,
                access=Access.READ_DATA | Access.READ_ATTRIBUTES,
                options=Option.FOLDER,
            )
            replies = self._line.ask([opening])
            refuse(replies, self._folder)
            self._handle = smb.opened(replies[0].body).handle
        self._request = self._line.begin(smb.change_notify(self._handle, _WANTED, _ROOM_BYTES))

    def disarm(self) -> None:
        """Begin anew with the next ``arm``."""
        self._handle = self._line = self._request = None

    def happened(self) -> bool:
        """Waits for a notice; whether it tells of anything. Raises ShareError, LineLost."""
        assert self._line is not None  # noqa: S101 - armed before
        reply = self._line.awaited(self._request)
        self._request = None
        if reply.status == NOTIFY_ENUM_DIR:
            return True
        refuse([reply], self._folder)
        return tells_of_arrival(smb.part(reply.body) if reply.status == SUCCESS else b"")

    @property
    def is_armed(self) -> bool:
        """Whether a notice has been asked for and not come."""
        return self._request is not None


class SmbWatch:
    """Running notices for some folders."""

    def __init__(self, lines: Lines, changed: Callable[[str], None], clock: Clock) -> None:
        self._changed = changed
        self._clock = clock
        self._connection = _Connection(lines)
        self._stopped = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self, names: Mapping[str, str]) -> None:
        """Changes are told from now on; of a folder that is not there, when it is."""
        for folder, name in names.items():
            watched = _FolderWatch(self._connection, folder, name)
            try:
                watched.arm()
            except (ShareError, LineLost):
                watched.disarm()
            thread = threading.Thread(
                target=self._run, args=(watched, folder), name=f"watch {folder}", daemon=True
            )
            thread.start()
            self._threads.append(thread)

    def _run(self, watched: _FolderWatch, folder: str) -> None:
        wait_s, is_new = _FIRST_WAIT_S, True
        while not self._stopped.is_set():
            try:
                if not watched.is_armed:
                    watched.arm()
                if is_new:
                    self._stopped.wait(_IN_FORCE_S)
                if is_new or watched.happened():
                    self._tell(folder)
                wait_s, is_new = _FIRST_WAIT_S, False
            except (ShareError, LineLost):
                watched.disarm()
                is_new = True
                jitter = 0.5 + self._clock.random_bytes(1)[0] / 256
                self._stopped.wait(wait_s * jitter)
                wait_s = min(2 * wait_s, _LONGEST_WAIT_S)

    def _tell(self, folder: str) -> None:
        if not self._stopped.is_set():
            self._changed(folder)

    def stop(self) -> None:
        """Nothing is told from now on, but perhaps one thing that is being told."""
        self._stopped.set()
        self._connection.end()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(timeout=_STOP_S / len(self._threads))


def watch_folders(
    lines: Lines, names: Mapping[str, str], changed: Callable[[str], None], clock: Clock
) -> SmbWatch:
    """A running watch. What cannot be watched now is tried again, ever more seldom."""
    watch = SmbWatch(lines, changed, clock)
    watch.start(names)
    return watch
