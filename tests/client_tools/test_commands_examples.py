"""The examples that help ends with."""

import shlex

import pytest

from client_tools.app import LateGroup
from client_tools.commands import COMMANDS
from client_tools.commands.examples import EXAMPLES


def test_every_command_has_some():
    assert list(EXAMPLES.keys() ^ COMMANDS.keys()) == []
    assert all(EXAMPLES.values())


@pytest.mark.parametrize(
    ("name", "example"),
    [(name, example) for name, examples in EXAMPLES.items() for example in examples],
    ids=lambda text: text,
)
def test_the_parser_takes_it(name, example):
    program, command, *words = shlex.split(example.partition(" >")[0])
    assert (program, command) == ("wam", name)
    with LateGroup(name="wam").get_command(None, name).make_context(name, words):
        pass


def test_the_help_shows_each_on_a_line_of_its_own(wam):
    for name, examples in EXAMPLES.items():
        shown = wam(name, "--help").out
        assert [f"  {line}" for line in examples if f"\n    {line}\n" not in f"{shown}\n"] == []
