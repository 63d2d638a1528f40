"""The pages tell the truth as far as a machine can see: links, YAML, and what is generated."""

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from client_tools.error_table import error_classes, error_page, meaning
from spool_layout.errors import WamError
from spool_layout.yaml_text import load_mapping

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted(
    page
    for page in ROOT.rglob("*.md")
    if not any(part.startswith(".") for part in page.relative_to(ROOT).parts)
)
DECIDED_ELSEWHERE = {0, 1, 2}  # done, Python's own traceback, and a command line not understood

FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(
    r"\[[^\]]*\]\(([^()\s]+(?:\([^()\s]*\))?)(?:\s+\"[^\"]*\")?\)"  # [text](target "title")
    r"|^\[[^\]]+\]:\s+(\S+)",  # [name]: target
    re.MULTILINE,
)
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*$", re.MULTILINE)


def _text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def _prose(text: str) -> str:
    """The page without its code, in which brackets mean something else."""
    return re.sub(r"`[^`\n]*`", "`code`", FENCE.sub("", text))


def _anchors(text: str) -> set[str]:
    """What a page's headings are called in links, by GitHub's rule for them."""
    plain = (
        re.sub(r"[`*]|\]\([^)]*\)|\[", "", found) for found in HEADING.findall(FENCE.sub("", text))
    )
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in plain}


def _broken_links(page: Path) -> Iterator[str]:
    for inline, reference in LINK.findall(_prose(_text(page))):
        target = inline or reference
        if re.match(r"[a-z][a-z0-9+.-]*:", target):
            continue  # another site: not ours to promise, and tests use no network
        name, _, anchor = unquote(target).partition("#")
        there = page.parent / name if name else page
        if not there.exists():
            yield f"{page.name}: {target}: no such file"
        elif anchor and there.suffix == ".md" and anchor not in _anchors(_text(there)):
            yield f"{page.name}: {target}: no such heading"


def _yaml_blocks(text: str) -> list[str]:
    return [block for language, block in FENCE.findall(text) if language in {"yaml", "yml"}]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    assert not list(_broken_links(page))


def _linked(page: Path) -> set[Path]:
    targets = (a or b for a, b in LINK.findall(_prose(_text(page))))
    names = (unquote(one).partition("#")[0] for one in targets)
    there = {(page.parent / name).resolve() for name in names if name and ":" not in name}
    return there | {one for folder in there if folder.is_dir() for one in folder.glob("*.md")}


def test_every_page_is_found_from_the_first_one():
    found, left = set(), {ROOT / "README.md"}
    while left:
        found |= left
        left = {one for page in left for one in _linked(page) if one.suffix == ".md"} - found
    assert not set(PAGES) - found


def test_the_modules_that_architecture_names_are_there():
    section = _text(ROOT / "docs/architecture.md").partition("## Modules")[2].partition("\n## ")[0]
    layer, gone, named = "", [], 0
    for row in re.findall(r"^\|([^|]*)\|([^|]*)\|", section, re.MULTILINE):
        layer = "".join(re.findall(r"`(\w+)`", row[0])) or layer
        for name in re.findall(r"`([\w/*]+)`", row[1]):
            named += 1
            pattern = name if name.endswith("/") else f"{name}.py"
            if not list((ROOT / layer).glob(pattern)):
                gone.append(f"{layer}/{name}")
    assert named > 150
    assert not gone


def test_a_version_has_one_list_of_changes():
    """Two people who add a line to a list that a third has rewritten bring back the old one."""
    text = _text(ROOT / "CHANGELOG.md")
    versions = re.findall(r"^## \[([^\]]+)\]", text, re.MULTILINE)
    entries = re.findall(r"^- (.{30})", text, re.MULTILINE)
    assert len(entries) > 40
    assert len(set(versions)) == len(versions)
    assert [one for one, times in Counter(entries).items() if times > 1] == []


def test_a_broken_link_is_noticed(tmp_path):
    (tmp_path / "there.md").write_text("# One `two` heading\n")
    page = tmp_path / "page.md"
    page.write_text(
        "[a](there.md) [b](there.md#one-two-heading) [c](https://x.org/y) `[d](code.md)`\n"
        "[e](gone.md) [f](there.md#gone)\n\n[g]: lost.md\n"
    )
    assert [line.split(": ")[1] for line in _broken_links(page)] == [
        "gone.md",
        "there.md#gone",
        "lost.md",
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_yaml_in_a_page_can_be_read(page):
    """By WAM's own reader: a page must not show what WAM would refuse."""
    for block in _yaml_blocks(_text(page)):
        load_mapping(block, source=str(page))


def test_yaml_that_cannot_be_read_is_noticed():
    (block,) = _yaml_blocks("text\n\n```yaml\na: 1\na: 2\n```\n")
    with pytest.raises(WamError):
        load_mapping(block, source="page")


def test_an_exit_code_means_one_thing():
    codes = Counter(kind.exit_code for kind in error_classes())
    shared = [
        f"{kind.exit_code} {kind.__module__}.{kind.__name__}"
        for kind in error_classes()
        if codes[kind.exit_code] > 1
    ]
    assert not shared
    assert not DECIDED_ELSEWHERE & set(codes)
    assert all(0 < code < 126 for code in codes), "126 and above are the shell's own"


@pytest.mark.parametrize("kind", error_classes(), ids=lambda kind: kind.__name__)
def test_an_error_says_what_it_means_and_what_to_do(kind):
    assert "__doc__" in vars(kind), "inherited: say what this one means"
    assert meaning(kind)
    assert "remedy" in vars(kind), "inherited: say what helps here"
    assert kind.remedy.endswith((".", "?")), "a remedy is a sentence"


def test_the_table_knows_errors_of_every_depth():
    names = {kind.__name__ for kind in error_classes()}
    assert {"WamError", "FormatError", "TooNew"} <= names
    assert "| 5 | `TooNew` |" in error_page()


def test_errors_of_tests_and_private_ones_are_not_in_the_table():
    kind = type("OfATest", (WamError,), {"__module__": "tests.x"})
    private = type("_Private", (WamError,), {"__module__": "wamspool.x"})
    assert not {kind, private} & set(error_classes())


@pytest.mark.parametrize(
    ("page", "module"),
    [
        ("errors.md", "client_tools.error_table"),
        ("states.md", "spool_layout.states"),
        ("node-settings.md", "node_service.settings_table"),
    ],
)
def test_a_generated_page_is_fresh(page, module):
    command = [sys.executable, "-m", module]
    made = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    written = (ROOT / "docs" / page).read_bytes()
    assert made.decode().splitlines() == written.decode().splitlines(), "run `make docs`"
