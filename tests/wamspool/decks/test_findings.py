"""Files sorted into there, missing and outside; nothing found grows without bound."""

import pytest

from tests.mapping_source import MappingSource
from wamspool.decks.errors import TooManyFiles
from wamspool.decks.reader import read_deck

STEP = b"*STEP\n*STATIC\n*END STEP\n"


def read(text, *beside, family="calculix"):
    files = {"a.inp": text, **dict.fromkeys(beside, b"*NODE\n1,0,0,0\n")}
    return read_deck(MappingSource(files), "a.inp", family=family)


@pytest.mark.parametrize(
    ("beside", "hint"),
    [
        ("Mesh.inc", "There is Mesh.inc: upper and lower case count."),
        ("mesh.in", "Did you mean mesh.in?"),
    ],
)
def test_a_missing_file_names_the_nearest(beside, hint):
    deck = read(b"*INCLUDE, INPUT=mesh.inc\n" + STEP, beside)
    assert [each.name for each in deck.missing] == ["mesh.inc"]
    assert hint in deck.remarks[0].text
    assert (deck.remarks[0].file, deck.remarks[0].line) == ("a.inp", 1)


def test_a_file_named_twice_is_missing_once_and_referred_to_twice():
    deck = read(b"*INCLUDE,INPUT=m.inc\n*INCLUDE,INPUT=m.inc\n" + STEP)
    assert len(deck.missing) == 1
    assert [each.line for each in deck.references] == [1, 2]


@pytest.mark.parametrize(
    "name", ["/lib/m.inc", "C:\\lib\\m.inc", "\\\\srv\\lib\\m.inc", "../m.inc"]
)
@pytest.mark.parametrize("family", ["calculix", "abaqus"])
def test_a_file_outside_is_named_and_never_opened(name, family):
    class Watched(MappingSource):
        def read(self, name):
            asked.append(name)
            return super().read(name)

    asked: list[str] = []
    text = b"*INCLUDE, INPUT=" + name.encode() + b"\n" + STEP
    deck = read_deck(Watched({"a.inp": text, name: b""}), "a.inp", family=family)
    assert asked == ["a.inp"]
    assert [(each.written, each.line) for each in deck.outside] == [(name, 1)]
    assert deck.missing == ()
    assert deck.bundle() == ("a.inp",)
    assert "not in the deck's folder" in deck.remarks[0].text


def test_remarks_are_counted_when_there_are_too_many():
    deck = read(b"*QQQQ\n" * 1000 + STEP)
    assert len(deck.remarks) == 101
    assert deck.remarks[-1].text == "and 900 further remarks, not shown"


def test_files_that_double_at_each_level_are_stopped():
    files = {
        f"{level}.inc": f"*INCLUDE,INPUT={level + 1}.inc\n".encode() * 4 for level in range(1, 9)
    }
    files |= {"9.inc": b"", "a.inp": b"*INCLUDE,INPUT=1.inc\n"}
    with pytest.raises(TooManyFiles, match="more than 10000 files"):
        read_deck(MappingSource(files), "a.inp", family="calculix")
