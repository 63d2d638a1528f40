"""Owners out of security descriptors."""

import struct

import pytest

from wamspool.shares.smb.owners import owner_in


def descriptor(authority, *parts):
    sid = bytes([1, len(parts)]) + authority.to_bytes(6, "big")
    sid += struct.pack(f"<{len(parts)}I", *parts)
    return struct.pack("<BBHIIII", 1, 0, 0x8000, 20, 0, 0, 0) + sid


@pytest.mark.parametrize(
    ("authority", "parts", "expected"),
    [
        (5, (21, 1, 2, 3, 1001), "S-1-5-21-1-2-3-1001"),
        (22, (1, 4294967295), "S-1-22-1-4294967295"),
        (5, (32, 544), "Administrators"),
        (1, (0,), "Everyone"),
    ],
)
def test_a_sid_is_written_as_windows_writes_it(authority, parts, expected):
    assert owner_in(descriptor(authority, *parts)) == expected


@pytest.mark.parametrize("cut", [0, 10, 20, 27, 30])
def test_what_tells_no_owner_tells_none(cut):
    assert owner_in(descriptor(5, 21, 1)[:cut]) == ""
    assert owner_in(b"\0" * 40) == ""
