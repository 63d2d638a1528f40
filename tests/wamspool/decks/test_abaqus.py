"""Decks as Abaqus reads them, by its manual; no Abaqus was there to try them with."""

import pytest

from tests.mapping_source import MappingSource
from wamspool.decks.deck import Kind
from wamspool.decks.errors import BadInclude
from wamspool.decks.reader import read_deck

STEP = b"*STEP\n*STATIC\n*END STEP\n"


def read(text, *beside):
    files = {"a.inp": text, **dict.fromkeys(beside, b"*NODE\n1,0,0,0\n")}
    return read_deck(MappingSource(files), "a.inp", family="abaqus")


@pytest.mark.parametrize(
    "card",
    [
        b"*INCLUDE, INPUT=m.inc",
        b"*Incl, inp=m.inc",
        b"*include,\nINPUT=m.inc",
        b"*INCLUDE,\n  password=, \n  input = m.inc",
    ],
)
def test_the_spellings_of_include(card):
    deck = read(card + b"\n" + STEP, "m.inc")
    assert [each.name for each in deck.references] == ["m.inc"]
    assert deck.missing == deck.remarks == ()


def test_the_line_of_a_name_is_where_it_stands():
    assert read(b"*INCLUDE,\nINPUT=m.inc\n" + STEP, "m.inc").references[0].line == 2


def test_blanks_in_names_are_kept():
    assert read(b'*INCLUDE, INPUT="my m.inc"\n' + STEP, "my m.inc").files == ("a.inp", "my m.inc")


def test_an_encrypted_include_travels_and_is_not_read():
    files = {"a.inp": b"*INCLUDE, INPUT=m.inc, PASSWORD=x\n", "m.inc": b"\x01\x02\x03" * 99}
    deck = read_deck(MappingSource(files), "a.inp", family="abaqus")
    assert deck.bundle() == ("a.inp", "m.inc")
    assert deck.files == ("a.inp",)
    assert deck.ends_abruptly is None


def test_an_include_without_a_name():
    with pytest.raises(BadInclude, match=r"a\.inp:1"):
        read(b"*INCLUDE, PASSWORD=x\n")


@pytest.mark.parametrize(
    "card", [b"*NODE, NSET=A, INPUT=n.txt", b"*AMPLITUDE, INP=n.txt", b"*Time Points,\ninput=n.txt"]
)
def test_input_on_any_card_is_a_data_file(card):
    deck = read(card + b"\n" + STEP, "n.txt")
    assert [(each.name, each.kind) for each in deck.references] == [("n.txt", Kind.DATA)]
    assert deck.bundle() == ("a.inp", "n.txt")
    assert [each.name for each in read(card + b"\n" + STEP).missing] == ["n.txt"]


def test_results_are_found_with_their_endings():
    text = b"*INITIAL CONDITIONS, TYPE=STRESS, FILE=old\n" + STEP
    deck = read(text, "old.odb", "old.prt", "old.dat")
    assert deck.bundle() == ("a.inp", "old.odb", "old.prt")
    assert {each.kind for each in deck.references} == {Kind.RESULTS}
    assert [each.name for each in read(text).missing] == ["old"]
    assert read(b"*IMPERFECTION, FILE=b.fil, STEP=1\n" + STEP, "b.fil").missing == ()


def test_substructure_libraries():
    assert read(b"*SUBSTRUCTURE COPY, OLD LIBRARY=s\n" + STEP, "s.sup").bundle()[1:] == ("s.sup",)


@pytest.mark.parametrize(
    ("card", "option"),
    [
        (b"*RESTART, READ, STEP=1", "oldjob="),
        (b"*IMPORT, STATE=YES", "oldjob="),
        (b"*MAP SOLUTION", "oldjob="),
        (b"*SUBMODEL, TYPE=NODE", "globalmodel="),
    ],
)
def test_what_comes_by_the_command_line_is_remarked_on(card, option):
    deck = read(card + b"\n" + STEP)
    assert option in deck.remarks[0].text
    assert deck.references == ()


def test_writing_a_restart_needs_nothing():
    assert read(b"*RESTART, WRITE\n" + STEP).remarks == ()


@pytest.mark.parametrize(
    ("procedure", "name", "period"),
    [
        (b"*Static\n0.1, 2.", "STATIC", 2.0),
        (b"*STATIC, RIKS\n0.1, 2.", "STATIC", None),
        (b"*Dynamic, Explicit\n, 0.01", "DYNAMIC", 0.01),
        (b"*DYNAMIC,\nEXPLICIT=YES\n, 0.02", "DYNAMIC", 0.02),
        (b"*COUPLED TEMPERATURE-DISPLACEMENT\n1, 5", "COUPLED TEMPERATURE-DISPLACEMENT", 5.0),
        (b"*Frequency\n10,", "FREQUENCY", None),
    ],
)
def test_procedure_and_period_of_a_step(procedure, name, period):
    step = read(b"*Step, name=S\n" + procedure + b"\n*End Step").steps[0]
    assert (step.procedure, step.period, step.closed) == (name, period, True)


def test_unknown_cards_are_nobodys_business():
    assert read(b"*BRANDNEW CARD, X=1\n" + STEP).remarks == ()


def test_a_byte_order_mark_is_remarked_on():
    deck = read(b"\xef\xbb\xbf*HEADING\n" + STEP)
    assert [(each.line, "BOM" in each.text) for each in deck.remarks] == [(1, True)]
    assert len(deck.steps) == 1
