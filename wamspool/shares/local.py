"""A spool in a folder of this machine: its own disk, or one that the system has mounted.

Nothing is ever followed through a symbolic link below the root: whoever can write to the
share could otherwise make a node read any file that its account can read.
"""

import errno
import hashlib
import itertools
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import datetime
from pathlib import Path
from typing import NoReturn

import filelock

from wamspool.clock import Clock
from wamspool.errors import Busy, CopyDiffers, Denied, Exists, Full, Gone, ShareError, Unreachable
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
from wamspool.shares.open_beneath import append_whole, open_beneath, place_beneath, write_whole
from wamspool.shares.ownership import owner_name
from wamspool.shares.watching import watch_folders
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


def translate(error: OSError, path: str) -> NoReturn:
    """Raise the one share error that this system error means; unknown ones are Unreachable."""
    meaning = _MEANING.get(error.errno or 0, Unreachable)
    raise meaning(path, error.strerror or str(error)) from error


@contextmanager
def _meaning_of(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        translate(error, path)


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
        )

    @property
    def location(self) -> str:
        """The folder's path."""
        return self._root

    def _temporary(self) -> str:
        """A hidden name that nobody else uses, in whatever thread."""
        return f"{self._prefix}-{next(self._count)}"

    def _path(self, path: str, *, itself: bool = False) -> str:
        with _meaning_of(path):
            return place_beneath(self._root, path, itself=itself)

    def list(self, folder: str) -> list[Entry]:
        """See Share."""
        try:
            with os.scandir(self._path(folder, itself=True)) as found:
                return [Entry(e.name, _kind_of(e)) for e in found]
        except OSError as error:
            translate(error, folder)

    def examine(self, path: str) -> Examined:
        """See Share."""
        with _meaning_of(path):
            found = os.lstat(self._path(path))
        return Examined(
            kind=_kind(found.st_mode),
            size_bytes=found.st_size,
            modified_ns=found.st_mtime_ns,
            changed_ns=found.st_ctime_ns,
            owner=owner_name(found.st_uid),
        )

    def read(self, path: str, *, most_bytes: int = SMALL_FILE_BYTES) -> bytes:
        """See Share."""
        return self.read_from(path, 0, most_bytes=most_bytes)

    def read_from(self, path: str, offset: int, *, most_bytes: int) -> bytes:
        """See Share."""
        with _meaning_of(path), open_beneath(self._root, path) as file:
            if offset:
                file.seek(offset)
            return file.read(most_bytes)

    def chunks(self, path: str) -> Iterator[bytes]:
        """See Share."""
        with _meaning_of(path), open_beneath(self._root, path) as file:
            while chunk := file.read(CHUNK_BYTES):
                yield chunk

    def create(self, path: str, content: bytes) -> None:
        """See Share."""
        folder = os.path.dirname(self._path(path))
        with _meaning_of(path):
            write_whole(
                folder,
                self._path(path),
                [content],
                temporary=self._temporary(),
                durable=self._durable,
            )

    def replace(self, path: str, content: bytes) -> None:
        """See Share."""
        folder = os.path.dirname(self._path(path))
        unfinished = f"{folder}/{self._temporary()}"
        with _meaning_of(path):
            write_whole(
                folder,
                unfinished,
                [content],
                temporary=self._temporary(),
                durable=self._durable,
            )
            os.replace(unfinished, self._path(path))

    def append(self, path: str, content: bytes) -> None:
        """See Share."""
        with _meaning_of(path):
            append_whole(self._path(path), content)

    def make_folder(self, path: str) -> None:
        """See Share."""
        with _meaning_of(path):
            os.mkdir(self._path(path))

    def move(self, source: str, target: str) -> None:
        """See Share. The look for an existing target and the move are two steps."""
        if os.path.lexists(self._path(target)):
            raise Exists(target, "is there already")
        with _meaning_of(source):
            os.rename(self._path(source), self._path(target))

    def remove(self, path: str) -> None:
        """See Share."""
        with _meaning_of(path):
            try:
                os.unlink(self._path(path))
            except (IsADirectoryError, PermissionError):
                os.rmdir(self._path(path))

    def copy_in(self, source: Path, path: str, *, transform: Transform | None = None) -> Copied:
        """See Share."""
        with _meaning_of(str(source)):
            opened = open(source, "rb")  # noqa: SIM115 - closed below; only its opening is judged here
        with opened as file:
            pieces = iter(lambda: file.read(CHUNK_BYTES), b"")
            return self._write_verified(path, transform(pieces) if transform else pieces)

    def duplicate(self, source: str, target: str) -> Copied:
        """See Share."""
        return self._write_verified(target, self.chunks(source))

    def _write_verified(self, path: str, pieces: Iterator[bytes]) -> Copied:
        target, digest, size = self._path(path), hashlib.sha256(), 0

        def counted() -> Iterator[bytes]:
            nonlocal size
            for piece in pieces:
                digest.update(piece)
                size += len(piece)
                yield piece

        with _meaning_of(path):
            write_whole(
                os.path.dirname(target),
                target,
                counted(),
                temporary=self._temporary(),
                durable=self._durable,
            )
        self._verify(path, digest.hexdigest())
        return Copied(size, digest.hexdigest())

    def _verify(self, path: str, expected: str) -> None:
        digest = hashlib.sha256()
        for piece in self.chunks(path):
            digest.update(piece)
        if digest.hexdigest() != expected:
            with suppress(ShareError):
                self.remove(path)
            raise CopyDiffers(f"{path}: what was written reads back differently")

    def copy_out(self, path: str, target: Path) -> Copied:
        """See Share."""
        digest, size = hashlib.sha256(), 0
        with open(target, "xb") as file:
            for piece in self.chunks(path):
                digest.update(piece)
                size += len(piece)
                file.write(piece)
        return Copied(size, digest.hexdigest())

    def settled(self, path: str) -> Settled:
        """See Share: a read lease tells whether any process of this machine writes."""
        with _meaning_of(path), open_beneath(self._root, path) as file:
            return writer_state(file.fileno())

    def now(self) -> datetime:
        """See Share: a folder of this machine goes by this machine's clock."""
        return self._clock.utc_now()

    def lock(self, path: str, *, timeout_s: float) -> AbstractContextManager[bool]:
        """See Share."""
        try:
            return _locked(self._path(path, itself=True), timeout_s)
        except ShareError:
            return nullcontext(False)

    def watch(self, folders: tuple[str, ...], changed: Callable[[str], None]) -> Watch | None:
        """See Share."""
        return watch_folders(self._root, folders, changed)


@contextmanager
def _locked(path: str, timeout_s: float) -> Iterator[bool]:
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


def _kind(mode: int) -> Kind:
    if stat.S_ISREG(mode):
        return Kind.FILE
    return Kind.FOLDER if stat.S_ISDIR(mode) else Kind.OTHER


def _kind_of(entry: os.DirEntry[str]) -> Kind:
    if entry.is_file(follow_symlinks=False):
        return Kind.FILE
    return Kind.FOLDER if entry.is_dir(follow_symlinks=False) else Kind.OTHER
