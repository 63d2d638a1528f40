"""Names in a deck are replaced, and every other byte stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wamspool.decks.errors import NotOnThisLine
from wamspool.decks.rewrite import redirect

DECK = b'*HEADING\r\n*INCLUDE, INPUT=/lib/m.inc \r\n1,2\n*INCLUDE, INPUT="C:\\x\\n.inc"'
CHANGES = {2: ("/lib/m.inc", "m.inc"), 4: ("C:\\x\\n.inc", "n.inc")}
CHANGED = b'*HEADING\r\n*INCLUDE, INPUT=m.inc \r\n1,2\n*INCLUDE, INPUT="n.inc"'


@pytest.mark.parametrize("piece", [1, 2, 7, 1000])
def test_names_change_and_nothing_else(piece):
    pieces = [DECK[at : at + piece] for at in range(0, len(DECK), piece)]
    assert b"".join(redirect(pieces, changes=CHANGES)) == CHANGED


def test_the_name_behind_the_equals_sign_is_the_one_replaced():
    text = b"*INCLUDE, INPUT=INPUT\n"
    assert b"".join(redirect([text], changes={1: ("INPUT", "x")})) == b"*INCLUDE, INPUT=x\n"


def test_a_latin1_name_is_found():
    text = "*INCLUDE, INPUT=/x/Größe\n".encode("latin-1")
    assert b"".join(redirect([text], changes={1: ("/x/Größe", "g")})) == b"*INCLUDE, INPUT=g\n"


@pytest.mark.parametrize("line", [1, 3, 5, 9])
def test_a_path_that_is_not_there_is_an_error(line):
    with pytest.raises(NotOnThisLine, match=f":{line}: "):
        list(redirect([DECK], changes={line: ("/lib/m.inc", "m.inc")}))


@given(st.lists(st.binary(max_size=20)))
def test_without_changes_every_byte_stays(pieces):
    assert b"".join(redirect(pieces, changes={})) == b"".join(pieces)
