"""Names and kinds out of the raw replies to QUERY_DIRECTORY.

Parsed by hand, and asked for in the leanest class that tells the kind: with smbprotocol's own
structures 10,000 names cost the client over a second of computing.
"""

import struct

from wamspool.share import Entry, Kind
from wamspool.shares.smb.messages import Attribute

PLAIN = 1  # FileDirectoryInformation (MS-FSCC 2.4.10)
TAGGED = 2  # FileFullDirectoryInformation (2.4.14): tells what a reparse point is, costs more
_FIXED = struct.Struct("<I52xII")
_NAME_AT = {PLAIN: 64, TAGGED: 68}
_STANDS_FOR_ANOTHER = 0x20000000  # a name surrogate: symbolic link, mount point (2.1.2.1)
_MARKS = Attribute.REPARSE | Attribute.DEVICE


def kind_of(attributes: int, tag: int = _STANDS_FOR_ANOTHER) -> Kind:
    """What the attributes say. A file that the server keeps elsewhere (deduplicated) is a file."""
    if attributes & Attribute.DEVICE:
        return Kind.OTHER
    if attributes & Attribute.REPARSE and tag & _STANDS_FOR_ANOTHER:
        return Kind.OTHER
    return Kind.FOLDER if attributes & Attribute.FOLDER else Kind.FILE


def entries(buffer: bytes, class_: int, found: list[Entry]) -> bool:
    """Adds the entries of one reply. False: there is a kind that only TAGGED tells."""
    name_at, offset, known = _NAME_AT[class_], 0, True
    file, folder, marks = Kind.FILE, Kind.FOLDER, int(_MARKS)
    while True:
        step, attributes, length = _FIXED.unpack_from(buffer, offset)
        start = offset + name_at
        name = buffer[start : start + length].decode("utf-16-le", "replace")
        if attributes & marks:
            tag = _STANDS_FOR_ANOTHER
            if class_ == TAGGED:
                tag = struct.unpack_from("<I", buffer, offset + 64)[0]
            else:
                known = False
            found.append(Entry(name, kind_of(attributes, tag)))
        elif not attributes & 0x10:
            found.append(Entry(name, file))
        elif name not in {".", ".."}:
            found.append(Entry(name, folder))
        if not step:
            return known
        offset += step
