"""A spool in a folder that another machine serves and this one has mounted: NFS, SMB (cifs), ...

The system answers much from what it remembers, for seconds to minutes: names (there and not
there), sizes and times, on SMB even contents. What it always asks the server for is a folder's
listing, and that makes it forget what it remembered of the names in there. So each look at a name
begins with the first piece of the listings on the way, and each look at a file opens it.

After an outage a request is sent again, and its reply may speak of what the first one has done
already: "exists" and "is gone" are checked against the file that was meant before they are said.
"""

import errno
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from wamspool.clock import Clock
from wamspool.errors import Gone
from wamspool.share import Copied, Entry, Examined, Settled, Traits, Watch
from wamspool.shares.local import LocalShare, examined_as, translate
from wamspool.shares.mounts import NFS, SMB, Mount
from wamspool.shares.open_beneath import Spot, first_listed, list_beneath, open_beneath
from wamspool.shares.smb.patience import READER_S, WRITER_S, insist

CLOCK_S = 600.0
"""How long the difference between two clocks is taken to last."""
_OTHER_FLAGS = getattr(os, "O_DSYNC", 0)  # means nothing to a reader
_WRITTEN = frozenset({errno.EBUSY, errno.ETXTBSY})
KEPT = ".nfs"
STEPPED = frozenset({"nfs"})
"""NFS 3 tells a folder's versions apart by its times, which go in steps of the server's clock:
of two changes within one step the second is not seen in what is remembered, for however long."""


