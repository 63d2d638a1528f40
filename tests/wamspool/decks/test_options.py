"""Wishes in comment lines; what is no pair is never guessed at."""

import pytest

from wamspool.decks.lines import Line
from wamspool.decks.options import read_options


def pairs(text):
    options, remark = read_options(Line(3, text), file="a.inp")
    return [(each.name, each.value) for each in options], remark


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (b"** WAM: cpus=8 priority=high", [("cpus", "8"), ("priority", "high")]),
        (b"**wam:CPUS=8,hold=true; x = 1", [("cpus", "8"), ("hold", "true"), ("x", "1")]),
        (b'  ** Wam : note="mesh study 3" a=b\r', [("note", "mesh study 3"), ("a", "b")]),
        (b'** WAM: note=""', [("note", "")]),
        ("** WAM: note=Größe".encode("latin-1"), [("note", "Größe")]),
        (b"** WAM:", []),
        (b"** WAMPUM: cpus=8", []),
        (b"** see WAM: cpus=8", []),
    ],
)
def test_pairs_of_a_line(text, wanted):
    assert pairs(text) == (wanted, None)


@pytest.mark.parametrize(
    "text", [b"** WAM: cpus=8 please", b'** WAM: cpus=8 note="open', b"** WAM: cpus=8 =3"]
)
def test_what_is_no_pair_is_remarked_on_and_not_guessed_at(text):
    found, remark = pairs(text)
    assert found == [("cpus", "8")]
    assert remark.line == 3
    assert "name=value" in remark.text


@pytest.mark.parametrize(
    "text",
    ["** WAM; cpus=8", "**WAM cpus=8", "** wam, cpus = 8", "** WMA: cpus=8", "** WAN: cpus=8"],
)
def test_a_slip_of_the_address_is_told(text):
    options, remark = read_options(Line(7, text.encode()), file="a.inp")
    assert not options
    assert remark is not None
    assert (remark.line, "wishes begin with '** WAM:'" in remark.text) == (7, True)


@pytest.mark.parametrize("text", ["** wam is used here", "** WAM", "** WAMPUM cpus=8", "** cpus=8"])
def test_comments_that_only_look_so_are_left(text):
    assert read_options(Line(7, text.encode()), file="a.inp") == ((), None)
