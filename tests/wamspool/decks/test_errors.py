"""Every error about a deck has an exit code and a remedy of its own."""

import inspect

from spool_layout.errors import WamError
from wamspool.decks import errors
from wamspool.decks.errors import DeckError


def classes():
    found = [each for _, each in inspect.getmembers(errors, inspect.isclass)]
    return [each for each in found if issubclass(each, DeckError)]


def test_every_error_has_an_exit_code_and_a_remedy_of_its_own():
    codes = [each.exit_code for each in classes()]
    assert len(set(codes)) == len(codes) == 9
    assert min(codes) == 20
    assert len({each.remedy for each in classes()}) == 9


def test_a_message_begins_with_file_and_line():
    error = errors.BadInclude("no name", file="mesh/a.inc", line=7)
    assert isinstance(error, WamError)
    assert str(error) == "mesh/a.inc:7: no name"
    assert error.cure == errors.BadInclude.remedy
    assert str(errors.NotADeck("the file is empty", file="a.inp")) == "a.inp: the file is empty"
