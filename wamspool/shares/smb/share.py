"""A folder of a Windows or Samba share as a spool's share: each verb in terms of SMB."""

import itertools
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from pathlib import Path

from wamspool.clock import Clock
from wamspool.errors import Busy, Exists, ShareError
from wamspool.share import (
    CHUNK_BYTES,
    SMALL_FILE_BYTES,
    Copied,
    Entry,
    Examined,
    Kind,
    Settled,
    Traits,
    Transform,
    Watch,
)
from wamspool.shares.local import translate
from wamspool.shares.smb import listing, reading, writing
from wamspool.shares.smb import messages as smb
from wamspool.shares.smb.addresses import SmbAddress
from wamspool.shares.smb.credentials import Credentials
from wamspool.shares.smb.handles import ask
from wamspool.shares.smb.lines import Lines
from wamspool.shares.smb.locking import locked
from wamspool.shares.smb.messages import Access, Option, Sharing
from wamspool.shares.smb.paths import nanoseconds, server_path
from wamspool.shares.smb.patience import READER_S, WRITER_S, insist
from wamspool.shares.smb.strays import Strays
from wamspool.shares.smb.watching import watch_folders
from wamspool.shares.smb.writing import HiddenFile, LinksUnknown
from wamspool.shares.streams import write_out

TIMEOUT_S = 15.0
LONG = 1000  # names; a folder that was too long for one trip is not tried in one until it is less


