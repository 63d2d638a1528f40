"""The few SMB2 messages that a share needs, packed by hand, and what comes back.

Layouts: MS-SMB2 2.2.13 to 2.2.40 and MS-FSCC 2.4. smbprotocol connects, signs, encrypts and
carries them; its own message classes cost more time than the network on a local one.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum, IntFlag

HEADER_BYTES = 64
CREDIT_BYTES = 65536  # what one credit pays for (MS-SMB2 3.1.5.2)
SAME_HANDLE = b"\xff" * 16  # in a compound: the handle of the CREATE before


class Command(IntEnum):
    """Commands (2.2.1.2)."""

    CREATE = 5
    CLOSE = 6
    FLUSH = 7
    READ = 8
    WRITE = 9
    QUERY_DIRECTORY = 14
    CHANGE_NOTIFY = 15
    QUERY_INFO = 16
    SET_INFO = 17


class Access(IntFlag):
    """What a handle may do (2.2.13.1)."""

    READ_DATA = 0x1
    WRITE_DATA = 0x2
    READ_ATTRIBUTES = 0x80
    DELETE = 0x10000
    READ_CONTROL = 0x20000
    SYNCHRONIZE = 0x100000


class Sharing(IntFlag):
    """What others may do while the handle is open; a CREATE that wants more than that fails."""

    NOTHING = 0
    READ = 1
    WRITE = 2
    DELETE = 4
    ALL = 7


class Disposition(IntEnum):
    """What a CREATE does with what is there."""

    OPEN = 1
    CREATE = 2
    OPEN_IF = 3


class Option(IntFlag):
    """How a CREATE opens."""

    NONE = 0
    FOLDER = 0x1
    NO_FOLDER = 0x40
    DELETE_ON_CLOSE = 0x1000
    LINK_ITSELF = 0x200000


class Attribute(IntFlag):
    """Attributes of a file (MS-FSCC 2.6)."""

    NORMAL = 0x80
    FOLDER = 0x10
    DEVICE = 0x40
    REPARSE = 0x400


@dataclass(frozen=True, slots=True)
class _Number:
    """A number in the way in which smbprotocol asks a message for one."""

    value: int

    def get_value(self) -> int:
        return self.value

    def __len__(self) -> int:
        return 0


@dataclass(frozen=True, slots=True)
class Message:
    """A packed request. ``payload_bytes``: how much it carries or asks for; costs credits."""

    COMMAND: Command
    body: bytes
    payload_bytes: int = 0

    def __len__(self) -> int:
        return len(self.body)

    def pack(self) -> bytes:
        """The body, after the header that smbprotocol makes."""
        return self.body

    def __getitem__(self, name: str) -> _Number:
        sized = name in {"length", "output_buffer_length"}
        return _Number(self.payload_bytes if sized else 0)


@dataclass(frozen=True, slots=True)
class Opened:
    """What the reply to a CREATE tells; times are FILETIMEs (100 ns since 1601)."""

    handle: bytes
    created: int
    modified: int
    changed: int
    size_bytes: int
    attributes: int

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return bool(self.attributes & Attribute.FOLDER)


_CREATE = struct.Struct("<HBBIQQIIIIIHHII")
_CREATED = struct.Struct("<HBBIQQQQQQII16s")
_READ = struct.Struct("<HBBIQ16sIIIHHB")
_WRITE = struct.Struct("<HHIQ16sIIHHI")
_HANDLE_ONLY = struct.Struct("<HHI16s")
_SET_INFO = struct.Struct("<HBBIHHI16s")
_QUERY_INFO = struct.Struct("<HBBIHHIII16s")
_QUERY_DIRECTORY = struct.Struct("<HBBI16sHHI")
_NOTIFY = struct.Struct("<HHI16sII")
_PART = struct.Struct("<HHI")
_READ_PART = struct.Struct("<HBBI")
_IMPERSONATION = 2


def create(
    name: str,
    *,
    access: int,
    sharing: int = Sharing.ALL,
    disposition: Disposition = Disposition.OPEN,
    options: int = Option.NONE,
) -> Message:
    """CREATE (2.2.13): opens or makes what the name, from the share's root, stands for."""
    text = name.encode("utf-16-le")
    attributes = Attribute.FOLDER if options & Option.FOLDER else Attribute.NORMAL
    fixed = _CREATE.pack(
        *(57, 0, 0, _IMPERSONATION, 0, 0, access, attributes, sharing, disposition),
        *(options, HEADER_BYTES + _CREATE.size, len(text), 0, 0),
    )
    return Message(Command.CREATE, fixed + (text or b"\0\0"))


def opened(body: bytes) -> Opened:
    """The reply to a CREATE (2.2.14)."""
    f = _CREATED.unpack_from(body)
    return Opened(
        handle=f[12],
        created=f[4],
        modified=f[6],
        changed=f[7],
        size_bytes=f[9],
        attributes=f[10],
    )


