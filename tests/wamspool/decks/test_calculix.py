"""Each rule of how CalculiX 2.20 reads decks, as it was found by running the solver."""

import itertools

import pytest

from tests.mapping_source import MappingSource
from wamspool.decks.deck import Kind
from wamspool.decks.errors import BadInclude, ByteOrderMark, IncludeTooDeep
from wamspool.decks.reader import read_deck

STEP = b"*STEP\n*STATIC\n*END STEP\n"


def read(text, name="a.inp", **files):
    everything = {key.replace("__", "/").replace("_", "."): value for key, value in files.items()}
    return read_deck(MappingSource({name: text, **everything}), name, family="calculix")


def texts(deck):
    return [(remark.line, remark.text) for remark in deck.remarks]


@pytest.mark.parametrize(
    "card",
    [
        b"*INCLUDE,INPUT=m.inc",
        b"*include, input=m.inc",
        b"*Include , Input = m.inc ",
        b'*INCLUDE, INPUT="m.inc"',
        b"*INCLUDE INPUT=m.inc",
        b"\t* INCLUDE, INPUT=./m.inc\r",
    ],
)
def test_the_spellings_of_include_that_the_solver_takes(card):
    deck = read(card + b"\n" + STEP, m_inc=b"*NODE\n1,0,0,0\n")
    assert deck.files == ("a.inp", "m.inc")
    assert deck.remarks == ()
    assert deck.references[0].keyword == "*INCLUDE"
    assert deck.references[0].kind is Kind.INCLUDE


@pytest.mark.parametrize(
    "name", [b"'m.inc'", b"m.inc, PASSWORD=x", b"m.inc ** the mesh", b"M.inc", b'"m.inc']
)
def test_the_spellings_that_it_takes_for_another_name_are_missing(name):
    deck = read(b"*INCLUDE, INPUT=" + name + b"\n" + STEP, m_inc=b"*NODE\n1,0,0,0\n")
    assert deck.files == ("a.inp",)
    assert [each.line for each in deck.missing] == [1]


def test_blanks_are_taken_out_of_names():
    deck = read(b'*INCLUDE, INPUT="my m.inc"\n' + STEP, mym_inc=b"")
    assert deck.files == ("a.inp", "mym.inc")
    assert (deck.references[0].written, deck.references[0].name) == ("my m.inc", "mym.inc")
    assert texts(deck) == [
        (1, "CalculiX takes the blanks out of a file name, in quotes too: write mym.inc")
    ]


def test_a_backslash_is_found_and_remarked_on():
    deck = read(b"*INCLUDE, INPUT=mesh\\m.inc\n" + STEP, mesh__m_inc=b"")
    assert deck.missing == ()
    assert "write mesh/m.inc" in deck.remarks[0].text


def test_names_of_nested_includes_count_from_the_deck():
    deck = read(
        b"*INCLUDE,INPUT=m/a.inc\n" + STEP,
        m__a_inc=b"*INCLUDE,INPUT=b.inc\n",
        m__b_inc=b"",
        b_inc=b"*NODE\n",
    )
    assert deck.files == ("a.inp", "m/a.inc", "b.inc")


def chain(levels):
    names = ["a.inp", *(f"{level}.inc" for level in range(1, levels + 1))]
    files = {
        name: f"*INCLUDE,INPUT={after}\n".encode() for name, after in itertools.pairwise(names)
    }
    files[names[-1]] = STEP
    return MappingSource(files)


def test_nine_levels_of_includes_and_no_more():
    assert len(read_deck(chain(9), "a.inp", family="calculix").files) == 10
    with pytest.raises(IncludeTooDeep, match=r"9\.inc:1: .*9 levels"):
        read_deck(chain(10), "a.inp", family="calculix")


@pytest.mark.parametrize("card", [b"*INCLUDE", b"*INCLUDE, INPUT=", b'*INCLUDE, INPUT=""'])
def test_an_include_without_a_name_stops_the_solver(card):
    with pytest.raises(BadInclude, match=r"a\.inp:2"):
        read(b"*HEADING\n" + card + b"\n")


def test_a_name_has_at_most_132_characters():
    assert len(read(b"*INCLUDE,INPUT=" + b"x" * 132 + b"\n").missing) == 1
    with pytest.raises(BadInclude, match="132"):
        read(b"*INCLUDE,INPUT=" + b"x" * 133 + b"\n")


def test_a_byte_order_mark_crashes_the_solver_in_includes_too():
    with pytest.raises(ByteOrderMark, match=r"a\.inp:1"):
        read(b"\xef\xbb\xbf*HEADING\n")
    with pytest.raises(ByteOrderMark, match=r"m\.inc:1"):
        read(b"*INCLUDE,INPUT=m.inc\n", m_inc=b"\xef\xbb\xbf*NODE\n")


def test_an_unknown_card_is_remarked_on_with_the_nearest_one():
    deck = read(b"*BOUNDRY\n1,1,3\n" + STEP)
    line, text = texts(deck)[0]
    assert line == 1
    assert "does not know *BOUNDRY" in text
    assert text.endswith("Did you mean *BOUNDARY?")


def test_a_card_taken_by_its_beginning_is_remarked_on():
    assert "takes *CLOADX for *CLOAD" in read(b"*CLOADX\n" + STEP).remarks[0].text


