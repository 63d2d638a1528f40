"""Opening and making files below a root without ever passing through a link.

Where the system can act by folder handle, the folders on the way are opened one in the other and
none of them may be a link; what is then done goes by that handle, so that nobody can put a link in
the way in between. Elsewhere (Windows) the parts are looked at before the path is used.
"""

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Self, TypeVar

from wamspool.share import Entry, Kind
from wamspool.shares.streams import forget, write_all

T = TypeVar("T")
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_NO_WAIT = getattr(os, "O_NONBLOCK", 0)
_CLOSE = getattr(os, "O_CLOEXEC", 0)
_BINARY = getattr(os, "O_BINARY", 0)
_UNNAMED = getattr(os, "O_TMPFILE", 0)
_LISTED = getattr(os, "O_DIRECTORY", 0) | _CLOSE
_PASSED = getattr(os, "O_PATH", 0) | _LISTED
_BY_FOLDER = os.open in os.supports_dir_fd and bool(_NO_FOLLOW)
_READ = os.O_RDONLY | _NO_FOLLOW | _NO_WAIT | _BINARY | _CLOSE
_APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT | _NO_FOLLOW | _NO_WAIT | _BINARY | _CLOSE
_UPDATE = os.O_RDWR | os.O_CREAT | _NO_FOLLOW | _NO_WAIT | _BINARY | _CLOSE
_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | _BINARY | _CLOSE
_WHOLE_MODE = 0o664
_NOT_HERE = frozenset({errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOENT})
_NO_FLUSH = frozenset({errno.EINVAL, errno.EOPNOTSUPP, errno.EBADF, errno.EACCES, errno.EPERM})

Fill = Callable[[int], T]
"""Writes a new file, whose descriptor (to read and write) it is given."""


class Spot:
    """A name in a folder to which no link leads; ``name`` goes with ``dir_fd=folder``.

    Raises OSError (ELOOP, ENOTDIR) where a folder on the way is a link. The name itself may be
    one: what is done with it must not follow it, or must ask for ``itself``.
    """

    __slots__ = ("folder", "name")

    def __init__(self, root: str, path: str, *, itself: bool = False) -> None:
        self.folder: int | None = None
        if _BY_FOLDER:
            parent, _, name = path.rpartition("/")
            self.name = name or "."
            self.folder = _open_folder(root, parent, _PASSED)
        else:
            self.name = place_beneath(root, path, itself=itself)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.folder is not None:
            os.close(self.folder)

    def beside(self, name: str) -> str:
        """Another name in the same folder."""
        return name if self.folder is not None else f"{os.path.dirname(self.name)}/{name}"

    def is_taken(self) -> bool:
        """Whether anything, be it a link, has the name."""
        try:
            os.stat(self.name, dir_fd=self.folder, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return True


def _open_folder(root: str, folder: str, access: int) -> int:
    """A handle of the folder, opened for ``access``; of the root, which may be a link, for ''."""
    if not folder:
        return os.open(root, access)
    part, _, rest = folder.partition("/")
    handle = os.open(f"{root}/{part}", (_PASSED if rest else access) | _NO_FOLLOW)
    while rest:
        part, _, rest = rest.partition("/")
        try:
            inner = os.open(part, (_PASSED if rest else access) | _NO_FOLLOW, dir_fd=handle)
        finally:
            os.close(handle)
        handle = inner
    return handle


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


def list_beneath(root: str, folder: str, *, anew: bool = False) -> list[Entry]:
    """The names in the folder, and what each stands for. Raises OSError for links.

    ``anew``: what the system remembers of an earlier listing is not used.
    """
    with _listing(root, folder, anew=anew) as found:
        return [
            Entry(e.name, Kind.FILE if e.is_file(follow_symlinks=False) else _kind_of_other(e))
            for e in found
        ]


def first_listed(root: str, folder: str, *, anew: bool) -> str | None:
    """Some name in the folder, at the price of the first piece of its listing. Raises OSError."""
    with _listing(root, folder, anew=anew) as found:
        return next((entry.name for entry in found), None)


@contextmanager
def _listing(root: str, folder: str, *, anew: bool) -> Iterator[Iterator["os.DirEntry[str]"]]:
    if not _BY_FOLDER:
        with os.scandir(place_beneath(root, folder, itself=True)) as found:
            yield found
        return
    handle = _open_folder(root, folder, os.O_RDONLY | _LISTED)
    try:
        if anew:
            forget(handle)
        with os.scandir(handle) as found:
            yield found
    finally:
        os.close(handle)


def _kind_of_other(entry: "os.DirEntry[str]") -> Kind:
    return Kind.FOLDER if entry.is_dir(follow_symlinks=False) else Kind.OTHER


def open_beneath(root: str, path: str, *, flags: int = 0) -> int:
    """A descriptor for reading the plain file. Raises OSError (ELOOP, ENOTDIR) for links.

    A pipe is refused rather than waited for. ``flags`` are added to those of the call.
    """
    with Spot(root, path, itself=True) as spot:
        return _plain(_opened(spot, _READ | flags), path)


def _opened(spot: Spot, flags: int) -> int:
    try:
        return os.open(spot.name, flags, _WHOLE_MODE, dir_fd=spot.folder)
    except BlockingIOError:
        # An NFS server on this machine has lent the file to a client, and asks for it back now.
        # Only plain files are lent: to wait for one is not to wait at a pipe.
        return os.open(spot.name, flags & ~_NO_WAIT, _WHOLE_MODE, dir_fd=spot.folder)


def _plain(descriptor: int, path: str) -> int:
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.ENXIO, "is not a plain file", path)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def append_whole(spot: Spot, content: bytes) -> None:
    """The content stands at the end of the plain file. Raises OSError; ELOOP for a link.

    A pipe, which would wait for a reader, is refused.
    """
    descriptor = _plain(_opened(spot, _APPEND), spot.name)
    try:
        write_all(descriptor, content)
    finally:
        os.close(descriptor)


