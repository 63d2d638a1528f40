"""Files from outside a deck's folder: brought beside the copy, however deep they are named."""

import pytest

from spool_layout.errors import WamError
from tests.mapping_source import MappingSource
from wamspool.bundle_outside import bundle_outside
from wamspool.decks.reader import read_deck
from wamspool.errors import BadInput

STEP = b"*STEP\n*STATIC\n*END STEP\n"


def _bundle(inside, outside):
    source = MappingSource(inside)
    return bundle_outside(source, MappingSource(outside), "a.inp", family="calculix")


def _text(source, name):
    return b"".join(source.read(name))


def test_a_deck_without_outside_files_is_left_alone():
    deck = b"*INCLUDE, INPUT=m.inc\n" + STEP
    source = _bundle({"a.inp": deck, "m.inc": b"*NODE\n"}, {})
    assert source.bundle.names == {}
    assert source.bundle.transforms() == {}
    assert _text(source, "a.inp") == deck


def test_each_mention_is_changed_and_nothing_else():
    deck = b"** ../m.inc\n*INCLUDE, INPUT=../m.inc\n*INCLUDE,INPUT=/x/y z.inc\r\n" + STEP
    source = _bundle({"a.inp": deck}, {"../m.inc": b"*NODE\n", "/x/y z.inc": b"*NODE\n"})
    assert source.bundle.names == {
        "outside_1_m.inc": "../m.inc",
        "outside_2_y_z.inc": "/x/y z.inc",
    }
    assert _text(source, "a.inp") == (
        b"** ../m.inc\n*INCLUDE, INPUT=outside_1_m.inc\n*INCLUDE,INPUT=outside_2_y_z.inc\r\n" + STEP
    )


def test_outside_files_of_outside_files_come_too():
    source = _bundle(
        {"a.inp": b"*INCLUDE, INPUT=../one.inc\n" + STEP},
        {"../one.inc": b"*INCLUDE, INPUT=../../two.inc\n", "../../two.inc": b"*NODE\n"},
    )
    assert list(source.bundle.names) == ["outside_1_one.inc", "outside_2_two.inc"]
    assert _text(source, "outside_1_one.inc") == b"*INCLUDE, INPUT=outside_2_two.inc\n"
    deck = read_deck(source, "a.inp", family="calculix")
    assert deck.bundle() == ("a.inp", "outside_1_one.inc", "outside_2_two.inc")
    assert not deck.missing and not deck.outside


def test_one_file_named_twice_is_copied_once():
    deck = b"*INCLUDE, INPUT=../m.inc\n*INCLUDE, INPUT=../m.inc\n" + STEP
    source = _bundle({"a.inp": deck}, {"../m.inc": b"*NODE\n"})
    assert list(source.bundle.names) == ["outside_1_m.inc"]
    assert _text(source, "a.inp").count(b"outside_1_m.inc") == 2


def test_a_name_that_is_taken_is_not_taken_again():
    inside = {"a.inp": b"*INCLUDE, INPUT=../m.inc\n" + STEP, "outside_1_m.inc": b"mine"}
    source = _bundle(inside, {"../m.inc": b"*NODE\n"})
    assert list(source.bundle.names) == ["outside_2_m.inc"]


def test_a_missing_file_is_named_with_its_line():
    with pytest.raises(BadInput, match=r"a\.inp:1: \*INCLUDE names '\.\./m\.inc', which is not"):
        _bundle({"a.inp": b"*INCLUDE, INPUT=../m.inc\n" + STEP}, {})


def test_names_are_safe():
    written = "../no suffix: at/all"
    source = _bundle(
        {"a.inp": f'*INCLUDE, INPUT="{written}"\n'.encode() + STEP}, {written: b"*NODE\n"}
    )
    assert list(source.bundle.names) == ["outside_1_all"]


def test_files_that_name_ever_more_files_end():
    class Endless:
        def read(self, written):
            return iter([f"*INCLUDE, INPUT=../x{written[3:]}\n".encode()])

        def names(self):
            return ()

    source = MappingSource({"a.inp": b"*INCLUDE, INPUT=../x\n" + STEP})
    with pytest.raises(WamError, match="levels"):
        bundle_outside(source, Endless(), "a.inp", family="calculix")
