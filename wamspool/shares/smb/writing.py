"""New files that nobody sees half written, and changes of old ones.

A file is written under a hidden name and then gets its own by a hard link: the server's disk
makes that exclusive and at once, for SMB clients, mounts and the server's own programs alike.
(A rename without replacing is neither on Samba: of two onto one name both were told that they
did it, 13 to 29 times in 1,000. Writing under the final name shows an empty file for a moment to
whoever does not come by SMB.) The hidden name goes with its handle, however that ends. Naming
is asked for only when the writing was answered: a server goes on with a compound after a
refused write, and would show less than the whole on a full disk.
"""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import suppress

from wamspool.errors import Busy, CopyDiffers, Full, ShareError
from wamspool.share import Copied
from wamspool.shares.smb import messages as smb
from wamspool.shares.smb.connection import Reply
from wamspool.shares.smb.handles import Handle, ask, opened_handle, refuse
from wamspool.shares.smb.lines import Lines
from wamspool.shares.smb.messages import Access, Disposition, Message, Option, Sharing
from wamspool.shares.smb.statuses import (
    ACCESS_DENIED,
    END_OF_FILE,
    NO_LINKS,
    SHARING_VIOLATION,
    SUCCESS,
)

BLOCK_BYTES = 1 << 21
_WRITE = (
    Access.READ_DATA
    | Access.WRITE_DATA
    | Access.DELETE
    | Access.READ_ATTRIBUTES
    | Access.SYNCHRONIZE
)


class LinksUnknown(Exception):
    """The server does not give a file a second name; ``for_good``: no file."""

    def __init__(self, *, for_good: bool) -> None:
        super().__init__("no hard links")
        self.for_good = for_good


def blocks(pieces: Iterable[bytes], size_bytes: int) -> Iterator[bytes]:
    """The same bytes in pieces of this size, the last one less."""
    kept = bytearray()
    for piece in pieces:
        kept += piece
        while len(kept) >= size_bytes:
            yield bytes(kept[:size_bytes])
            del kept[:size_bytes]
    if kept:
        yield bytes(kept)


def _check_written(replies: list[Reply], content: bytes, path: str) -> None:
    refuse(replies, path)
    if smb.written_bytes(replies[0].body) != len(content):
        raise Full(path, "the server wrote only a part")


class HiddenFile:
    """A file under a name that nobody looks at. ``is_kept``: until it is removed by name."""

    def __init__(self, lines: Lines, path: str, hidden: str, *, is_kept: bool) -> None:
        self._lines = lines
        self._path = path
        self.hidden = hidden
        self._is_kept = is_kept
        self._size_bytes = 0
        self._digest = hashlib.sha256()

    def copied(self) -> Copied:
        """What has been written."""
        return Copied(self._size_bytes, self._digest.hexdigest())

    def write(self, content: Iterable[bytes], *, durable: bool) -> Handle:
        """The open file, which holds all of the content. Small ones cost one trip."""
        size = self._lines.room_bytes(BLOCK_BYTES)
        rest = blocks(content, size)
        handle = self._open(next(rest, b""), durable=durable)
        try:
            for block in rest:
                done = handle.exchange(smb.write(self._size_bytes, block, handle.opened.handle))
                _check_written(done, block, self._path)
                self._count(block)
            if durable and self._size_bytes > size:
                handle.ask(smb.flush(handle.opened.handle))
        except BaseException:
            self.discard(handle)
            raise
        return handle

    def _open(self, first: bytes, *, durable: bool) -> Handle:
        """Opened, with the first block in it; flushed too, which is all for a small file."""
        kept = Option.NONE if self._is_kept else Option.DELETE_ON_CLOSE
        opening = smb.create(
            self.hidden,
            access=_WRITE,
            disposition=Disposition.CREATE,
            options=Option.NO_FOLDER | kept,
        )
        more: list[Message] = [smb.write(0, first)] if first else []
        if durable:
            more.append(smb.flush())
        line, replies = self._lines.ask([opening, *more], self._path, is_repeatable=False)
        refuse(replies[:1], self._path)
        opened = smb.opened(replies[0].body)
        self._lines.server_clock.note(opened.created)
        handle = Handle(line, opened, self._path)
        try:
            refuse(replies[1:], self._path)
            if first:
                _check_written(replies[1:], first, self._path)
        except ShareError:
            self.discard(handle)
            raise
        self._count(first)
        return handle

    def _count(self, block: bytes) -> None:
        self._digest.update(block)
        self._size_bytes += len(block)

    def discard(self, handle: Handle) -> None:
        """Neither the handle nor the hidden name is left."""
        if self._is_kept:
            with suppress(ShareError):
                handle.exchange(smb.delete(handle.opened.handle), handle.closing())
        handle.close()


def link_as(handle: Handle, path: str, name: str) -> None:
    """The file has its own name too, and the hidden one goes. Raises Exists, LinksUnknown."""
    named, _ = handle.exchange(smb.link(name, handle.opened.handle), handle.closing())
    if named.status in NO_LINKS or named.status == ACCESS_DENIED:
        raise LinksUnknown(for_good=named.status != ACCESS_DENIED)
    refuse([named], path)


def rename_as(handle: Handle, path: str, name: str) -> None:
    """The file has its own name instead of the hidden one. Raises Exists.

    Exclusive on Windows, not on Samba: only for servers that know no links.
    """
    renaming = smb.rename(name, replace=False, handle=handle.opened.handle)
    renamed, _ = handle.exchange(renaming, handle.closing())
    refuse([renamed], path)


