"""Reading and writing open files: by descriptor, in pieces, with copies read back."""

import hashlib
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from wamspool.share import CHUNK_BYTES, Copied

FIRST_BYTES = 1 << 16


def pieces_of(descriptor: int) -> Iterator[bytes]:
    """What the file holds from here to its end; most files of a spool fit into the first piece."""
    piece = os.read(descriptor, FIRST_BYTES)
    while piece:
        yield piece
        piece = os.read(descriptor, CHUNK_BYTES)


def read_part(descriptor: int, offset: int, most_bytes: int) -> bytes:
    """At most so many bytes of the file from there on."""
    if offset:
        os.lseek(descriptor, offset, os.SEEK_SET)
    asked = min(most_bytes, FIRST_BYTES)
    first = os.read(descriptor, asked)
    if len(first) < asked or asked == most_bytes:
        return first
    return first + os.read(descriptor, most_bytes - asked)


def write_all(descriptor: int, content: bytes) -> None:
    """All of the content is written, however little the system takes at once."""
    written = os.write(descriptor, content)
    if written < len(content):
        rest = memoryview(content)[written:]
        while rest:
            rest = rest[os.write(descriptor, rest) :]


def write_pieces(
    descriptor: int, pieces: Iterable[bytes], *, durable: bool, anew: bool = False
) -> Copied | None:
    """The new file holds the pieces, flushed if it is to be durable; None: it reads back as
    something else. ``anew``: read back from where it lies, not from what the system remembers.
    """
    digest, size, first = hashlib.sha256(), 0, b""
    for piece in pieces:
        digest.update(piece)
        first = first or piece
        size += len(piece)
        write_all(descriptor, piece)
    if durable or anew:
        os.fsync(descriptor)
    if anew:
        forget(descriptor)
    os.lseek(descriptor, 0, os.SEEK_SET)
    if size == len(first) <= FIRST_BYTES:  # comparing a small file is quicker than its digest
        same = os.read(descriptor, FIRST_BYTES + 1) == first
    else:
        same = digest_of(pieces_of(descriptor)).hexdigest() == digest.hexdigest()
    return Copied(size, digest.hexdigest()) if same else None


def write_part(
    descriptor: int, offset: int, content: bytes, *, durable: bool, anew: bool = False
) -> bool:
    """Whether the file reads back as the content from ``offset`` on, where it was written now.

    ``durable`` and ``anew`` as for ``write_pieces``.
    """
    os.lseek(descriptor, offset, os.SEEK_SET)
    write_all(descriptor, content)
    if durable or anew:
        os.fsync(descriptor)
    if anew:
        forget(descriptor)
    os.lseek(descriptor, offset, os.SEEK_SET)
    left = memoryview(content)
    while left:
        piece = os.read(descriptor, min(CHUNK_BYTES, len(left)))
        if not piece or piece != left[: len(piece)]:
            return False
        left = left[len(piece) :]
    return True


def write_out(pieces: Iterable[bytes], target: Path) -> Copied:
    """A new local file holds the pieces. Raises OSError for what is wrong with it (it may exist
    already); it is left as far as it came.
    """
    digest, size_bytes = hashlib.sha256(), 0
    with open(target, "xb") as file:
        for piece in pieces:
            digest.update(piece)
            size_bytes += len(piece)
            file.write(piece)
    return Copied(size_bytes, digest.hexdigest())


def forget(descriptor: int) -> None:
    """The system keeps nothing of the file or folder in memory that it need not (posix_fadvise(2));
    nothing happens where it cannot be told so.
    """
    if sys.platform == "linux":
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)


def digest_of(pieces: Iterable[bytes]) -> "hashlib._Hash":
    """The SHA-256 of all pieces."""
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest
