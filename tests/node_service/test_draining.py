"""Draining is noted on scratch, and read back whatever has become of the note."""

import pytest

from node_service.draining import Draining
from node_service.scratch import Scratch


@pytest.fixture
def scratch(tmp_path):
    made = Scratch(tmp_path)
    made.make()
    return made


def test_it_lasts_until_it_is_ended(scratch):
    first = Draining(scratch)
    assert (first.is_on, first.state, first.problems) == (False, "up", ())
    first.begin(by="jo", why="new disk", since="2026-11-23T08:00:00.000Z")
    second = Draining(scratch)
    assert (second.is_on, second.state) == (True, "draining")
    assert second.problems == (
        "takes no more jobs since 2026-11-23T08:00:00.000Z, asked by jo: new disk",
    )
    second.end()
    assert not Draining(scratch).is_on


@pytest.mark.parametrize("text", ["", "{", "[]", '{"by": 1}', '"x"'])
def test_a_note_that_cannot_be_read_still_holds(scratch, tmp_path, text):
    (tmp_path / "draining.json").write_text(text)
    noted = Draining(scratch)
    assert noted.is_on and noted.problems == ("takes no more jobs since ?, asked by ?",)


def test_ending_what_never_began_is_nothing(scratch):
    Draining(scratch).end()
    assert scratch.draining() is None