@pytest.mark.parametrize("card", [b"*NODE, INPUT=n.txt", b"*AMPLITUDE, NAME=A, INPUT = n.txt"])
def test_input_on_other_cards_is_ignored_by_the_solver(card):
    deck = read(card + b"\n" + STEP, n_txt=b"1,0,0,0\n")
    assert deck.references == ()
    assert "*INCLUDE, INPUT=n.txt on the line below" in deck.remarks[0].text


def test_a_continued_card_is_remarked_on_and_a_trailing_comma_is_not():
    assert "no continuation" in read(b"*NODE,\nNSET=A\n1,0,0,0\n" + STEP).remarks[0].text
    assert read(b"*NODE, NSET=A,\n1,0,0,0\n" + STEP).remarks == ()


@pytest.mark.parametrize(
    ("card", "name", "kind"),
    [
        (b"*RESTART, READ, STEP=2", "job.rin", Kind.BY_NAME),
        (b"*SUBMODEL, TYPE=NODE, INPUT=Big.frd", "Big.frd", Kind.RESULTS),
        (b"*TEMPERATURE, FILE=th.frd, BSTEP=1", "th.frd", Kind.RESULTS),
        (b"*CRACK PROPAGATION, INPUT=c.frd", "c.frd", Kind.RESULTS),
        (b"*HCF, INPUT=h.frd, MODE=1", "h.frd", Kind.RESULTS),
        (b"*VIEWFACTOR, READ", "job.vwf", Kind.BY_NAME),
        (b'*VIEWFACTOR, READ, INPUT="v.vwf"', "v.vwf", Kind.DATA),
        (b"*MODAL DYNAMIC", "job.eig", Kind.BY_NAME),
        (b"*STEADY STATE DYNAMICS", "job.eig", Kind.BY_NAME),
        (b"*COMPLEX FREQUENCY, CORIOLIS", "job.eig", Kind.BY_NAME),
    ],
)
def test_cards_that_read_files(card, name, kind):
    text = b"*NODE\n*STEP\n" + card + b"\n*END STEP\n"
    deck = read(text, "job.inp")
    assert [(each.name, each.kind, each.line) for each in deck.missing] == [(name, kind, 3)]
    there = read_deck(MappingSource({"job.inp": text, name: b""}), "job.inp", family="calculix")
    assert there.missing == there.remarks == ()
    assert there.bundle() == ("job.inp", name)


@pytest.mark.parametrize(
    "card", [b"*RESTART, WRITE", b"*VIEWFACTOR, WRITE", b"*SUBSTRUCTURE MATRIX OUTPUT, FILE NAME=x"]
)
def test_cards_that_write_files(card):
    assert read(b"*STEP\n*STATIC\n" + card + b"\n*END STEP\n").references == ()


@pytest.mark.parametrize(
    ("writes", "reads"),
    [
        (b"*FREQUENCY, STORAGE=YES", b"*MODAL DYNAMIC"),
        (b"*HEAT TRANSFER\n*VIEWFACTOR, WRITE", b"*HEAT TRANSFER\n*VIEWFACTOR, READ"),
        (b"*VIEWFACTOR, WRITE, OUTPUT=v.vwf", b"*VIEWFACTOR, READ, INPUT=v.vwf"),
    ],
)
def test_what_the_deck_itself_has_written_is_not_needed(writes, reads):
    text = b"*STEP\n" + writes + b"\n*END STEP\n*STEP\n" + reads + b"\n*END STEP\n"
    assert read(text).references == ()


def test_modes_that_are_not_stored_are_needed():
    text = b"*STEP\n*FREQUENCY\n10\n*END STEP\n*STEP\n*MODAL DYNAMIC\n.1,1.\n*END STEP\n"
    assert [each.name for each in read(text).missing] == ["a.eig"]


@pytest.mark.parametrize(
    ("procedure", "name", "period"),
    [
        (b"*STATIC", "STATIC", 1.0),
        (b"*STATIC\n.1, 2.5", "STATIC", 2.5),
        (b"*STATIC\n** a note\n\n .1 , 2.5D1 \r", "STATIC", 25.0),
        (b"*STATIC\n.1", "STATIC", 1.0),
        (b"*STATIC\n.1,abc", "STATIC", 1.0),
        (b"*STATIC\n.1,0.", "STATIC", 1.0),
        (b"*heat transfer, steady state\n1.,1e3", "HEAT TRANSFER", 1000.0),
        (b"*HEAT TRANSFER, FREQUENCY\n10", "HEAT TRANSFER", None),
        (b"*DYNAMIC\n.1,3", "DYNAMIC", 3.0),
        (b"*DYNAMIC, EXPLICIT\n.1,3", "DYNAMIC", None),
        (b"*FREQUENCY\n10, 3", "FREQUENCY", None),
        (b"*CLOAD\n1,2,3\n*VISCO, CETOL=1\n1,4\n*STATIC\n1,5", "VISCO", 4.0),
        (b"*CLOAD\n1,2,3.", None, None),
    ],
)
def test_procedure_and_period_of_a_step(procedure, name, period):
    step = read(b"*STEP, NLGEOM\n" + procedure + b"\n*END STEP\n").steps[0]
    assert (step.procedure, step.period, step.closed, step.line) == (name, period, True, 1)


def test_a_heading_ends_at_a_star_in_the_first_column():
    deck = read(
        b"*HEADING\n *INCLUDE,INPUT=no.inc\n*NODE\n *INCLUDE,INPUT=m.inc\n" + STEP, m_inc=b""
    )
    assert deck.files == ("a.inp", "m.inc")
