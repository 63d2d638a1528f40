"""Fields: typed values out of a mapping, errors with file, line, field and cure."""

import pytest

from spool_layout.errors import FormatError, TooNew
from spool_layout.fields import FORMAT_VERSION, Fields
from spool_layout.yaml_text import load_mapping

TEXT = """\
word: bracket
number: 8
half: 1.5
flag: true
nothing: null
list: [a, 2, b]
commas: a, b,, c
inner:
  deep: 3
many: [{a: 1}, {a: 2}]
mixed: [{a: 1}, 2]
nested: [[a]]
bell: "a\\x07b"
"""


@pytest.fixture
def fields():
    return Fields(load_mapping(TEXT, source="t.yaml"))


def refused(call, line, problem):
    with pytest.raises(FormatError, match=problem) as caught:
        call()
    assert (caught.value.source, caught.value.line) == ("t.yaml", line)
    return caught.value


def test_texts_take_plain_values_as_they_are_spelled(fields):
    assert fields.text("word") == "bracket"
    assert fields.text("number") == "8"
    assert fields.text("half") == "1.5"
    assert fields.text("flag") == "true"
    assert fields.text("nothing", "x") == fields.text("absent", "x") == "x"


def test_what_is_no_short_text(fields):
    refused(lambda: fields.text("list"), 6, "list: must be one text")
    refused(lambda: fields.text("inner"), 8, "inner: must be one text")
    refused(lambda: fields.text("word", length_max=3), 1, "longer than 3")
    refused(lambda: fields.text("bell"), 13, "control characters")


def test_whole_numbers_within_bounds(fields):
    assert fields.integer("number", 1, least=1, most=8) == 8
    assert fields.integer("absent", 4, least=1, most=8) == 4
    refused(lambda: fields.integer("number", 1, least=9, most=10), 2, "must be 9 to 10, not 8")
    refused(lambda: fields.integer("half", 1, least=0, most=9), 3, "whole number, not '1.5'")
    refused(lambda: fields.integer("flag", 1, least=0, most=9), 4, "whole number, not 'True'")
    refused(lambda: fields.integer("word", 1, least=0, most=9), 1, "whole number, not 'bracket'")


@pytest.mark.parametrize(
    ("word", "value"), [("yes", True), ("Off", False), ("true", True), ("0", False)]
)
def test_flags_in_people_s_words(word, value):
    fields = Fields(load_mapping(f"hold: {word}", source="t.yaml"))
    assert fields.flag("hold", default=not value) is value
    assert fields.flag("absent", default=value) is value


def test_what_is_no_flag(fields):
    refused(lambda: fields.flag("word", default=False), 1, "must be yes or no, not 'bracket'")


def test_lists_of_texts(fields):
    assert fields.texts("list") == ("a", "2", "b")
    assert fields.texts("commas") == ("a", "b", "c")
    assert fields.texts("number") == ("8",)
    assert fields.texts("absent") == fields.texts("nothing") == ()
    refused(lambda: fields.texts("nested"), 12, "must be a list of texts")
    refused(lambda: fields.texts("list", count_max=2), 6, "more than 2 entries")


def test_mappings_inside(fields):
    assert fields.section("inner").integer("deep", 0, least=0, most=9) == 3
    assert fields.mapping_of_texts("inner") == {"deep": "3"}
    assert list(fields.section("absent").names()) == []
    refused(lambda: fields.section("word"), 1, "must be a mapping")
    inner = fields.section("inner")
    refused(lambda: inner.integer("deep", 0, least=4, most=9), 9, r"inner\.deep: must be 4 to 9")


def test_lists_of_mappings(fields):
    values = [one.integer("a", 0, least=0, most=9) for one in fields.sections("many")]
    assert values == [1, 2]
    assert fields.sections("absent") == ()
    refused(lambda: fields.sections("mixed"), 11, "must be a list of mappings")
    second = fields.sections("many")[1]
    refused(lambda: second.refuse("a", "is odd"), 10, r"many\[1\]\.a: is odd")


def test_a_parser_s_reason_becomes_the_error(fields):
    assert fields.parsed("half", 0.0, float) == 1.5
    assert fields.parsed("absent", 0.25, float) == 0.25
    refused(lambda: fields.parsed("word", 0.0, float), 1, "word: could not convert")
    refused(lambda: fields.parsed("flag", 0.0, float), 4, "must be one value")
    refused(lambda: fields.parsed("list", 0.0, float), 6, "must be one value")


def test_what_nobody_asked_for_is_unknown(fields):
    fields.text("word")
    assert "word" not in fields.unknown() and "number" in fields.unknown()


def test_a_slip_is_refused_and_something_else_is_not():
    fields = Fields(load_mapping("priorty: high\ncolour: red", source="t.yaml"))
    error = refused(lambda: fields.refuse_misspelt(["priority", "note"]), 1, "priorty: is not")
    assert error.cure == "Did you mean 'priority'?"
    Fields(load_mapping("colour: red", source="t.yaml")).refuse_misspelt(["priority"])


def test_any_unknown_field_can_be_refused():
    fields = Fields(load_mapping("colour: red", source="t.yaml"))
    error = refused(lambda: fields.refuse_unknown(["b", "a"]), 1, "colour: is not a field")
    assert error.cure == "Known are: a, b."


def test_a_newer_format_is_not_guessed_at():
    assert Fields(load_mapping("a: 1", source="")).version() == FORMAT_VERSION
    newer = Fields(load_mapping(f"a: 1\nwam: {FORMAT_VERSION + 1}", source="t.yaml"))
    with pytest.raises(TooNew, match=f"has format {FORMAT_VERSION + 1}") as caught:
        newer.version()
    assert caught.value.line == 2 and "Update WAM" in caught.value.cure


@pytest.mark.parametrize("version", ["0", "-1", "x", "1.5", "true"])
def test_an_odd_format_version_is_an_error(version):
    with pytest.raises(FormatError):
        Fields(load_mapping(f"wam: {version}", source="")).version()