class SmbShare:
    """One client of a share, for any number of threads. ``timeout_s``: how long one answer may
    take; after it the call is Unreachable. ``durable`` flushes files before they are shown.
    """

    def __init__(
        self,
        address: SmbAddress,
        credentials: Credentials,
        clock: Clock,
        *,
        durable: bool = True,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._address = address
        self._clock = clock
        self._durable = durable
        self._lines = Lines(address, credentials, clock, timeout_s=timeout_s)
        self._strays = Strays(self._lines)
        self._prefix = f".wam-{clock.random_bytes(6).hex()}"
        self._count = itertools.count()
        self._knows_links = True
        self._long: set[str] = set()
        self._tagged: set[str] = set()
        self.traits = Traits(
            has_owner=True,
            notifies=True,
            sees_writers=False,
            lookups_are_cached=False,
        )

    @property
    def location(self) -> str:
        """The address, which holds no secret."""
        return str(self._address)

    def close(self) -> None:
        """No connection is open. A later call opens one."""
        self._lines.close()

    def _name(self, path: str) -> str:
        return server_path(self._address.folder, path)

    def _hidden(self, path: str) -> str:
        """A name beside the path's that nobody else uses, in whatever thread."""
        folder = path.rpartition("/")[0]
        hidden = f"{self._prefix}-{next(self._count)}"
        return self._name(f"{folder}/{hidden}" if folder else hidden)

    # ------------------------------------------------------------------ looking and reading

    def list(self, folder: str) -> list[Entry]:
        """See Share."""
        name = self._name(folder)
        class_ = listing.TAGGED if folder in self._tagged else listing.PLAIN
        answer = None
        if folder not in self._long:
            answer = reading.listed(self._lines, folder, name, class_)
        if answer is None:
            answer = reading.listed_long(self._lines, folder, name, class_)
            (self._long.add if len(answer[0]) > LONG else self._long.discard)(folder)
        found, is_known = answer
        if is_known:
            return found
        self._tagged.add(folder)
        return self.list(folder)

    def examine(self, path: str) -> Examined:
        """See Share. The owner costs one message more, and no trip."""
        found, owner, tag = reading.look_at(self._lines, path, self._name(path))
        kind = listing.kind_of(found.attributes, tag)
        return Examined(
            kind=kind,
            size_bytes=found.size_bytes if kind is Kind.FILE else 0,
            modified_ns=nanoseconds(found.modified),
            changed_ns=nanoseconds(found.changed),
            owner=owner,
        )

    def read(self, path: str, *, most_bytes: int = SMALL_FILE_BYTES) -> bytes:
        """See Share. Raises Busy while somebody keeps all readers out."""
        return self.read_from(path, 0, most_bytes=most_bytes)

    def read_from(self, path: str, offset: int, *, most_bytes: int) -> bytes:
        """See Share. Raises Busy while somebody keeps all readers out."""
        name = self._name(path)
        return insist(
            self._clock,
            lambda: reading.read_part(self._lines, path, name, offset, most_bytes),
            patience_s=READER_S,
        )

    def chunks(self, path: str) -> Iterator[bytes]:
        """See Share."""
        return reading.chunks(self._lines, path, self._name(path))

    # ------------------------------------------------------------------ making and changing

    def create(self, path: str, content: bytes) -> None:
        """See Share. Two trips: one writes, one shows."""
        self._show(path, lambda: [content])

    def _show(
        self, path: str, pieces: Callable[[], Iterable[bytes]], *, verified: bool = False
    ) -> Copied:
        """The path names a new file that holds all the pieces."""
        if self._knows_links:
            try:
                return self._shown(path, pieces(), verified=verified, by_link=True)
            except LinksUnknown as error:
                self._knows_links = not error.for_good
        return self._shown(path, pieces(), verified=verified, by_link=False)

    def _shown(
        self, path: str, pieces: Iterable[bytes], *, verified: bool, by_link: bool
    ) -> Copied:
        name = self._name(path)
        file = HiddenFile(self._lines, path, self._hidden(path), is_kept=not by_link)
        with self._strays.tidied(path, file.hidden, goes_by_itself=by_link):
            handle = file.write(pieces, durable=self._durable)
            try:
                if verified:
                    writing.verify(handle, path, file.copied())
                (writing.link_as if by_link else writing.rename_as)(handle, path, name)
            except BaseException:
                file.discard(handle)
                raise
        return file.copied()

    def replace(self, path: str, content: bytes) -> None:
        """See Share. Two trips, and more while somebody reads the old content."""
        name, hidden = self._name(path), self._hidden(path)
        file = HiddenFile(self._lines, path, hidden, is_kept=True)
        with self._strays.tidied(path, hidden, goes_by_itself=False):
            handle = file.write([content], durable=self._durable)
            try:
                writing.rename_over(handle, path, name)
            except Busy:  # it lies there ready; whoever reads the old one will have finished soon
                insist(
                    self._clock,
                    lambda: writing.rename_over_again(self._lines, path, hidden, name),
                    patience_s=WRITER_S,
                )

    def append(self, path: str, content: bytes) -> None:
        """See Share. Two trips. Raises Busy while another writes."""
        name = self._name(path)
        # Only the opening is tried again: what has been written must not be written twice.
        handle = insist(
            self._clock,
            lambda: writing.open_to_append(self._lines, path, name),
            patience_s=WRITER_S,
        )
        writing.append(handle, path, content)

    def write_at(self, path: str, offset: int, content: bytes) -> None:
        """See Share. Raises Busy while another writes."""
        name = self._name(path)
        insist(
            self._clock,
            lambda: writing.write_at(
                self._lines, path, name, offset, content, durable=self._durable
            ),
            patience_s=WRITER_S,
        )

    def make_folder(self, path: str) -> None:
        """See Share: the server makes it for one caller; what is being removed is there still."""
        try:
            writing.make_folder(self._lines, path, self._name(path))
        except Busy as error:
            raise Exists(path, "is there already, though on its way out") from error

    def move(self, source: str, target: str) -> None:
        """See Share. Of two callers one moves it; the other is told Gone, or Busy."""
        names = self._name(source), self._name(target)
        insist(
            self._clock,
            lambda: writing.move(self._lines, (source, target), names),
            patience_s=WRITER_S,
        )

    def remove(self, path: str) -> None:
        """See Share. Of two callers one removes it; the other is told Gone, or Busy."""
        name = self._name(path)
        insist(self._clock, lambda: writing.remove(self._lines, path, name), patience_s=WRITER_S)

    # ------------------------------------------------------------------ copying

    def copy_in(self, source: Path, path: str, *, transform: Transform | None = None) -> Copied:
        """See Share. It is read back before it is shown."""
        try:
            opened = open(source, "rb")  # noqa: SIM115 - closed below; only its opening is judged
        except OSError as error:
            translate(error, str(source))
        with opened as file:

            def pieces() -> Iterator[bytes]:
                file.seek(0)
                read = iter(lambda: file.read(CHUNK_BYTES), b"")
                return transform(read) if transform else read

            return self._show(path, pieces, verified=True)

    def duplicate(self, source: str, target: str) -> Copied:
        """See Share."""
        return self._show(target, lambda: self.chunks(source), verified=True)

    def copy_out(self, path: str, target: Path) -> Copied:
        """See Share."""
        return write_out(self.chunks(path), target)

    # ------------------------------------------------------------------ hints

    def settled(self, path: str) -> Settled:
        """See Share: WRITING while an SMB client writes, whatever it shares.

        Never CLOSED: Samba says nothing of a writer on the server's own disk or over NFS.
        """
        opening = smb.create(
            self._name(path),
            access=Access.READ_DATA,
            sharing=Sharing.READ,
            options=Option.NO_FOLDER,
        )
        try:
            ask(self._lines, path, opening, smb.close(), is_repeatable=True)
        except Busy:
            return Settled.WRITING
        return Settled.UNKNOWN

    def now(self) -> datetime:
        """See Share: what the server last said, carried on by this machine's monotonic clock."""
        if (told := self._lines.server_clock.now()) is None:
            self._lines.room_bytes(0)  # a connection begins with the server's time
            told = self._lines.server_clock.now()
        return told or self._clock.utc_now()

    def free_bytes(self) -> int | None:
        """See Share."""
        return reading.free_bytes(self._lines, self._name(""))

    def lock(self, path: str, *, timeout_s: float) -> AbstractContextManager[bool]:
        """See Share."""
        try:
            return locked(self._lines, path, self._name(path), self._clock, timeout_s)
        except ShareError:
            return nullcontext(False)

    def watch(self, folders: tuple[str, ...], changed: Callable[[str], None]) -> Watch | None:
        """See Share. On a connection of its own, with a thread for each folder."""
        names = {folder: self._name(folder) for folder in folders}
        return watch_folders(self._lines, names, changed, self._clock)
