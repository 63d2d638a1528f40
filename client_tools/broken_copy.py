"""A copy of a large file to this machine that goes on where an earlier one was cut off.

Beside the unfinished copy, ``.NAME.wam-part``, lies ``.NAME.wam-copied``: of which file it is, how
far it was read back equal, and the digest of all up to there. What the disk holds is compared with
that digest before a copy goes on.
"""

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from wamspool.errors import Gone, ShareError
from wamspool.piecewise import BLOCK_BYTES, copy_blocks
from wamspool.share import Copied, Share


@dataclass(frozen=True, slots=True)
class Large:
    """A file of the share, and where its copy is made on this machine."""

    share: Share
    path: str
    local: Share
    part: str
    note: str

    def copy(self, told: Callable[[int, int], None]) -> Copied:
        """The part holds all of the share's file; ``told(offset, size_bytes)`` as it goes.

        Raises CopyDiffers, ShareError, OSError; then the next call goes on.
        """
        found = self.share.examine(self.path)
        identity = [self.path, found.size_bytes, found.modified_ns]
        start, digest = self._begun(identity)

        def arrived(offset: int, block: bytes) -> None:
            digest.update(block)
            note = json.dumps([*identity, offset, digest.hexdigest()])
            self.local.replace(self.note, note.encode())
            told(offset, found.size_bytes)

        copy_blocks(
            self._read,
            self.local,
            self.part,
            start=start,
            size_bytes=found.size_bytes,
            arrived=arrived,
        )
        return Copied(found.size_bytes, digest.hexdigest())

    def _read(self, offset: int, most_bytes: int) -> bytes:
        block = self.share.read_from(self.path, offset, most_bytes=most_bytes)
        while len(block) < most_bytes:
            left = most_bytes - len(block)
            more = self.share.read_from(self.path, offset + len(block), most_bytes=left)
            if not more:
                break
            block += more
        return block

    def _begun(self, identity: list[object]) -> "tuple[int, hashlib._Hash]":
        """How far an earlier copy of this very file has come, and the digest up to there."""
        with suppress(ShareError, ValueError, TypeError):
            *of, arrived, said = json.loads(self.local.read(self.note))
            digest, offset = hashlib.sha256(), 0
            while of == identity and offset < arrived:
                most_bytes = min(BLOCK_BYTES, arrived - offset)
                piece = self.local.read_from(self.part, offset, most_bytes=most_bytes)
                if not piece:
                    break
                digest.update(piece)
                offset += len(piece)
            if offset and offset == arrived and digest.hexdigest() == said:
                return offset, digest
        for path in (self.note, self.part):
            with suppress(Gone):
                self.local.remove(path)
        return 0, hashlib.sha256()
