"""A spool in a folder of this machine: its own disk, or one that the system has mounted.

Nothing is ever followed through a symbolic link below the root: whoever can write to the
share could otherwise make a node read any file that its account can read.
"""

import errno
import itertools
import os
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import NoReturn

from wamspool.clock import Clock
from wamspool.errors import Busy, CopyDiffers, Denied, Exists, Full, Gone, ShareError, Unreachable
from wamspool.share import (
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
from wamspool.shares.open_beneath import (
    Spot,
    append_whole,
    flush_names,
    list_beneath,
    open_beneath,
    open_to_write,
    place_beneath,
    replace_whole,
    write_whole,
)
from wamspool.shares.ownership import owner_name
from wamspool.shares.streams import (
    pieces_of,
    read_part,
    write_all,
    write_out,
    write_part,
    write_pieces,
)
from wamspool.shares.writers import writer_is_known, writer_state

_MEANING: dict[int, type[ShareError]] = {
    errno.ENOENT: Gone,
    errno.ESTALE: Gone,
    errno.EEXIST: Exists,
    errno.ENOTEMPTY: Exists,
    errno.EBUSY: Busy,
    errno.ETXTBSY: Busy,
    errno.EACCES: Denied,
    errno.EPERM: Denied,
    errno.EROFS: Denied,
    errno.ELOOP: Denied,
    errno.ENOTDIR: Denied,
    errno.EISDIR: Denied,
    errno.ENXIO: Denied,
    errno.EINVAL: Denied,
    errno.ENAMETOOLONG: Denied,
    errno.ENOSPC: Full,
    errno.EDQUOT: Full,
}

_KINDS = {stat.S_IFREG: Kind.FILE, stat.S_IFDIR: Kind.FOLDER}
_LOCAL = os.O_RDONLY | getattr(os, "O_BINARY", 0)


def translate(error: OSError, path: str) -> NoReturn:
    """Raise the one share error that this system error means; unknown ones are Unreachable."""
    meaning = _MEANING.get(error.errno or 0, Unreachable)
    raise meaning(path, error.strerror or str(error)) from error


def examined_as(found: os.stat_result) -> Examined:
    """What the system says of a file, in the words of a share."""
    return Examined(
        kind=_KINDS.get(stat.S_IFMT(found.st_mode), Kind.OTHER),
        size_bytes=found.st_size,
        modified_ns=found.st_mtime_ns,
        changed_ns=found.st_ctime_ns,
        owner=owner_name(found.st_uid),
    )


def make_root(root: Path) -> None:
    """The folder is there, and those above it. Raises OSError, which names the place."""
    root.mkdir(parents=True, exist_ok=True)


class LocalShare:
    """A folder of this machine as a share. ``durable`` flushes files before they are shown."""

    def __init__(self, root: Path, clock: Clock, *, durable: bool = True) -> None:
        self._root = str(root)
        self._clock = clock
        self._durable = durable
        self._prefix = f".wam-{clock.random_bytes(6).hex()}"
        self._count = itertools.count()
        self.traits = Traits(
            has_owner=os.name == "posix",
            notifies=True,
            sees_writers=writer_is_known(),
            lookups_are_cached=False,
            answers_at_once=not durable,
        )

    @property
    def location(self) -> str:
        """The folder's path."""
        return self._root

    def _temporary(self) -> str:
        """A hidden name that nobody else uses, in whatever thread."""
        return f"{self._prefix}-{next(self._count)}"

    def _open(self, path: str) -> int:
        """A descriptor of the plain file, to read it. Raises OSError."""
        return open_beneath(self._root, path)

    def list(self, folder: str) -> list[Entry]:
        """See Share."""
        try:
            return list_beneath(self._root, folder)
        except OSError as error:
            translate(error, folder)

    def examine(self, path: str) -> Examined:
        """See Share."""
        try:
            with Spot(self._root, path) as spot:
                found = os.stat(spot.name, dir_fd=spot.folder, follow_symlinks=False)
        except OSError as error:
            translate(error, path)
        return examined_as(found)

    def read(self, path: str, *, most_bytes: int = SMALL_FILE_BYTES) -> bytes:
        """See Share."""
        return self.read_from(path, 0, most_bytes=most_bytes)

    def read_from(self, path: str, offset: int, *, most_bytes: int) -> bytes:
        """See Share."""
        try:
            descriptor = self._open(path)
            try:
                return read_part(descriptor, offset, most_bytes)
            finally:
                os.close(descriptor)
        except OSError as error:
            translate(error, path)

    def chunks(self, path: str) -> Iterator[bytes]:
        """See Share."""
        try:
            descriptor = self._open(path)
            try:
                yield from pieces_of(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            translate(error, path)

    def create(self, path: str, content: bytes) -> None:
        """See Share. A durable share flushes the content before it is shown, then its name."""
        try:
            with Spot(self._root, path) as spot:
                write_whole(spot, self._writing(content), temporary=self._temporary())
                if self._durable:
                    flush_names(spot)
        except OSError as error:
            translate(error, path)

    def replace(self, path: str, content: bytes) -> None:
        """See Share."""
        try:
            with Spot(self._root, path) as spot:
                replace_whole(spot, self._writing(content), temporary=self._temporary())
        except OSError as error:
            translate(error, path)

    def _writing(self, content: bytes) -> Callable[[int], None]:
        def fill(descriptor: int) -> None:
            write_all(descriptor, content)
            if self._durable:
                os.fsync(descriptor)

        return fill

    def append(self, path: str, content: bytes) -> None:
        """See Share."""
        try:
            with Spot(self._root, path, itself=True) as spot:
                append_whole(spot, content)
        except OSError as error:
            translate(error, path)

    def write_at(self, path: str, offset: int, content: bytes) -> None:
        """See Share."""
        try:
            with Spot(self._root, path, itself=True) as spot:
                descriptor = open_to_write(spot)
            try:
                anew = self.traits.lookups_are_cached
                if not write_part(descriptor, offset, content, durable=self._durable, anew=anew):
                    raise CopyDiffers(f"{path}: what was written reads back differently")
            finally:
                os.close(descriptor)
        except OSError as error:
            translate(error, path)

    def make_folder(self, path: str) -> None:
        """See Share."""
        try:
            with Spot(self._root, path) as spot:
                os.mkdir(spot.name, dir_fd=spot.folder)
        except OSError as error:
            translate(error, path)

    def move(self, source: str, target: str) -> None:
        """See Share. The look for an existing target and the move are two steps."""
        try:
            with Spot(self._root, source) as old, Spot(self._root, target) as new:
                if new.is_taken():
                    raise Exists(target, "is there already")
                os.rename(old.name, new.name, src_dir_fd=old.folder, dst_dir_fd=new.folder)
        except OSError as error:
            translate(error, source)

    def remove(self, path: str) -> None:
        """See Share."""
        try:
            with Spot(self._root, path) as spot:
                try:
                    os.unlink(spot.name, dir_fd=spot.folder)
                except (IsADirectoryError, PermissionError):
                    os.rmdir(spot.name, dir_fd=spot.folder)
        except OSError as error:
            translate(error, path)

    def copy_in(self, source: Path, path: str, *, transform: Transform | None = None) -> Copied:
        """See Share."""
        try:
            opened = os.open(source, _LOCAL)
        except OSError as error:
            translate(error, str(source))
        try:
            pieces = pieces_of(opened)
            return self._write_verified(path, transform(pieces) if transform else pieces)
        finally:
            os.close(opened)

    def duplicate(self, source: str, target: str) -> Copied:
        """See Share."""
        return self._write_verified(target, self.chunks(source))

    def _write_verified(self, path: str, pieces: Iterable[bytes]) -> Copied:
        def fill(descriptor: int) -> Copied:
            copied = write_pieces(
                descriptor, pieces, durable=self._durable, anew=self.traits.lookups_are_cached
            )
            if copied is None:
                raise CopyDiffers(f"{path}: what was written reads back differently")
            return copied

        try:
            with Spot(self._root, path) as spot:
                return write_whole(spot, fill, temporary=self._temporary())
        except OSError as error:
            translate(error, path)

    def copy_out(self, path: str, target: Path) -> Copied:
        """See Share."""
        return write_out(self.chunks(path), target)

    def settled(self, path: str) -> Settled:
        """See Share: a read lease tells whether any process of this machine writes."""
        try:
            descriptor = self._open(path)
            try:
                return writer_state(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            translate(error, path)

    def now(self) -> datetime:
        """See Share: a folder of this machine goes by this machine's clock."""
        return self._clock.utc_now()

    def free_bytes(self) -> int | None:
        """See Share."""
        try:
            return shutil.disk_usage(self._root).free
        except OSError as error:
            translate(error, "")

    def lock(self, path: str, *, timeout_s: float) -> AbstractContextManager[bool]:
        """See Share."""
        try:
            return _locked(place_beneath(self._root, path, itself=True), timeout_s)
        except OSError:
            return nullcontext(False)

    def watch(self, folders: tuple[str, ...], changed: Callable[[str], None]) -> Watch | None:
        """See Share."""
        from wamspool.shares.watching import watch_folders  # noqa: PLC0415 - for nodes

        return watch_folders(self._root, folders, changed)


@contextmanager
def _locked(path: str, timeout_s: float) -> Iterator[bool]:
    import filelock  # noqa: PLC0415 - brings logging and asyncio along; clients take no lock

    lock = filelock.FileLock(path, timeout=timeout_s)
    try:
        lock.acquire(poll_interval=0.005)
    except (filelock.Timeout, OSError, NotImplementedError):
        yield False
        return
    try:
        yield True
    finally:
        lock.release()
