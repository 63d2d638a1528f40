"""Who owns a file: the security identifier (SID) out of the server's security descriptor."""

import struct

_KNOWN = {
    "S-1-5-18": "SYSTEM",
    "S-1-5-32-544": "Administrators",
    "S-1-5-32-545": "Users",
    "S-1-1-0": "Everyone",
}


def owner_in(descriptor: bytes) -> str:
    """The owner's SID (MS-DTYP 2.4.6, 2.4.2), or its well-known name; empty where none is told.

    Samba gives an account that only its own system knows as S-1-22-1-NUMBER.
    """
    if len(descriptor) < 20:
        return ""
    start = struct.unpack_from("<I", descriptor, 4)[0]
    if not start or len(descriptor) < start + 8:
        return ""
    revision, count = descriptor[start], descriptor[start + 1]
    end = start + 8 + 4 * count
    if len(descriptor) < end:
        return ""
    authority = int.from_bytes(descriptor[start + 2 : start + 8], "big")
    parts = struct.unpack_from(f"<{count}I", descriptor, start + 8)
    sid = "-".join(str(number) for number in ("S", revision, authority, *parts))
    return _KNOWN.get(sid, sid)