def close(handle: bytes = SAME_HANDLE) -> Message:
    """CLOSE (2.2.15)."""
    return Message(Command.CLOSE, _HANDLE_ONLY.pack(24, 0, 0, handle))


def flush(handle: bytes = SAME_HANDLE) -> Message:
    """FLUSH (2.2.17): what was written is on the server's disk when it is answered."""
    return Message(Command.FLUSH, _HANDLE_ONLY.pack(24, 0, 0, handle))


def read(offset: int, length: int, handle: bytes = SAME_HANDLE) -> Message:
    """READ (2.2.19)."""
    body = _READ.pack(49, 0x50, 0, length, offset, handle, 0, 0, 0, 0, 0, 0)
    return Message(Command.READ, body, length)


def was_read(body: bytes) -> bytes:
    """What the reply to a READ holds (2.2.20)."""
    _, start, _, length = _READ_PART.unpack_from(body)
    start -= HEADER_BYTES
    return body[start : start + length]


def write(offset: int, content: bytes, handle: bytes = SAME_HANDLE) -> Message:
    """WRITE (2.2.21)."""
    start = HEADER_BYTES + _WRITE.size
    fixed = _WRITE.pack(49, start, len(content), offset, handle, 0, 0, 0, 0, 0)
    return Message(Command.WRITE, fixed + (content or b"\0"), len(content))


def written_bytes(body: bytes) -> int:
    """How much the server says it has written (2.2.22)."""
    count: int = _PART.unpack_from(body)[2]
    return count


def _set_info(class_: int, content: bytes, handle: bytes) -> Message:
    fixed = _SET_INFO.pack(33, 1, class_, len(content), HEADER_BYTES + _SET_INFO.size, 0, 0, handle)
    return Message(Command.SET_INFO, fixed + content)


def _new_name(name: str, *, replace: bool) -> bytes:
    text = name.encode("utf-16-le")
    # Windows wants room for its whole structure, which a name of one letter does not fill.
    return (struct.pack("<B7xQI", replace, 0, len(text)) + text).ljust(24, b"\0")


def rename(name: str, *, replace: bool, handle: bytes = SAME_HANDLE) -> Message:
    """SET_INFO FileRenameInformation (MS-FSCC 2.4.37)."""
    return _set_info(10, _new_name(name, replace=replace), handle)


def link(name: str, handle: bytes = SAME_HANDLE) -> Message:
    """SET_INFO FileLinkInformation (MS-FSCC 2.4.21): a further name; never over another file."""
    return _set_info(11, _new_name(name, replace=False), handle)


def delete(handle: bytes = SAME_HANDLE) -> Message:
    """SET_INFO FileDispositionInformation: gone when the last handle is closed."""
    return _set_info(13, b"\1", handle)


def query_owner(handle: bytes = SAME_HANDLE) -> Message:
    """QUERY_INFO (2.2.37) of the owner in the security descriptor."""
    body = _QUERY_INFO.pack(41, 3, 0, 1024, 0, 0, 0, 1, 0, handle)
    return Message(Command.QUERY_INFO, body + b"\0")


def query_tag(handle: bytes = SAME_HANDLE) -> Message:
    """QUERY_INFO FileAttributeTagInformation (MS-FSCC 2.4.6)."""
    return Message(
        Command.QUERY_INFO, _QUERY_INFO.pack(41, 1, 35, 8, 0, 0, 0, 0, 0, handle) + b"\0"
    )


def query_room(handle: bytes = SAME_HANDLE) -> Message:
    """QUERY_INFO FileFsFullSizeInformation (MS-FSCC 2.5.4): the room of the whole share."""
    return Message(
        Command.QUERY_INFO, _QUERY_INFO.pack(41, 2, 7, 32, 0, 0, 0, 0, 0, handle) + b"\0"
    )


def free_bytes(content: bytes) -> int:
    """The room that is left to the one who asks, quotas counted where the server does."""
    _, units, _, sectors, sector_bytes = struct.unpack_from("<QQQII", content)
    return int(units * sectors * sector_bytes)


def query_directory(class_: int, room_bytes: int, handle: bytes = SAME_HANDLE) -> Message:
    """QUERY_DIRECTORY (2.2.33) of all names, going on where the handle's last one ended."""
    start = HEADER_BYTES + _QUERY_DIRECTORY.size
    fixed = _QUERY_DIRECTORY.pack(33, class_, 0, 0, handle, start, 2, room_bytes)
    return Message(Command.QUERY_DIRECTORY, fixed + b"*\0", room_bytes)


def change_notify(handle: bytes, wanted: int, room_bytes: int) -> Message:
    """CHANGE_NOTIFY (2.2.35): is answered at the next change."""
    return Message(Command.CHANGE_NOTIFY, _NOTIFY.pack(32, 0, room_bytes, handle, wanted, 0))


def part(body: bytes) -> bytes:
    """What the reply to a QUERY_INFO, QUERY_DIRECTORY or CHANGE_NOTIFY holds."""
    _, start, length = _PART.unpack_from(body)
    start -= HEADER_BYTES
    return body[start : start + length]