class MountedShare(LocalShare):
    """A mounted folder as a share; what other machines do to it is seen at the next look."""

    def __init__(self, root: Path, clock: Clock, mount: Mount, *, durable: bool = True) -> None:
        super().__init__(root, clock, durable=durable)
        self._is_nfs, self._is_smb = mount.kind in NFS, mount.kind in SMB
        self._lists_anew = mount.kind in STEPPED
        self._ahead = timedelta()
        self._clock_read_s = float("-inf")
        self.traits = Traits(
            has_owner=self.traits.has_owner and mount.tells_owners,
            notifies=False,
            sees_writers=False,
            lookups_are_cached=True,
            answers_at_once=False,
        )

    # ------------------------------------------------------------------ what is remembered

    def _refresh(self, path: str) -> None:
        """What the system remembers of the names on the way is forgotten."""
        folder = path.rpartition("/")[0]
        try:
            first_listed(self._root, folder, anew=self._lists_anew)
        except OSError:  # a folder on the way may be the one of which it remembers wrongly
            parts = folder.split("/")
            for depth in range(len(parts) + 1):
                with suppress(OSError):
                    first_listed(self._root, "/".join(parts[:depth]), anew=self._lists_anew)

    def _open(self, path: str) -> int:
        if not self._is_smb:
            self._refresh(path)
            return super()._open(path)
        try:
            return self._open_anew(path)
        except FileNotFoundError:
            self._refresh(path)
            return self._open_anew(path)

    def _open_anew(self, path: str) -> int:
        """On a mount by SMB a file that was read a moment ago is still open, and opening its name
        gives that file, whatever has become of the name. Only a call with other flags closes it
        and asks the server. Of two calls that differ the second does, whichever came before.
        """
        try:
            os.close(super()._open(path))
            return open_beneath(self._root, path, flags=_OTHER_FLAGS)
        except OSError as error:
            # So says the server while this system has the name's former file open elsewhere.
            if error.errno == errno.EINVAL:
                raise FileNotFoundError(errno.ENOENT, "is not there any more", path) from error
            raise

    # ------------------------------------------------------------------ looking and reading

    def list(self, folder: str) -> list[Entry]:
        """See Share. NFS clients keep a removed file that they have open under a name of their
        own; nobody has made that, and it goes by itself.
        """
        if "/" in folder:
            self._refresh(folder)
        try:
            found = list_beneath(self._root, folder, anew=self._lists_anew)
        except OSError as error:
            translate(error, folder)
        if self._is_nfs:
            found = [entry for entry in found if not entry.name.startswith(KEPT)]
        return found

    def read_from(self, path: str, offset: int, *, most_bytes: int) -> bytes:
        """See Share."""

        def attempt() -> bytes:
            return super(MountedShare, self).read_from(path, offset, most_bytes=most_bytes)

        return insist(self._clock, attempt, patience_s=READER_S)

    def examine(self, path: str) -> Examined:
        """See Share. Only opening a file makes the system ask for its size and times."""
        try:
            descriptor = self._open(path)
        except FileNotFoundError as error:
            translate(error, path)
        except OSError:  # a folder, or what may not be read, or what a writer keeps to himself
            return super().examine(path)
        try:
            return examined_as(os.fstat(descriptor))
        except OSError as error:
            translate(error, path)
        finally:
            os.close(descriptor)

    # ------------------------------------------------------------------ making and changing

    def create(self, path: str, content: bytes) -> None:
        """See Share."""
        self._trying_again(path, lambda: super(MountedShare, self).create(path, content))

    def replace(self, path: str, content: bytes) -> None:
        """See Share."""
        self._refresh(path)
        self._insist(lambda: super(MountedShare, self).replace(path, content))

    def _insist(self, change: Callable[[], None]) -> None:
        """A scanner or a reader may be in the way for a moment (mounts by SMB)."""
        insist(self._clock, change, patience_s=WRITER_S)

    def append(self, path: str, content: bytes) -> None:
        """See Share."""
        self._trying_again(path, lambda: super(MountedShare, self).append(path, content))

    def write_at(self, path: str, offset: int, content: bytes) -> None:
        """See Share."""
        self._trying_again(path, lambda: super(MountedShare, self).write_at(path, offset, content))

    def _write_verified(self, path: str, pieces: Iterable[bytes]) -> Copied:
        self._refresh(path)
        return super()._write_verified(path, pieces)

    def make_folder(self, path: str) -> None:
        """See Share."""
        self._trying_again(path, lambda: super(MountedShare, self).make_folder(path))

    def _trying_again(self, path: str, make: Callable[[], None]) -> None:
        """A folder that was not there a moment ago may have been made by somebody since. Nothing
        is made where there is no folder, so trying again is safe.
        """
        try:
            make()
        except Gone:
            self._refresh(path)
            make()

    def move(self, source: str, target: str) -> None:
        """See Share."""
        self._refresh(source)
        self._refresh(target)
        number = self._number(source)
        try:
            self._insist(lambda: super(MountedShare, self).move(source, target))
        except Gone:
            self._refresh(target)
            if number is None or self._number(target) != number:
                raise

    def _number(self, path: str) -> int | None:
        """The file's number on the server's disk; None when it is not there."""
        try:
            with Spot(self._root, path) as spot:
                return os.stat(spot.name, dir_fd=spot.folder, follow_symlinks=False).st_ino
        except OSError:
            return None

    def remove(self, path: str) -> None:
        """See Share."""
        self._refresh(path)
        self._insist(lambda: super(MountedShare, self).remove(path))

    def settled(self, path: str) -> Settled:
        """See Share: a mount by SMB refuses what a writer keeps to himself. Nothing else tells."""
        try:
            os.close(self._open(path))
        except OSError as error:
            if error.errno in _WRITTEN:
                return Settled.WRITING
            translate(error, path)
        return Settled.UNKNOWN

    def now(self) -> datetime:
        """See Share: the server's clock, as a folder shows that is made there now and then."""
        now_s = self._clock.monotonic_s()
        if now_s - self._clock_read_s > CLOCK_S:
            self._clock_read_s = now_s
            with suppress(OSError):  # who may not write there goes by his own clock
                self._ahead = self._clock_ahead()
        return self._clock.utc_now() + self._ahead

    def _clock_ahead(self) -> timedelta:
        """A file would carry this machine's time on a mount by SMB; a folder has the server's."""
        place = f"{self._root}/{self._temporary()}"
        before = self._clock.utc_now()
        os.mkdir(place)
        try:
            after = self._clock.utc_now()
            made_ns = os.lstat(place).st_mtime_ns
        finally:
            os.rmdir(place)
        made = datetime.fromtimestamp(made_ns / 1e9, UTC)
        return made - (before + (after - before) / 2)

    def watch(self, folders: tuple[str, ...], changed: Callable[[str], None]) -> Watch | None:
        """See Share: events here tell of this machine's own changes alone."""
        del folders, changed
        return None
