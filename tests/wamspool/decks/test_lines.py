"""Lines are the same wherever the pieces of a file end, and endless ones are cut."""

from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wamspool.decks.lines import LINE_BYTES, DeckLines


def starred(pieces):
    lines = DeckLines(pieces)
    return list(iter(lines.starred, None))


def test_only_lines_that_begin_with_a_star_are_given_out():
    text = b"*NODE\n1,0,0\n \t*STEP\n2,*,3\n\n** note\n"
    assert starred([text]) == [(1, b"*NODE"), (3, b" \t*STEP"), (6, b"** note")]


def test_following_is_the_very_next_line():
    lines = DeckLines([b"*STATIC\n.1, 2.\n3\n*END STEP"])
    assert lines.starred() == (1, b"*STATIC")
    assert lines.following() == (2, b".1, 2.")
    assert lines.starred() == (4, b"*END STEP")
    assert lines.starred() is None
    assert lines.following() is None


def test_a_line_put_back_is_the_next_one_again():
    lines = DeckLines([b"*A\n1\n*B\n"])
    lines.starred()
    line = lines.following()
    lines.put_back(line)
    assert lines.following() == line
    lines.put_back(line)
    assert lines.starred() == (3, b"*B")


def test_the_last_byte_is_known_at_the_end():
    lines = DeckLines([b"*A\n", b"", b"\0\0"])
    assert starred([]) == []
    while lines.starred():
        pass
    assert lines.last_byte == b"\0"


@pytest.mark.parametrize("piece", [1000, 1 << 18, 1 << 20])
def test_endless_lines_are_cut_and_passed_over(piece):
    text = b"*" + b"x" * 3 * LINE_BYTES + b"\n" + b"1" * 3 * LINE_BYTES + b"\n" + b"*STEP\n"
    got = starred([text[at : at + piece] for at in range(0, len(text), piece)])
    assert [line.number for line in got] == [1, 3]
    assert len(got[0].text) == LINE_BYTES
    assert got[1].text == b"*STEP"


@given(
    st.lists(st.sampled_from([b"*A", b" *B", b"1,2", b"\n", b"\n\n", b" ", b"x*", b"\r\n"])),
    st.integers(1, 5),
)
def test_where_pieces_end_makes_no_difference(parts, size):
    text = b"".join(parts)
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    every = text.split(b"\n")[: text.count(b"\n") + (not text.endswith(b"\n") and bool(text))]
    with mock.patch("wamspool.decks.lines._FILL_BYTES", 1):
        lines = DeckLines(pieces)
        assert [line.text for line in iter(lines.following, None)] == every
        assert starred(pieces) == [
            (number, line)
            for number, line in enumerate(every, 1)
            if line.lstrip(b" \t").startswith(b"*")
        ]
