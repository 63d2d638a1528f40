"""Opening and making files below a root without ever passing through a link."""

import errno
import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from typing import IO

_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_NO_WAIT = getattr(os, "O_NONBLOCK", 0)
_FOLDER = getattr(os, "O_DIRECTORY", 0)
_CLOSE = getattr(os, "O_CLOEXEC", 0)
_BINARY = getattr(os, "O_BINARY", 0)
_UNNAMED = getattr(os, "O_TMPFILE", 0)
_BY_FOLDER = os.open in os.supports_dir_fd and bool(_NO_FOLLOW)
_WHOLE_MODE = 0o664


def open_beneath(root: str, path: str) -> IO[bytes]:
    """The plain file for reading. Raises OSError (ELOOP, ENOTDIR) where a part is a link.

    Where the system can open by folder handle, the check cannot be raced; elsewhere the parts
    are looked at first. A pipe is refused rather than waited for.
    """
    descriptor = _by_folder(root, path) if _BY_FOLDER else _by_look(root, path)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "is not a plain file", path)
        return os.fdopen(descriptor, "rb", buffering=0)
    except BaseException:
        os.close(descriptor)
        raise


def _by_folder(root: str, path: str) -> int:
    *folders, name = path.split("/")
    parent = os.open(root, os.O_RDONLY | _FOLDER | _CLOSE)
    try:
        for folder in folders:
            inner = os.open(folder, os.O_RDONLY | _FOLDER | _NO_FOLLOW | _CLOSE, dir_fd=parent)
            os.close(parent)
            parent = inner
        return os.open(name, os.O_RDONLY | _NO_FOLLOW | _NO_WAIT | _CLOSE, dir_fd=parent)
    finally:
        os.close(parent)


def _by_look(root: str, path: str) -> int:
    place = root
    for part in path.split("/"):
        place = f"{place}/{part}"
        if os.path.islink(place):
            raise OSError(errno.ELOOP, "is a link", path)
    return os.open(place, os.O_RDONLY | _BINARY)


def place_beneath(root: str, path: str, *, itself: bool = False) -> str:
    """The path for the system. Raises OSError (ELOOP) where a folder on the way is a link.

    ``itself``: the last part must be no link either. The parts are looked at before the path is
    used: not promised against somebody who puts a link there in between.
    """
    place = root
    for part in path.split("/")[: None if itself else -1]:
        place = f"{place}/{part}"
        if os.path.islink(place):
            raise OSError(errno.ELOOP, "leads through a link", path)
    return f"{root}/{path}" if path else root


def append_whole(target: str, content: bytes) -> None:
    """The content stands at the end of the plain file. Raises OSError; ELOOP for a link.

    A pipe, which would wait for a reader, is refused.
    """
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | _NO_FOLLOW | _NO_WAIT | _BINARY | _CLOSE
    descriptor = os.open(target, flags, _WHOLE_MODE)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "is not a plain file", target)
        _write_all(descriptor, [content], durable=False)
    finally:
        os.close(descriptor)


def write_whole(
    folder: str, target: str, content: Iterable[bytes], *, temporary: str, durable: bool
) -> None:
    """``target`` exists with all of the content; never with a part of it, never over a file.

    Linux can give a name to a finished nameless file, so that a crash leaves nothing behind;
    elsewhere a hidden name is used, which a crash may leave. Raises OSError.
    """
    if _UNNAMED:
        try:
            descriptor = os.open(folder, os.O_WRONLY | _UNNAMED | _CLOSE, _WHOLE_MODE)
        except OSError as error:
            if error.errno not in {errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOENT}:
                raise
            if error.errno == errno.ENOENT and not os.path.isdir(folder):
                raise
        else:
            _write_and_name(descriptor, target, content, durable=durable)
            return
    _write_hidden(f"{folder}/{temporary}", target, content, durable=durable)


def _write_and_name(
    descriptor: int, target: str, content: Iterable[bytes], *, durable: bool
) -> None:
    try:
        _write_all(descriptor, content, durable=durable)
        # Only with a folder handle does Python make the call that follows the link to the file;
        # the path is absolute, so that which handle it is does not matter.
        os.link(f"/proc/self/fd/{descriptor}", target, src_dir_fd=descriptor)
    finally:
        os.close(descriptor)


def _write_hidden(hidden: str, target: str, content: Iterable[bytes], *, durable: bool) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY | _CLOSE
    descriptor = os.open(hidden, flags, _WHOLE_MODE)
    try:
        try:
            _write_all(descriptor, content, durable=durable)
        finally:
            os.close(descriptor)
        _name_exclusively(hidden, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(hidden)
        raise


def _name_exclusively(hidden: str, target: str) -> None:
    try:
        os.link(hidden, target)
    except (OSError, NotImplementedError) as error:
        if isinstance(error, OSError) and error.errno == errno.EEXIST:
            raise
        # A share without hard links. Creation is exclusive only where the caller's name is its
        # own, or on Windows, whose rename never replaces: contended names go through doors.
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, "is there already", target) from None
        os.rename(hidden, target)
    else:
        os.unlink(hidden)


def _write_all(descriptor: int, content: Iterable[bytes], *, durable: bool) -> None:
    for piece in content:
        rest = memoryview(piece)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
    if durable:
        os.fsync(descriptor)
