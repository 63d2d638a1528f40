"""The short way through plain YAML reads what the library reads, or leaves it to the library."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from spool_layout import yaml_text
from spool_layout.errors import FormatError
from spool_layout.plain_yaml import plain_fields
from spool_layout.ticket import format_ticket
from spool_layout.yaml_text import Section
from tests.spools import ticket_for

WORDS = st.sampled_from(
    "a a.inp /x _y no null true ~ 7 007 1.5 1e3 - --- ... a: #c &a *a !t {} [a] | x#y a,b ä "
    "99999999999999999999 2026-11-23".split()
) | st.sampled_from(['"a b"', '"a: b, c: d}"', '"x', "'y'", "a b", '""', '"\\n"', "a "])
KEYS = st.sampled_from(["a", "b", "no", "null", "sha256", "size_2", "A", "x y", "-", "", "k" * 61])
PAIRS = st.builds("{}: {}".format, KEYS, WORDS)
LINES = st.one_of(
    PAIRS,
    PAIRS.map("  ".__add__),
    KEYS.map("{}:".format),
    KEYS.map("  {}:".format),
    st.lists(PAIRS, max_size=3).map(lambda pairs: f"  - {{{', '.join(pairs)}}}"),
    st.sampled_from(["", "---", "...", "# note", "  ", "- a", "  - a", "\t", "   a: b", "\ufeff"]),
)
TEXTS = st.builds(
    str.__add__,
    st.lists(LINES, max_size=6).map("\n".join),
    st.sampled_from(["", "\n", "\n\n", "\r\n"]),
)


def whole(value):
    """A value with the lines that it remembers."""
    if isinstance(value, Section):
        inner = {name: whole(of) for name, of in value.items()}
        return (list(inner.items()), value.lines, value.line, value.source)
    return [whole(of) for of in value] if isinstance(value, list) else (type(value), value)


def read(way, text):
    try:
        return whole(way(text))
    except FormatError as error:
        return (error.message, error.line, error.cure)


PLAIN_KEYS = st.sampled_from(["a", "b", "no", "null", "sha256", "size_2", "c", "d"])
PLAIN_PAIRS = st.builds("{}: {}".format, PLAIN_KEYS, WORDS)
FIELDS = st.one_of(
    PLAIN_PAIRS,
    st.builds(
        "{}:\n{}".format,
        PLAIN_KEYS,
        st.lists(PLAIN_PAIRS.map("  ".__add__), min_size=1, max_size=3).map("\n".join)
        | st.lists(
            st.lists(PLAIN_PAIRS, min_size=1, max_size=3).map(
                lambda pairs: f"  - {{{', '.join(pairs)}}}"
            ),
            min_size=1,
            max_size=2,
        ).map("\n".join),
    ),
)
NEARLY_PLAIN = st.lists(FIELDS, min_size=1, max_size=4).map("\n".join)


@given(TEXTS | NEARLY_PLAIN)
@example("a:\n  b: c\n  - {d: e}\n")
@example("a: b\n  c: d\n")
@example("a:\n  - {b: c}\n  d: e\n")
@example("a: b\na: c\n")
@example("a:\n  - {b: c, b: d}\n")
@example('a: "b\n')
def test_both_ways_read_the_same(text):
    short = read(lambda t: yaml_text.load_mapping(t, source="t.yaml"), text)
    long = read(lambda t: yaml_text._loaded(t, "t.yaml"), text)
    assert short == long


def test_what_wam_writes_goes_the_short_way():
    assert plain_fields(format_ticket(ticket_for(after=()))) is not None


@pytest.mark.parametrize(
    "text", ["", "a:\n", "a: b # c", "# c\na: b", "a: 'b'", "a: b\r\n", "a: b\n\nc: d", "a: [b]"]
)
def test_what_is_not_plain_is_left_to_the_library(text):
    assert plain_fields(text) is None
