"""Whole decks: includes, cycles, text that breaks off, any bytes, speed, the sample decks."""

import gzip
import itertools
import os
import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mapping_source import MappingSource
from wamspool.decks.deck import Deck
from wamspool.decks.errors import DeckError, DeckMissing, IncludeCycle, NotADeck
from wamspool.decks.reader import read_deck

STEP = b"*STEP\n*STATIC\n*END STEP\n"
SAMPLES = Path("/usr/share/doc/calculix-ccx-test/examples/test")


def read(text, family="calculix", **files):
    named = {key.replace("_", "."): value for key, value in files.items()}
    return read_deck(MappingSource({"a.inp": text, **named}), "a.inp", family=family)


def test_a_deck_that_is_not_there():
    with pytest.raises(DeckMissing, match=r"b\.inp"):
        read_deck(MappingSource({}), "b.inp", family="calculix")


def test_of_other_families_nothing_is_known():
    assert read(b"\0\1*INCLUDE,INPUT=x\n", "command") == Deck(name="a.inp", files=("a.inp",))


@pytest.mark.parametrize(
    "text",
    [b"", b"\n\n", b"hello\n", b"** only a comment\n", bytes(range(256)) * 40, b"\xff\xfe*\0N\0"],
)
@pytest.mark.parametrize("family", ["calculix", "abaqus"])
def test_what_is_no_deck(text, family):
    with pytest.raises(NotADeck, match=r"a\.inp"):
        read(text, family)


def test_includes_stand_in_the_place_of_their_card():
    deck = read(
        b"*STEP\n*STATIC\n*INCLUDE,INPUT=times.inc\n*END STEP\n*INCLUDE,INPUT=two.inc\n",
        times_inc=b"** the times\n.1, 3.\n",
        two_inc=STEP.replace(b"*STATIC", b"*STATIC\n.1,4."),
    )
    assert deck.files == ("a.inp", "times.inc", "two.inc")
    assert [(step.number, step.period, step.file) for step in deck.steps] == [
        (1, 3.0, "a.inp"), (2, 4.0, "two.inc")
    ]  # fmt: skip
    assert deck.ends_abruptly is None


def test_a_file_included_twice_is_read_twice_and_travels_once():
    deck = read(b"*INCLUDE,INPUT=s.inc\n" * 2, s_inc=STEP)
    assert deck.files == ("a.inp", "s.inc")
    assert len(deck.steps) == 2


def test_a_cycle_is_named_with_its_way():
    with pytest.raises(IncludeCycle, match=r"c\.inc:2: .*b\.inc -> c\.inc -> b\.inc"):
        read(
            b"*INCLUDE,INPUT=b.inc\n",
            b_inc=b"*INCLUDE,INPUT=c.inc\n",
            c_inc=b"*NODE\n*INCLUDE,INPUT=./b.inc\n",
        )
    with pytest.raises(IncludeCycle, match=r"a\.inp:1"):
        read(b"*INCLUDE,INPUT=a.inp\n")


def test_options_are_gathered_from_all_comment_lines():
    deck = read(
        b"** WAM: cpus=8\n*NODE\n1,0,0,0\n** WAM: note='x\n*INCLUDE,INPUT=m.inc\n" + STEP,
        m_inc=b"** WAM: hold=yes priority\n",
    )
    assert [(each.name, each.value, each.file, each.line) for each in deck.options] == [
        ("cpus", "8", "a.inp", 1), ("note", "'x", "a.inp", 4), ("hold", "yes", "m.inc", 1)
    ]  # fmt: skip
    assert [(each.file, each.line) for each in deck.remarks] == [("m.inc", 1)]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"*NODE\n1,0,0,0\n", "there is no \\*STEP"),
        (b"*STEP\n*STATIC\n1.,1", "STEP of a.inp:1 has no|last line"),
        (b"*STEP\n*STATIC\n", "STEP of a.inp:1 has no"),
        (STEP + b"*STEP\n*STATIC\n", "STEP of a.inp:4 has no"),
        (STEP + b"*ST", "last line of a.inp has no end"),
        (STEP[:-3], "last line|has no"),
        (STEP + b"\0" * 5000, "a.inp ends in zero bytes"),
        (b"\0" * 5000, "a.inp ends in zero bytes"),
        (b"*NODE\n1,0" + b"\0" * 100_000, "a.inp ends in zero bytes"),
    ],
)
@pytest.mark.parametrize("family", ["calculix", "abaqus"])
def test_text_that_breaks_off(text, reason, family):
    deck = read(text, family)
    assert deck.ends_abruptly is not None
    assert re.search(reason, deck.ends_abruptly)


@pytest.mark.parametrize("end", [b"", b"\n", b"*END STEP", b"** the end", b"\x1a"])
def test_text_that_ends_well(end):
    text = STEP if end != b"*END STEP" else b"*STEP\n*STATIC\n"
    assert read(text + end).ends_abruptly is None


def test_zero_bytes_at_the_end_of_an_include():
    deck = read(b"*INCLUDE,INPUT=m.inc\n" + STEP, m_inc=b"*NODE\n1,0\0\0\0\0")
    assert deck.ends_abruptly == "m.inc ends in zero bytes: it has not been copied completely"