def rename_over(handle: Handle, path: str, name: str) -> None:
    """The file stands where another stood. Raises Busy while somebody reads that."""
    renaming = smb.rename(name, replace=True, handle=handle.opened.handle)
    renamed, _ = handle.exchange(renaming, handle.closing())
    _refuse_replacing([renamed], path)


def rename_over_again(lines: Lines, path: str, hidden: str, name: str) -> None:
    """As ``rename_over``, of a file whose handle is closed."""
    replies = move_messages(lines, path, hidden, name, replace=True)
    refuse(replies[:1], path)
    _refuse_replacing(replies[1:], path)


def _refuse_replacing(replies: list[Reply], path: str) -> None:
    """The target is open: Windows says so whoever has it, with a status that also means that it
    may not be replaced; Samba only of its own process, so mostly of the same client.
    """
    if replies[0].status in {ACCESS_DENIED, SHARING_VIOLATION}:
        raise Busy(path, "somebody is reading it, or it may not be replaced")
    refuse(replies, path)


def move_messages(
    lines: Lines, path: str, source: str, target: str, *, replace: bool
) -> list[Reply]:
    """One compound: a handle that withholds delete sharing, and a rename through it.

    With delete shared, as smbclient's own rename does, a second client's handle follows the file
    and both are told that they moved it: up to 745 of 2,000. Reading and writing are shared, so
    that whoever reads with full sharing is not in the way.
    """
    opening = smb.create(
        source,
        access=Access.DELETE | Access.READ_ATTRIBUTES | Access.SYNCHRONIZE,
        sharing=Sharing.READ | Sharing.WRITE,
        options=Option.LINK_ITSELF,
    )
    _, replies = lines.ask(
        [opening, smb.rename(target, replace=replace), smb.close()], path, is_repeatable=False
    )
    return replies


def move(lines: Lines, paths: tuple[str, str], names: tuple[str, str]) -> None:
    """See Share. Raises Busy while something in a folder is open."""
    replies = move_messages(lines, paths[0], *names, replace=False)
    refuse(replies[:1], paths[0])
    if replies[1].status == ACCESS_DENIED and smb.opened(replies[0].body).is_folder:
        raise Busy(paths[0], "somebody has a file in the folder open, or it may not be moved")
    refuse(replies[1:2], paths[1])


def remove(lines: Lines, path: str, name: str) -> None:
    """See Share. Somebody who has it open keeps the name until closing it."""
    opening = smb.create(
        name,
        access=Access.DELETE | Access.READ_ATTRIBUTES,
        sharing=Sharing.READ | Sharing.WRITE,
        options=Option.LINK_ITSELF,
    )
    ask(lines, path, opening, smb.delete(), smb.close())


def make_folder(lines: Lines, path: str, name: str) -> None:
    """See Share. Raises Exists."""
    opening = smb.create(
        name,
        access=Access.READ_ATTRIBUTES,
        disposition=Disposition.CREATE,
        options=Option.FOLDER,
    )
    replies = ask(lines, path, opening, smb.close())
    lines.server_clock.note(smb.opened(replies[0].body).created)


def open_to_append(lines: Lines, path: str, name: str) -> Handle:
    """An open file, made if needed. Readers are not kept out, other writers are. Raises Busy."""
    opening = smb.create(
        name,
        access=Access.WRITE_DATA | Access.READ_ATTRIBUTES | Access.SYNCHRONIZE,
        sharing=Sharing.READ | Sharing.DELETE,
        disposition=Disposition.OPEN_IF,
        options=Option.NO_FOLDER,
    )
    return opened_handle(lines, path, opening)[0]


def append(handle: Handle, path: str, content: bytes) -> None:
    """The content stands at the end of the open file, which is closed. One writer."""
    with handle:
        offset = handle.opened.size_bytes
        for block in blocks([content], handle.room_bytes(BLOCK_BYTES)):
            writing = smb.write(offset, block, handle.opened.handle)
            offset += len(block)
            is_last = offset == handle.opened.size_bytes + len(content)
            last = [handle.closing()] if is_last else []
            _check_written(handle.exchange(writing, *last), block, path)


def write_at(
    lines: Lines, path: str, name: str, offset: int, content: bytes, *, durable: bool
) -> None:
    """See Share. Readers are not kept out, other writers are. Raises Busy."""
    opening = smb.create(
        name,
        access=Access.READ_DATA | Access.WRITE_DATA | Access.READ_ATTRIBUTES | Access.SYNCHRONIZE,
        sharing=Sharing.READ | Sharing.DELETE,
        disposition=Disposition.OPEN_IF,
        options=Option.NO_FOLDER,
    )
    with opened_handle(lines, path, opening)[0] as handle:
        at = offset
        for block in blocks([content], handle.room_bytes(BLOCK_BYTES)):
            done = handle.exchange(smb.write(at, block, handle.opened.handle))
            _check_written(done, block, path)
            at += len(block)
        if durable:
            handle.ask(smb.flush(handle.opened.handle))
        written = Copied(len(content), hashlib.sha256(content).hexdigest())
        verify(handle, path, written, offset=offset)


def verify(handle: Handle, path: str, copied: Copied, *, offset: int = 0) -> None:
    """The server gives back what was written from the offset on. Raises CopyDiffers."""
    digest, end = hashlib.sha256(), offset + copied.size_bytes
    while offset < end:
        room = handle.room_bytes(min(BLOCK_BYTES, end - offset))
        reading = smb.read(offset, room, handle.opened.handle)
        (reply,) = handle.ask(reading, allowed={END_OF_FILE})
        piece = smb.was_read(reply.body) if reply.status == SUCCESS else b""
        if not piece:
            break
        digest.update(piece)
        offset += len(piece)
    if digest.hexdigest() != copied.sha256:
        raise CopyDiffers(f"{path}: what was written reads back differently")
