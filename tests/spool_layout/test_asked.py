"""What is asked in several places: later and nearer wins, field by field."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spool_layout.asked import draft_of, laid_over, section_of, value_of
from spool_layout.errors import FormatError
from spool_layout.yaml_text import load_mapping

GIB = 1024**3


def test_words_become_the_fields_of_a_ticket():
    words = [
        ("cpus", "8", 3),
        ("option.double", "both", 3),
        ("priority", "high", 4),
        ("note", "a b", 5),
    ]
    section = section_of(words, source="a.inp")
    assert section == {
        "resources": {"cpus": 8},
        "options": {"double": "both"},
        "priority": "high",
        "note": "a b",
    }
    assert section["resources"].lines == {"cpus": 3}
    assert section.lines["priority"] == 4


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ([("cpus", "8", 3), ("cpus", "4", 9)], r"a\.inp:3: cpus: is given again in line 9"),
        ([("note", "a", 1), ("note", "a", 2)], r"a\.inp:1: note: is given again in line 2"),
    ],
)
def test_a_word_given_twice_is_refused(words, problem):
    with pytest.raises(FormatError, match=problem):
        section_of(words, source="a.inp")


@pytest.mark.parametrize("word", ["input", "job", "owner", "resource.cpus", "wam"])
def test_a_deck_may_not_say_everything(word):
    with pytest.raises(FormatError, match=r"a\.inp:7: .*cannot be set here"):
        section_of([(word, "x", 7)], source="a.inp", permitted=frozenset({"note", "resources"}))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("8", 8),
        ("1.5", 1.5),
        ("true", True),
        ("null", None),
        ("high", "high"),
        ("-", "-"),
        ("", ""),
        ("16 GB", "16 GB"),
        ("a: b", "a: b"),
        ("[1]", "[1]"),
        ("&x", "&x"),
        ("#", "#"),
        ("1:30", "1:30"),
        ("9" * 65, "9" * 65),
    ],
)
def test_a_word_is_read_as_yaml_would_read_it(text, value):
    assert value_of(text) == value


@given(st.text())
def test_any_word_is_a_plain_value(text):
    assert value_of(text) is None or isinstance(value_of(text), (str, int, float))


def test_later_sections_win_field_by_field():
    high = load_mapping("priority: high\nresources: {cpus: 2, gpus: 1}", source="spool.yaml")
    lines = section_of([("cpus", "8", 3), ("note", "deck", 4)], source="a.inp")
    result = laid_over(high, lines, {"note": "command line"})
    assert result == {
        "priority": "high",
        "resources": {"cpus": 8, "gpus": 1},
        "note": "command line",
    }
    assert result["resources"].lines["cpus"] == 3 and result.lines["note"] == 4
    assert high["resources"] == {"cpus": 2, "gpus": 1}


def test_the_draft_that_they_give_together():
    weak = load_mapping("resources: {memory: 1 GB, cpus: 2}\ntags: [a]", source="spool.yaml")
    draft = draft_of(
        weak, {"resources": {"cpus": 4}}, {"input": "a.inp", "tags": ["b"]}, source="x"
    )
    assert (draft.resources.cpus, draft.resources.memory_bytes, draft.tags) == (4, GIB, ("b",))


def test_an_error_names_the_line_that_gave_the_value():
    lines = section_of([("cpus", "none", 12)], source="a.inp")
    with pytest.raises(FormatError, match=r"a\.inp:12: resources\.cpus: must be a whole number"):
        draft_of({"resources": {"cpus": 1}}, lines, {"input": "a.inp"}, source="a.inp")


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("memory", "9" * 400),
        ("memory", "9" * 30 + " TB"),
        ("walltime", "9" * 400),
        ("priority", "²"),
    ],
)
def test_an_absurd_value_is_a_format_error(word, value):
    """Anything else would end the node that reads the deck, and the next one."""
    lines = section_of([(word, value, 2)], source="a.inp")
    with pytest.raises(FormatError, match=rf"a\.inp:2: .*{word}"):
        draft_of(lines, {"input": "a.inp"}, source="a.inp")
