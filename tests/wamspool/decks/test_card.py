"""One card taken apart, and names judged to lie in the deck's folder or outside."""

import pytest

from wamspool.decks.card import is_comment, relative_name, split_card, text_of
from wamspool.decks.lines import Line


def split(*texts):
    return split_card([Line(number, text) for number, text in enumerate(texts, 1)])


def test_keyword_and_parameters():
    keyword, parameters, rest = split(b' * Include , Input = "a b.inc" , PASS WORD=x , READ\r')
    assert keyword == "INCLUDE"
    assert [(p.name, p.value) for p in parameters] == [
        ("INPUT", "a b.inc"), ("PASSWORD", "x"), ("READ", None)
    ]  # fmt: skip
    assert rest == "a b.inc"


def test_a_comma_in_quotes_parts_nothing_and_an_open_quote_stays():
    assert split(b'*INCLUDE,INPUT="a,b.inc"')[1][0].value == "a,b.inc"
    assert split(b'*INCLUDE,INPUT="a,b.inc')[1][0].value == '"a,b.inc'


def test_parameters_know_their_own_line():
    assert [p.line for p in split(b"*NODE, NSET=A,", b"INPUT=b")[1]] == [1, 2]


@pytest.mark.parametrize("text", [b"*", b"*,", b"*,,", b'*"', b"*=,=", b"* \t\r"])
def test_odd_cards_have_no_keyword_or_a_short_one(text):
    assert len(split(text)[0]) <= 1


@pytest.mark.parametrize(("text", "wanted"), [(b"**", True), (b" * * x", True), (b"*N", False)])
def test_comments(text, wanted):
    assert is_comment(Line(1, text)) is wanted


def test_names_are_utf8_or_latin1():
    assert text_of("Größe".encode()) == text_of("Größe".encode("latin-1")) == "Größe"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("a.inc", "a.inc"),
        ("./m/../m//a.inc", "m/a.inc"),
        ("m\\a b.inc", "m/a b.inc"),
        ("/a.inc", None),
        ("\\\\server\\share\\a.inc", None),
        ("C:a.inc", None),
        ("c:\\x\\a.inc", None),
        ("../a.inc", None),
        ("m/../../a.inc", None),
        ("..", None),
        (".", None),
        ("", None),
        ("a\0b", None),
    ],
)
def test_names_in_and_outside_of_the_folder(written, name):
    assert relative_name(written, keeps_blanks=True) == name


def test_blanks_go_where_the_solver_takes_them_out():
    assert relative_name(" with space/n.inc", keeps_blanks=False) == "withspace/n.inc"
