"""Each YAML block of a page is tagged with what it is, and its own reader takes it."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from client_tools.config_settings import check
from node_service.config_file import read_filed
from node_service.mail.own_file import parse_mail_file
from spool_layout.errors import FormatError, WamError
from spool_layout.profile import parse_profile
from spool_layout.request import parse_request
from spool_layout.settings import parse_settings
from spool_layout.ticket import parse_draft, parse_ticket
from spool_layout.yaml_text import load_mapping

ROOT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"^ *```ya?ml *(?P<tag>[^\n]*)\n(?P<text>.*?)^ *```", re.MULTILINE | re.DOTALL)
PROFILE = """\
wam_profile: 1
name: x
family: command
command: ["{program}", "{input}"]
"""


def _spool(text: str) -> None:
    parse_settings(text if "spool_id" in text else f"wam: 1\nspool_id: x\n{text}")


def _node(text: str) -> None:
    for problem in read_filed(text.encode(), source="page").problems:
        raise problem


def _user(text: str) -> None:
    for name, value in load_mapping(text, source="page").items():
        check(name, str(value))


def _credentials(text: str) -> None:
    for server in load_mapping(text, source="page").values():
        assert {"username", "password"} <= set(server) <= {"username", "password", "domain"}


READERS: dict[str, Callable[[str], object]] = {
    "credentials": _credentials,
    "draft": lambda text: parse_draft(text, source="page"),
    "mail-file": lambda text: parse_mail_file(text.encode(), source="page"),
    "node": _node,
    "profile": lambda text: parse_profile(text, source="page"),
    "profile-part": lambda text: parse_profile(PROFILE + text, source="page"),
    "request": lambda text: parse_request(text, source="page"),
    "spool": _spool,
    "ticket": lambda text: parse_ticket(text, source="page"),
    "user": _user,
}


def blocks(text: str) -> list[tuple[str, str]]:
    """The tag and the text of each block; the indentation of a list's entry is taken away."""
    found = []
    for match in BLOCK.finditer(text):
        indent = match[0].index("`")
        lines = [line[indent:] for line in match["text"].splitlines()]
        found.append((match["tag"].strip(), "\n".join(lines) + "\n"))
    return found


ALL = [
    pytest.param(tag, text, id=f"{page.relative_to(ROOT)}-{number}-{tag}")
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
    for number, (tag, text) in enumerate(blocks(page.read_text(encoding="utf-8")), 1)
]


@pytest.mark.parametrize(("tag", "text"), ALL)
def test_a_block_is_taken_by_its_reader(tag, text):
    assert tag in READERS, "say behind ```yaml what it is"
    READERS[tag](text)


def test_every_reader_has_a_block():
    assert {block.values[0] for block in ALL} == set(READERS)


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("draft", "input: x.inp\npriorty: high\n"),
        ("mail-file", "user: wam\n"),
        ("node", "cpuz: 3\n"),
        ("profile", "wam_profile: 1\n"),
        ("profile-part", "tokens: {factor: 5}\n"),
        ("request", "verb: frob\n"),
        ("spool", "leese: 3 min\n"),
        ("ticket", "input: x.inp\n"),
        ("user", "cpuz: 3\n"),
    ],
)
def test_a_block_that_would_be_refused_is_noticed(tag, text):
    with pytest.raises((FormatError, WamError)):
        READERS[tag](text)


def test_a_block_in_a_list_is_found():
    assert blocks("1. x\n\n   ```yaml node\n   a: 1\n   ```\n") == [("node", "a: 1\n")]