def test_every_beginning_of_a_deck_is_refused_or_breaks_off():
    whole = b"*HEADING\nx\n*NODE\n1,0,0,0\n** note\n*STEP\n*STATIC\n.1,1.\n*END STEP"
    for length in range(len(whole)):
        try:
            assert read(whole[:length]).ends_abruptly is not None, whole[:length]
        except NotADeck:
            assert length < 2


def test_steps_that_are_not_closed_are_remarked_on():
    deck = read(b"*STEP\n*STATIC\n*STEP\n*STATIC\n*END STEP\n")
    assert [step.closed for step in deck.steps] == [False, True]
    assert [remark.line for remark in deck.remarks] == [3]


def test_steps_may_be_in_a_file_that_is_missing():
    deck = read(b"*INCLUDE,INPUT=steps.inc\n")
    assert deck.ends_abruptly is None
    assert len(deck.missing) == 1


FRAGMENTS = st.sampled_from(
    [
        b"*INCLUDE,INPUT=a.inp\n", b"*INCLUDE, INPUT=b.inc\n", b"*INCLUDE,\nINP=c.inc\n", b"*STEP\n",
        b"*STATIC\n.1,1.\n", b"*END STEP\n", b"** WAM: a=b\n", b"*", b'"', b"=", b",", b"\n", b"\0",
        b"*NODE,INPUT=b.inc,\n", b"\xef\xbb\xbf", b"1,2\n", b"*RESTART,READ\n", b"*HEADING\n", b" ",
    ]
)  # fmt: skip
TEXTS = st.binary(max_size=300) | st.lists(FRAGMENTS, max_size=30).map(b"".join)


@given(TEXTS, TEXTS, TEXTS, st.sampled_from(["calculix", "abaqus"]), st.integers(1, 64))
def test_any_bytes_are_a_deck_or_a_deck_error_and_cycles_end(deck, one, two, family, piece):
    files = {"a.inp": deck, "b.inc": one, "c.inc": two}
    try:
        found = read_deck(MappingSource(files, chunk_bytes=piece), "a.inp", family=family)
    except DeckError as error:
        refused = error
    else:
        assert found.files[0] == "a.inp"
        assert set(found.bundle()) <= set(files)
        return
    assert refused.file in files
    assert refused.cure


class LargeSource:
    """A mesh made up as it is read."""

    def __init__(self, block, blocks):
        self.block, self.blocks = block, blocks

    def read(self, name):
        head, tail = [b"*NODE\n"], [b"*STEP\n*STATIC\n.1,2.\n*END STEP\n"]
        return itertools.chain(head, itertools.repeat(self.block, self.blocks), tail)

    def names(self):
        return ()


def test_a_mesh_is_passed_over_at_speed_and_its_lines_are_counted():
    block = b"".join(b"%d, %.6f, %.6f, %.6f\n" % (i, i / 7, i / 3, i / 9) for i in range(20_000))
    before = time.process_time()
    deck = read_deck(LargeSource(block, 100), "a.inp", family="calculix")
    spent = time.process_time() - before
    assert deck.steps[0].line == 2_000_002
    assert deck.steps[0].period == 2.0
    assert len(block) * 100 / spent > 100e6  # bytes a second; thirty times less than measured


@pytest.fixture(scope="module")
def samples():
    if not SAMPLES.is_dir():
        reason = f"the decks of the package calculix-ccx-test are not in {SAMPLES}"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    files = {path.name: path.read_bytes() for path in SAMPLES.glob("*.inp")}
    packed = SAMPLES.glob("*.inp.gz")
    return files | {path.stem: gzip.decompress(path.read_bytes()) for path in packed}


def test_all_sample_decks_of_the_solver(samples):
    decks = {name: read_deck(MappingSource(samples), name, family="calculix") for name in samples}
    assert len(decks) == 355
    assert sum(len(deck.steps) for deck in decks.values()) == 465
    assert sum(len(deck.steps) > 1 for deck in decks.values()) == 88
    assert {name for name, deck in decks.items() if deck.ends_abruptly} == {
        "dashpot2.inp", "dashpot3.inp"  # their third step has no *END STEP and is never run
    }  # fmt: skip
    assert {name: deck.references[0].name for name, deck in decks.items() if deck.references} == {
        "beamread.inp": "beamread.rin",
        "submodelbeamp.inp": "beamp.frd",
        "submodeltwobeam.inp": "twobeam.frd",
    }
    remarked = {name for name, deck in decks.items() if deck.remarks and not deck.references}
    assert remarked == {
        # *MEMBRANE; *FACE PRINT; no *END STEP; *FLUID SECTIONS taken for *FLUID SECTION
        "c3d6.inp", "capacitor.inp", "dashpot2.inp", "dashpot3.inp", "gaspipe-fanno9.inp",
        "primaryair.inp",
    }  # fmt: skip


def periods(deck):
    return [(step.procedure, step.period) for step in deck.steps]


def test_the_steps_of_some_sample_decks(samples):
    source = MappingSource(samples)
    contact2 = read_deck(source, "contact2.inp", family="calculix")
    assert periods(contact2) == [("STATIC", 1.0)] * 3
    beamft = read_deck(source, "beamft.inp", family="calculix")
    assert periods(beamft) == [("STATIC", 1.0), ("FREQUENCY", None)]
