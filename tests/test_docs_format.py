"""The contract names every field, folder and event that the code reads or writes, and no others."""

import json
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from client_tools.commands import COMMANDS
from client_tools.documents import job_document, node_document, progress_document
from spool_layout import folders, profile, settings, ticket
from spool_layout.probe_record import ProbeRecord
from spool_layout.records import JobOnNode, JournalEntry, NodeStatus, OutcomeRecord
from spool_layout.request import Request, Verb
from wamspool.snapshot import NodeSight

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
ANNOUNCED = {
    "licences_seen",
    "no_licence",
    "tokens",
    "outside",
    "home",
    "service",
    "since",
}  # by those who know them
"""Of a status, beside its record's own fields."""
PACKAGES = ("wamspool", "node_service", "client_tools")


def _text(page: str) -> str:
    return (DOCS / page).read_text(encoding="utf-8")


def _section(page: str, heading: str) -> str:
    text = _text(page)
    match = re.search(
        rf"^(#+) {re.escape(heading)}\n(.*?)(?=^#{{1,3}} |\Z)", text, re.MULTILINE | re.DOTALL
    )
    assert match, f"{page} has no heading '{heading}'"
    return match[2]


def _first_cells(text: str) -> Iterator[list[str]]:
    """The words in code of each row's first cell, table by table."""
    table: list[str] = []
    for line in text.splitlines():
        if line.startswith("|"):
            table += re.findall(r"`([^`]+)`", line.split("|")[1])
        elif table:
            yield table
            table = []
    if table:
        yield table


def _named(page: str, heading: str) -> list[set[str]]:
    return [set(words) for words in _first_cells(_section(page, heading))]


def _of(record: type, *more: str, but: tuple[str, ...] = ()) -> set[str]:
    return {one.name for one in fields(record)} - set(but) | {"wam", *more}


def test_the_ticket():
    of_draft, of_wam = _named("spool-format.md", "Ticket")
    resources = {f"resources.{name}" for name in ticket._RESOURCES}
    assert of_draft | of_wam == {*ticket._FIELDS, "dropped"} - {"resources"} | resources


def test_the_outcome():
    (named,) = _named("spool-format.md", "Outcome")
    assert named == _of(OutcomeRecord)


def test_the_status_of_a_node():
    of_node, of_job = _named("spool-format.md", "Node status")
    assert of_node == _of(NodeStatus, *ANNOUNCED, but=("extra",))
    assert of_job == _of(JobOnNode) - {"wam"}


def test_the_request():
    text = _section("spool-format.md", "Request")
    assert next(map(set, _first_cells(text))) == _of(Request)
    assert {str(verb) for verb in Verb} <= set(re.findall(r"`([a-z]+)`", text))


def test_the_journal():
    text = _section("spool-format.md", "Journal")
    assert next(map(set, _first_cells(text))) == _of(JournalEntry) - {"wam"}
    (row,) = (line for line in text.splitlines() if line.startswith("| `event`"))
    noted = {
        name
        for package in PACKAGES
        for file in (ROOT / package).rglob("*.py")
        for name in re.findall(r'journal\.note\(\s*"(\w+)"', file.read_text(encoding="utf-8"))
    }
    assert noted <= set(re.findall(r"`(\w+)`", row))


def test_the_record_of_a_doctor():
    (named,) = _named("spool-format.md", "Doctor's record")
    assert named == _of(ProbeRecord, "verdict")


def test_the_settings():
    (named,) = _named("spool-format.md", "Settings")
    assert {name.partition(".")[0] for name in named} == set(settings._FIELDS)


def test_the_tree():
    text = _section("spool-format.md", "Tree")
    shown = set(re.findall(r"^  ([a-z]+)/", text, re.MULTILINE))
    assert shown == {*folders.ALL, folders.MAIL}


def test_the_solver_profile():
    (named,) = _named("administering/solvers.md", "Solver profiles")
    assert {name.partition(".")[0] for name in named} == set(profile._FIELDS)


def test_the_document_of_a_job():
    of_job, of_progress = _named("json.md", "A job")
    said = progress_document(JobOnNode("press-p58f6", 1, "solving"))
    assert of_job == set(job_document("press-p58f6"))
    assert of_progress == set(said)
    (shown,) = re.findall(r"^```json\n(.*?)^```", _text("json.md"), re.MULTILINE | re.DOTALL)
    example = json.loads(shown)
    assert set(example) == of_job
    assert set(example["progress"]) == of_progress


def test_the_document_of_a_node():
    (named,) = _named("json.md", "A node")
    sight = NodeSight(NodeStatus("cougar", "up"), sequence=1, age_s=0.0, silent=False)
    assert named == set(node_document(sight, {}))


@pytest.mark.parametrize("name", sorted({*COMMANDS} - {"ham"}))
def test_the_document_of_each_command(name):
    (table, *_) = _first_cells(_section("json.md", "The commands"))
    assert any(words.split()[:2] == ["wam", name] for words in table)


def test_the_log_of_a_node():
    (named,) = _named("administering/service.md", "Logs")
    logged = {
        name
        for file in (ROOT / "node_service").rglob("*.py")
        for name in re.findall(
            r'log\.(?:info|warning|error|exception)\(\s*"([^"]+)"', file.read_text(encoding="utf-8")
        )
    }
    assert len(logged) > 40
    assert logged <= named


def test_what_is_missing_is_noticed():
    assert list(_first_cells("x\n| `a` |\n|---|\n| `b`, `c` (`d`) | `e` |\n\n| `f` |\n")) == [
        ["a", "b", "c", "d"],
        ["f"],
    ]
