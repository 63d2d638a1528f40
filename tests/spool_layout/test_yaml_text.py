"""YAML: what is written is read back equal, and hostile text is refused fast, with the line."""

import math
import time

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from spool_layout import yaml_text
from spool_layout.errors import FormatError
from spool_layout.yaml_text import DEPTH_LIMIT, SIZE_LIMIT_BYTES, dump, load_mapping

KEYS = st.text(max_size=60)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=60)
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4)
)
NEAR_YAML = st.text(alphabet="ab01-+.:,#&*!|>'\"%@`{}[]~?= \t\n\\é\x85\u2028\ufeff", max_size=12)


def depth_of(value):
    if isinstance(value, dict):
        return 1 + max((depth_of(v) for v in value.values()), default=0)
    if isinstance(value, list):
        return 1 + max((depth_of(v) for v in value), default=0)
    return 0


@pytest.fixture(params=["CSafeLoader", "SafeLoader"])
def _loader(request, monkeypatch):
    """Both parsers: libyaml's, and the one in Python that stands in where there is none."""
    monkeypatch.setattr(yaml_text, "_LOADER", getattr(yaml, request.param))


both_loaders = pytest.mark.usefixtures("_loader")


@given(st.dictionaries(KEYS, VALUES, max_size=5).filter(lambda d: depth_of(d) <= DEPTH_LIMIT - 1))
def test_what_is_dumped_is_read_back_equal(document):
    text = dump(document)
    read = load_mapping(text, source="")
    assert read == document
    assert list(read) == list(document)
    assert load_mapping(text.encode(), source="") == document


@given(st.dictionaries(NEAR_YAML, NEAR_YAML | st.lists(NEAR_YAML), max_size=4))
def test_text_that_looks_like_yaml_is_read_back_as_text(document):
    assert load_mapping(dump(document), source="") == document


@given(st.dictionaries(NEAR_YAML, NEAR_YAML | st.lists(NEAR_YAML), max_size=4))
def test_other_readers_of_yaml_see_the_same_texts(document):
    """People open tickets with tools of their own; those read by YAML 1.1."""
    assert yaml.load(dump(document), yaml.SafeLoader) == document


ODD_TEXTS = (
    "no Yes on OFF y N null ~ true 1 1.0 1e3 .5 0x1f 0o17 010 12:30 2026-11-22 = << --- ... !x &x "
    "*x @x `x %x { [ ' \" \\ ? - .inf .nan +1 1_000 \x7f \U0001f600 a: #b"
).split(" ")
ODD_TEXTS += ["", "- a", "a: b", "a #b", " a", "a ", "\x85", "\u2028", "\ufeff", "\t", "a\r\nb"]


@pytest.mark.parametrize("text", ODD_TEXTS)
def test_a_text_stays_that_text(text):
    assert load_mapping(dump({text: text, "list": [text]}), source="") == {
        text: text,
        "list": [text],
    }
    assert yaml.load(dump({"v": text}), yaml.SafeLoader) == {"v": text}


def test_a_dump_is_as_a_person_would_write_it():
    document = {
        "wam": 1,
        "input": "mesh study/bracket.inp",
        "resources": {"cpus": 8, "walltime": 0.5},
        "nodes": ["cougar", "ws-12"],
        "inputs": [{"name": "a.inp", "size": 3}],
        "note": 'say "no": 5 %',
        "hold": False,
        "tokens": None,
    }
    assert dump(document).splitlines() == [
        "wam: 1",
        "input: mesh study/bracket.inp",
        "resources:",
        "  cpus: 8",
        "  walltime: 0.5",
        "nodes: [cougar, ws-12]",
        "inputs:",
        "  - {name: a.inp, size: 3}",
        'note: "say \\"no\\": 5 %"',
        "hold: false",
        "tokens: null",
    ]


def test_half_a_surrogate_does_not_make_a_file_that_nobody_can_read():
    """A command line that is no UTF-8 has them; no YAML can hold one."""
    assert load_mapping(dump({"note": "a\udcffb"}), source="") == {"note": "a\ufffdb"}


def test_values_without_yaml_are_refused():
    with pytest.raises(TypeError, match="no YAML for object"):
        dump({"a": object()})


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_numbers_without_end_are_not_written(value):
    """They would be read back as texts."""
    with pytest.raises(ValueError, match="no YAML for"):
        dump({"a": value})


@both_loaders
@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("no", "no"),
        ("NO", "NO"),
        ("yes", "yes"),
        ("on", "on"),
        ("12:30", "12:30"),
        ("1:30:00", "1:30:00"),
        ("2026-11-22", "2026-11-22"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("010", 10),
        ("+7", 7),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("5.", 5.0),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("'8'", "8"),
        ('"true"', "true"),
        ("12345678901234567890123", 12345678901234567890123),
        ("1e999", "1e999"),
        ("|\n  a\n  b", "a\nb\n"),
    ],
)
def test_scalars_are_read_by_the_core_rules(written, value):
    read = load_mapping(f"v: {written}\n", source="")["v"]
    assert read == value and type(read) is type(value)


