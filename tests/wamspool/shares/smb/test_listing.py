"""Names and kinds in the bytes that a server sends."""

import struct

import pytest

from wamspool.share import Entry, Kind
from wamspool.shares.smb.listing import PLAIN, TAGGED, entries, kind_of

SYMLINK, DEDUPLICATED = 0xA000000C, 0x80000013


def packed(*rows, class_=PLAIN):
    """As MS-FSCC 2.4.10 and 2.4.14 lay it out: each entry begins at a multiple of 8."""
    whole = b""
    for number, (name, attributes, tag) in enumerate(rows):
        text = name.encode("utf-16-le", "surrogatepass")
        more = struct.pack("<I", tag) if class_ == TAGGED else b""
        entry = struct.pack("<I52xII", 0, attributes, len(text)) + more + text
        if number + 1 < len(rows):
            entry += b"\0" * (-len(entry) % 8)
            entry = struct.pack("<I", len(entry)) + entry[4:]
        whole += entry
    return whole


@pytest.mark.parametrize("class_", [PLAIN, TAGGED])
def test_names_and_kinds(class_):
    found = []
    buffer = packed(
        *((".", 0x10, 0), ("..", 0x10, 0), ("a.inp", 0x20, 0), (".hidden", 0x22, 0)),
        *(("梁", 0x10, 0), ("x" * 200, 0x80, 0), ("...", 0x20, 0)),
        class_=class_,
    )
    assert entries(buffer, class_, found)
    assert found == [
        Entry("a.inp", Kind.FILE),
        Entry(".hidden", Kind.FILE),
        Entry("梁", Kind.FOLDER),
        Entry("x" * 200, Kind.FILE),
        Entry("...", Kind.FILE),
    ]


def test_a_second_reply_goes_on_where_the_first_ended():
    found = []
    entries(packed(("a", 0, 0)), PLAIN, found)
    entries(packed(("b", 0, 0)), PLAIN, found)
    assert [entry.name for entry in found] == ["a", "b"]


def test_what_may_be_a_link_is_asked_for_again_with_its_tag():
    found = []
    assert not entries(packed(("a", 0x420, 0)), PLAIN, found)
    found.clear()
    rows = [("link", 0x420, SYMLINK), ("kept apart", 0x420, DEDUPLICATED)]
    assert entries(packed(*rows, class_=TAGGED), TAGGED, found)
    assert found == [Entry("link", Kind.OTHER), Entry("kept apart", Kind.FILE)]


def test_a_name_that_is_no_text_ends_nothing():
    found = []
    entries(packed(("a\ud800", 0, 0), ("b", 0, 0)), PLAIN, found)
    assert len(found) == 2 and found[1].name == "b"


def test_kinds():
    assert kind_of(0x40) is Kind.OTHER
    assert kind_of(0x410) is Kind.OTHER
    assert kind_of(0x410, DEDUPLICATED) is Kind.FOLDER
