"""Addresses of mail: plain ones alone, so that nothing of them can become another header."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spool_layout.mail import ADDRESSES_MAX, parse_addresses


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("jo@example.com", ("jo@example.com",)),
        (" jo@example.com ,ann.b+c@x-y.de,", ("jo@example.com", "ann.b+c@x-y.de")),
        ("jo@localhost, jo@localhost\n", ("jo@localhost",)),
    ],
)
def test_one_address_or_several_with_commas(text, addresses):
    assert parse_addresses(text) == addresses


@pytest.mark.parametrize(
    "text",
    [
        "",
        ",",
        "jo",
        "jo@",
        "@example.com",
        "jo@exam ple.com",
        "Jo <jo@example.com>",
        "jo@example.com\nBcc: all@example.com",
        "jo@example.com\r\nX: y",
        "jo@-x.com",
        ".jo@example.com",
        "jo..x@example.com",
        "jo@ex\u00e4mple.com",
        '"jo"@example.com',
        "jo@example.com;ann@example.com",
        "a" * 250 + "@example.com",
        ",".join(f"jo{i}@example.com" for i in range(ADDRESSES_MAX + 1)),
    ],
)
def test_anything_else_is_refused(text):
    with pytest.raises(ValueError):
        parse_addresses(text)


@given(st.text() | st.text(alphabet="ajo@.,\r\n<>:; "))
def test_whatever_is_taken_stands_on_one_line_without_a_blank(text):
    try:
        addresses = parse_addresses(text)
    except ValueError:
        return
    assert all(a.isascii() and a.isprintable() and " " not in a for a in addresses)