@both_loaders
def test_each_key_knows_its_line():
    section = load_mapping("# ticket\na: 1\n\nb:\n  c: 2\n  d: {e: 3}\n", source="t.yaml")
    assert section.lines == {"a": 2, "b": 4}
    assert section["b"].lines == {"c": 5, "d": 6}
    assert section["b"]["d"].lines == {"e": 6}
    assert section.source == section["b"].source == "t.yaml"


@both_loaders
def test_a_byte_order_mark_is_passed_over():
    assert load_mapping(b"\xef\xbb\xbfinput: a.inp\r\n", source="") == {"input": "a.inp"}


LAUGHS = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]\n"


@both_loaders
@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        (LAUGHS, 1, "anchors and aliases"),
        ("a: 1\nb: *a\n", 2, "alias"),
        ("? *a\n: 1\n", 1, "one word"),
        ("&a b: 1\n", 1, "anchors"),
        ("&a\nb: 1\n", 1, "anchors"),
        ("a: &x {}\n", 1, "anchors"),
        ("<<: *a\n", 1, "aliases"),
        ("a: 1e999\na: 2\n", 2, "twice"),
        ("a: 1\nb: 2\na: 3\n", 3, r"'a' is given twice \(first in line 1\)"),
        ("a: {b: 1, b: 2}\n", 1, "'b' is given twice"),
        ("a: !!python/object/new:os.system [x]\n", 1, "tag"),
        ("a: !!python/name:os.system ''\n", 1, "tag"),
        ("a: !!set {x}\n", 1, "tag"),
        ("a: !!str 1\n", 1, "tag"),
        ("!!str a: 1\n", 1, "tag"),
        ("!!map\na: 1\n", 1, "tag"),
        ("a: !x\n  b: 1\n", 1, "tag"),
        ("[a]: 1\n", 1, "a name must be one word"),
        ("a: 1\n---\nb: 2\n", None, "second '---'"),
        ("- a\n", 1, "must hold 'name: value' lines"),
        ("bracket.inp\n", 1, "must hold 'name: value' lines"),
        ("", 1, "must hold 'name: value' lines"),
        ("# nothing\n", 1, "must hold 'name: value' lines"),
        ("a: 1\nb: [1\n", None, "not valid YAML"),
        ("a: 1\n\tb: 2\n", 2, "not valid YAML"),
        ("a: b: c\n", 1, "not valid YAML"),
        ("a: 'b\n", None, "not valid YAML"),
        ("a: \x00\n", None, "not valid YAML"),
        ("\x00" * 4096, None, "not valid YAML"),
        ("a: \x1b[31m\n", None, "not valid YAML"),
        ("a: \udc80\n", None, "not valid"),
        ("%YAML 9.9\n---\na: 1\n", None, "not valid YAML"),
        ("? " + "x" * 201 + "\n: 1\n", 1, "more than 200 characters"),
    ],
)
def test_hostile_text_is_refused(text, line, problem):
    with pytest.raises(FormatError, match=problem) as caught:
        load_mapping(text, source="t.yaml")
    assert "t.yaml" in caught.value.message
    if line is not None:
        assert caught.value.line == line


@both_loaders
@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
def test_depth_is_limited_long_before_the_stack(opening):
    text = "a: " + opening * 20_000 if opening != "- " else "a:\n  " + opening * 20_000
    started = time.process_time()
    with pytest.raises(FormatError, match=f"nested deeper than {DEPTH_LIMIT}"):
        load_mapping(text, source="t.yaml")
    assert time.process_time() - started < 2


@both_loaders
def test_just_within_the_depth():
    inner = "[" * (DEPTH_LIMIT - 2) + "1" + "]" * (DEPTH_LIMIT - 2)
    assert load_mapping(f"a: {inner}", source="")


@pytest.mark.parametrize("kind", [str, bytes])
def test_a_large_text_is_refused_unread(kind):
    text = "a: " + "x" * (100 << 20)
    text = text if kind is str else text.encode()
    started = time.process_time()
    with pytest.raises(FormatError, match=f"at most {SIZE_LIMIT_BYTES}"):
        load_mapping(text, source="t.yaml")
    assert time.process_time() - started < 0.1


@pytest.mark.parametrize(
    ("text", "line"),
    [(b"a: 1\nb: \xe4\n", 2), (b"\xff\xfea\x00:\x00", 1), (b"a: \xed\xa0\x80\n", 1)],
)
def test_what_is_not_utf_8_is_refused_with_the_line(text, line):
    with pytest.raises(FormatError, match="is not UTF-8") as caught:
        load_mapping(text, source="t.yaml")
    assert caught.value.line == line and "UTF-8" in caught.value.cure


@given(st.binary(max_size=300) | st.text(max_size=300))
def test_any_text_is_a_mapping_or_a_format_error(text):
    try:
        section = load_mapping(text, source="t.yaml")
    except FormatError:
        return
    assert load_mapping(dump(section), source="") == section
