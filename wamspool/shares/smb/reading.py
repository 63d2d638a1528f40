"""Reading what others may be writing, moving or removing: nobody is kept from anything."""

from collections.abc import Iterator

from wamspool.share import CHUNK_BYTES, Entry
from wamspool.shares.smb import listing, owners
from wamspool.shares.smb import messages as smb
from wamspool.shares.smb.handles import Handle, ask, opened_handle, refuse
from wamspool.shares.smb.lines import Lines
from wamspool.shares.smb.messages import Access, Opened, Option
from wamspool.shares.smb.statuses import ACCESS_DENIED, END_OF_FILE, NO_MORE_FILES

SMALL_BYTES = 65536
_LISTING_BYTES = 1 << 20
_REST_BYTES = 65536
_READ = Access.READ_DATA | Access.READ_ATTRIBUTES
_LOOK = Access.READ_ATTRIBUTES | Access.READ_CONTROL
_AT_END = frozenset({END_OF_FILE})
_NO_MORE = frozenset({NO_MORE_FILES})


def _open_to_read(name: str) -> smb.Message:
    return smb.create(name, access=_READ, options=Option.NO_FOLDER)


def _content(status: int, body: bytes) -> bytes:
    return b"" if status == END_OF_FILE else smb.was_read(body)


def read_part(lines: Lines, path: str, name: str, offset: int, most_bytes: int) -> bytes:
    """Part of a file. One trip for a small file or part; a larger one is held open meanwhile."""
    first = min(most_bytes, SMALL_BYTES)
    replies = ask(
        *(lines, path, _open_to_read(name), smb.read(offset, first), smb.close()),
        is_repeatable=True,
        allowed=_AT_END,
    )
    size_bytes = smb.opened(replies[0].body).size_bytes
    content = _content(replies[1].status, replies[1].body)
    wanted = min(most_bytes, max(size_bytes - offset, 0))
    if len(content) >= wanted:
        return content
    # Read anew from its beginning: what was closed in between may be another file by now.
    return b"".join(_pieces(lines, path, name, offset, most_bytes))


def chunks(lines: Lines, path: str, name: str) -> Iterator[bytes]:
    """The whole file, as long as it was when it was opened. Pieces of CHUNK_BYTES at most."""
    return _pieces(lines, path, name, 0, None)


def _pieces(
    lines: Lines, path: str, name: str, offset: int, most_bytes: int | None
) -> Iterator[bytes]:
    size = lines.room_bytes(CHUNK_BYTES if most_bytes is None else min(most_bytes, CHUNK_BYTES))
    handle, replies = opened_handle(
        *(lines, path, _open_to_read(name), smb.read(offset, size)),
        is_repeatable=True,
        allowed=_AT_END,
    )
    with handle:
        end = handle.opened.size_bytes
        if most_bytes is not None:
            end = min(end, offset + most_bytes)
        piece = _content(replies[1].status, replies[1].body)
        while piece:
            offset += len(piece)
            if offset >= end:
                handle.close()
            yield piece
            if offset >= end:
                return
            piece = _next_piece(handle, offset, end)


def _next_piece(handle: Handle, offset: int, end: int) -> bytes:
    """The last piece takes its handle's end along: one trip less."""
    size = handle.room_bytes(min(end - offset, CHUNK_BYTES))
    asked = smb.read(offset, size, handle.opened.handle)
    if offset + size < end:
        (reply,) = handle.ask(asked, allowed=_AT_END)
        return _content(reply.status, reply.body)
    reply, _ = handle.ask(asked, handle.closing(), allowed=_AT_END)
    return _content(reply.status, reply.body)


def look_at(lines: Lines, path: str, name: str) -> tuple[Opened, str, int]:
    """The file or link itself, its owner, and the tag of a link; one trip for what is no link."""
    opening = smb.create(name, access=_LOOK, options=Option.LINK_ITSELF)
    _, replies = lines.ask(
        [opening, smb.query_owner(), smb.query_tag(), smb.close()], path, is_repeatable=True
    )
    if replies[0].status == ACCESS_DENIED:  # it may be looked at, but not who owns it
        opening = smb.create(name, access=Access.READ_ATTRIBUTES, options=Option.LINK_ITSELF)
        _, replies = lines.ask(
            [opening, smb.query_owner(), smb.query_tag(), smb.close()], path, is_repeatable=True
        )
    refuse(replies[:1], path)
    owner = owners.owner_in(smb.part(replies[1].body)) if not replies[1].status else ""
    tag = 0
    if not replies[2].status:
        tag = int.from_bytes(smb.part(replies[2].body)[4:8], "little")
    return smb.opened(replies[0].body), owner, tag


def listed(lines: Lines, path: str, name: str, class_: int) -> tuple[list[Entry], bool] | None:
    """The names of a folder, and whether each kind is known: one trip.

    None where one trip does not hold them (some 7,000 names): ``listed_long``.
    """
    room = lines.room_bytes(_LISTING_BYTES)
    _, *answers, _ = ask(
        *(lines, path, _open_to_list(name), smb.query_directory(class_, room)),
        *(smb.query_directory(class_, min(room, _REST_BYTES)), smb.close()),
        is_repeatable=True,
        allowed=_NO_MORE,
    )
    found: list[Entry] = []
    known = True
    for answer in answers:
        if answer.status == NO_MORE_FILES:
            return found, known
        known = listing.entries(smb.part(answer.body), class_, found) and known
    return None


def listed_long(lines: Lines, path: str, name: str, class_: int) -> tuple[list[Entry], bool]:
    """The same for a folder of any size: a trip for some 7,000 names, and one more."""
    room = lines.room_bytes(_LISTING_BYTES)
    handle, replies = opened_handle(
        *(lines, path, _open_to_list(name), smb.query_directory(class_, room)),
        is_repeatable=True,
        allowed=_NO_MORE,
    )
    found: list[Entry] = []
    known = True
    with handle:
        while replies[-1].status != NO_MORE_FILES:
            known = listing.entries(smb.part(replies[-1].body), class_, found) and known
            replies = handle.ask(
                smb.query_directory(class_, room, handle.opened.handle), allowed=_NO_MORE
            )
    return found, known


def _open_to_list(name: str) -> smb.Message:
    return smb.create(name, access=_READ, options=Option.FOLDER)


def free_bytes(lines: Lines, name: str) -> int:
    """What the server says is left for this account."""
    opening = smb.create(name, access=Access.READ_ATTRIBUTES, options=Option.FOLDER)
    replies = ask(lines, "", opening, smb.query_room(), smb.close(), is_repeatable=True)
    return smb.free_bytes(smb.part(replies[1].body))
