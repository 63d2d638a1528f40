"""Every ``wam`` and ``wam-node`` command line that a page shows is one that the programs take."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from client_tools.app import LateGroup
from client_tools.commands import COMMANDS
from node_service import app as node_app

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "examples" / "README.md",
                *(ROOT / "docs").rglob("*.md")])  # fmt: skip
CODE = re.compile(
    r"^(?:```[^`\n]*\n(?P<fence>.*?)^```)|`(?P<span>[^`\n]+)`", re.MULTILINE | re.DOTALL
)
LINE = re.compile(r"^(?:\$ |    |ExecStart=)?(?:\S*/)?(wam(?:-node)?(?: .*)?)$")
ROOT_OPTIONS = {"--help", "--version", "--install-completion", "--show-completion"}
OUTPUT = re.compile(r"^wam(?:-node)?: ")


def command_lines(text: str) -> Iterator[list[str]]:
    """The words of each command line in the page's code: fences, spans, indented blocks."""
    found = []
    for code in CODE.finditer(text):
        found += (code["fence"] or code["span"]).splitlines()
    found += [line for line in text.splitlines() if line.startswith("    wam")]
    for line in found:
        for part in re.split(r" && | \| ", line.partition("  #")[0]):
            match = LINE.match(part.rstrip())
            if match and not OUTPUT.match(match[1]):
                yield shlex.split(match[1])


def problem_of(words: list[str]) -> str | None:
    """Why the program would not take the words, or None."""
    program, *rest = words
    if not rest or rest[0].startswith("-"):
        return None if not rest or rest[0] in ROOT_OPTIONS else f"no option {rest[0]}"
    name, *arguments = rest
    known = _options(program, name)
    if known is None:
        return f"{program} has no command '{name}'"
    for word in arguments:
        option = word.partition("=")[0]
        if option.startswith("-") and option not in known | {"--help", "-"}:
            return f"{program} {name} has no option {option}"
    return None


def _options(program: str, name: str) -> set[str] | None:
    if program == "wam":
        if name not in COMMANDS:
            return None
        command = LateGroup(name="wam").get_command(None, name)
        return {option for parameter in command.params for option in parameter.opts}
    parser = _below(node_app._parser()).get(name)
    if parser is None:
        return None
    return {o for one in (parser, *_below(parser).values()) for o in one._option_string_actions}


def _below(parser):
    if parser._subparsers is None:
        return {}
    (subparsers,) = parser._subparsers._group_actions
    return subparsers.choices


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_command_lines_are_taken(page):
    wrong = [
        f"{shlex.join(words)}: {problem}"
        for words in command_lines(page.read_text(encoding="utf-8"))
        if (problem := problem_of(words))
    ]
    assert not wrong


def test_pages_show_command_lines():
    shown = [words for page in PAGES for words in command_lines(page.read_text(encoding="utf-8"))]
    assert {words[1] for words in shown if words[0] == "wam" and len(words) > 1} >= {*COMMANDS}
    assert any(words[:2] == ["wam-node", "run"] for words in shown)


def test_the_first_page_names_every_command():
    table = re.search(r"## What is there\n(.*?)\n## ", (ROOT / "README.md").read_text(), re.DOTALL)
    named = {tuple(words) for words in command_lines(table[1]) if len(words) > 1}
    nodes = {("wam-node", name) for name in _below(node_app._parser())}
    assert named == {("wam", name) for name in COMMANDS} | nodes


def test_a_line_that_is_not_taken_is_noticed():
    page = (
        "`wam bathc x.inp` and `wam get J --all`\n\n```sh\nwam-node run --spool S --fast  # no\n"
        "$ wam status --spool S\nwam: no job's name\nA=1 wam x\n```\n\n    wam frob\n"
    )
    problems = [problem_of(words) for words in command_lines(page)]
    assert [problem for problem in problems if problem] == [
        "wam has no command 'bathc'",
        "wam get has no option --all",
        "wam-node run has no option --fast",
        "wam has no command 'frob'",
    ]
