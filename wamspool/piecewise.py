"""Large files piece by piece: whoever is cut off while copying goes on where it was."""

from collections.abc import Callable
from typing import Final

from wamspool.errors import CopyDiffers
from wamspool.share import Share

BLOCK_BYTES: Final = 8 << 20
LARGE_BYTES: Final = 4 * BLOCK_BYTES
"""From this size on a file is copied block by block: below it a whole copy costs little more than
a block, and is one call to the share."""

Read = Callable[[int, int], bytes]
"""What the source holds from an offset on, at most so many bytes; less only at its end."""


def copy_blocks(
    read: Read,
    share: Share,
    path: str,
    *,
    start: int,
    size_bytes: int,
    arrived: Callable[[int, bytes], None],
) -> None:
    """The share's file holds all of the source, of which the first ``start`` bytes were there.

    ``arrived(offset, block)`` is called after each block, when all up to the offset was read back
    equal; a later call may start from there. At most two blocks are held in memory. Raises
    CopyDiffers when the source is not of the size that it had, and what ``write_at`` raises.
    """
    offset = start
    while offset < size_bytes:
        block = read(offset, min(BLOCK_BYTES, size_bytes - offset))
        if not block:
            raise CopyDiffers(f"{path}: its source has become shorter while it was copied")
        share.write_at(path, offset, block)
        offset += len(block)
        arrived(offset, block)
    if read(size_bytes, 1):
        raise CopyDiffers(f"{path}: its source has grown while it was copied")


def read_span(share: Share, path: str, offset: int, length: int) -> bytes:
    """So many bytes of the share's file from the offset on; fewer only where it ends."""
    pieces = b""
    while len(pieces) < length:
        piece = share.read_from(path, offset + len(pieces), most_bytes=length - len(pieces))
        if not piece:
            break
        pieces += piece
    return pieces
