"""Filling the places of a deck."""

import pytest

from tests.mapping_source import MappingSource
from wamspool.decks.placeholders import (
    FilledSource,
    filled,
    is_parameter_name,
    placeholders_in,
    problem_of_value,
)
from wamspool.errors import BadInput

DECK = b"** {{T}}\n*ELASTIC\n{{E}}, 0.3\n*TEMPERATURE\nN, {{ T }}\n"


def pieces(text, size):
    return (text[at : at + size] for at in range(0, len(text), size))


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_places_are_found_and_filled_however_the_text_comes(size):
    assert placeholders_in(pieces(DECK, size), file="a.inp") == {"T": 1, "E": 3}
    text = b"".join(filled(pieces(DECK, size), {"T": "200", "E": "2.1e5"}))
    assert text == b"** 200\n*ELASTIC\n2.1e5, 0.3\n*TEMPERATURE\nN, 200\n"


def test_lines_keep_their_ends_and_their_number():
    assert b"".join(filled([b"a\r\n{{T}}\r\nb"], {"T": "1"})) == b"a\r\n1\r\nb"


@pytest.mark.parametrize("text", [b"{{", b"{{1x}}", b"{{T}", b"{{a b}}", b"{{T}} {{"])
def test_braces_that_begin_no_place_are_refused_with_their_line(text):
    with pytest.raises(BadInput, match=r"a\.inp:2: '\{\{' begins no placeholder"):
        placeholders_in([b"*STEP\n" + text + b"\n"], file="a.inp")


def test_only_the_deck_is_filled():
    source = FilledSource(
        MappingSource({"a.inp": b"{{T}}", "b.inc": b"{{T}}"}), "a.inp", {"T": "1"}
    )
    assert b"".join(source.read("a.inp")) == b"1"
    assert b"".join(source.read("b.inc")) == b"{{T}}"
    assert source.read("c.inc") is None
    assert set(source.names()) == {"a.inp", "b.inc"}


@pytest.mark.parametrize("name", ["T", "youngs_modulus", "E2"])
def test_names(name):
    assert is_parameter_name(name)


@pytest.mark.parametrize("name", ["", "2E", "a b", "a-b", "x" * 41, "é"])
def test_no_names(name):
    assert not is_parameter_name(name)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("", "empty"),
        ("  ", "empty"),
        ("1\n2", "control"),
        ("{{T}}", "braces"),
        ("x" * 201, "longer"),
    ],
)
def test_values_that_cannot_stand_in_a_deck(value, problem):
    assert problem in problem_of_value(value)
    assert problem_of_value("2.1e5") is None