def open_to_write(spot: Spot) -> int:
    """A descriptor of the plain file, made if needed, to read and write. Raises OSError."""
    return _plain(_opened(spot, _UPDATE), spot.name)


def write_whole(spot: Spot, fill: Fill[T], *, temporary: str) -> T:
    """The spot's name stands for a file with all that ``fill`` wrote; never over a file.

    Linux can give a name to a finished nameless file, so that a crash leaves nothing behind;
    elsewhere a hidden name is used, which a crash may leave. Raises OSError, and what ``fill``
    raises: then there is no file.
    """
    descriptor = _nameless(spot)
    if descriptor is not None:
        return _fill_and_name(descriptor, spot, fill, spot.name)
    hidden = spot.beside(temporary)
    filled = _fill_hidden(spot, fill, hidden)
    try:
        _name_exclusively(spot, hidden)
    except BaseException:
        _unlink(spot, hidden)
        raise
    return filled


def replace_whole(spot: Spot, fill: Fill[T], *, temporary: str) -> T:
    """As ``write_whole``, over whatever plain file or link has the name."""
    descriptor, hidden = _nameless(spot), spot.beside(temporary)
    if descriptor is None:
        filled = _fill_hidden(spot, fill, hidden)
    else:
        filled = _fill_and_name(descriptor, spot, fill, hidden)
    try:
        os.replace(hidden, spot.name, src_dir_fd=spot.folder, dst_dir_fd=spot.folder)
    except BaseException:
        _unlink(spot, hidden)
        raise
    return filled


def _nameless(spot: Spot) -> int | None:
    """A new file without a name, or None where there can be none."""
    if not _UNNAMED or spot.folder is None:
        return None
    try:
        return os.open(".", os.O_RDWR | _UNNAMED | _CLOSE, _WHOLE_MODE, dir_fd=spot.folder)
    except OSError as error:
        if error.errno not in _NOT_HERE:
            raise
        return None


def _fill_and_name(descriptor: int, spot: Spot, fill: Fill[T], name: str) -> T:
    try:
        filled = fill(descriptor)
        # Only with a folder handle does Python make the call that follows the link to the file;
        # the path is absolute, so that which handle it is does not matter.
        source = f"/proc/self/fd/{descriptor}"
        os.link(source, name, src_dir_fd=descriptor, dst_dir_fd=spot.folder)
    finally:
        os.close(descriptor)
    return filled


def _fill_hidden(spot: Spot, fill: Fill[T], hidden: str) -> T:
    descriptor = os.open(hidden, _NEW, _WHOLE_MODE, dir_fd=spot.folder)
    try:
        try:
            return fill(descriptor)
        finally:
            os.close(descriptor)
    except BaseException:
        _unlink(spot, hidden)
        raise


def _unlink(spot: Spot, name: str) -> None:
    with suppress(OSError):
        os.unlink(name, dir_fd=spot.folder)


def _name_exclusively(spot: Spot, hidden: str) -> None:
    folder = spot.folder
    try:
        if folder is None:
            os.link(hidden, spot.name)
        else:
            os.link(hidden, spot.name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    except (OSError, NotImplementedError) as error:
        if isinstance(error, OSError) and error.errno == errno.EEXIST:
            if not _has_two_names(spot, hidden):
                raise
            os.unlink(hidden, dir_fd=folder)
            return
        # A share without hard links. Creation is exclusive only where the caller's name is its
        # own, or on Windows, whose rename never replaces: contended names go through doors.
        if spot.is_taken():
            raise FileExistsError(errno.EEXIST, "is there already", spot.name) from None
        os.rename(hidden, spot.name, src_dir_fd=folder, dst_dir_fd=folder)
    else:
        os.unlink(hidden, dir_fd=folder)


def _has_two_names(spot: Spot, hidden: str) -> bool:
    """On a network share a request may be repeated after its reply was lost, and then speaks of
    what the first one has done: the name that is there already is this file's own.
    """
    with suppress(OSError):
        return os.stat(hidden, dir_fd=spot.folder, follow_symlinks=False).st_nlink > 1
    return False


def flush_names(spot: Spot) -> None:
    """The names in the spot's folder outlast a loss of power, where folders can be flushed."""
    if spot.folder is None:
        return
    try:
        handle = os.open(".", os.O_RDONLY | _LISTED, dir_fd=spot.folder)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        if error.errno not in _NO_FLUSH:
            raise
