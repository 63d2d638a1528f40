"""Every field that a command prints as JSON is described in ``docs/json.md``, and comes as one document."""

import json
import re
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from client_tools.commands import COMMANDS
from spool_layout.names import marked_suffix
from spool_layout.probe_record import Finding, Mark
from spool_layout.states import Outcome, State
from wamspool.probe.report import probe_record, write_record

PAGE = Path(__file__).resolve().parents[2] / "docs" / "json.md"
WORD = re.compile(r"`([a-z][a-z0-9_]*)`")
KEYED_BY_NAMES = {"settings", "parameters", "taken", "figures", "traits", "expected"}
"""Objects whose keys are not the format's: names of parameters, pools, figures of a check."""
DONE = f"done-{marked_suffix('aaaaa', 'study')}"
AS = re.compile(r"\bas (?:for |in )?`wam ([a-z-]+)")
NO_DOCUMENT = {"ham", "demo"}  # the demo's own tests look at its document


def words_of(text):
    return set(WORD.findall(text))


def sections():
    """The page's text by heading; what all documents may hold is under 'shared'."""
    parts = re.split(r"^## (.+)$", PAGE.read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def described(command):
    """The words that the page says of the command's document, and of what several share."""
    found = sections()
    paragraphs = found["The commands"].strip().split("\n\n")
    text = _row(paragraphs[0], command)
    own = [text, *(_row(paragraphs[0], other) for other in AS.findall(text))]
    for paragraph, table in pairwise([*paragraphs, ""]):
        if paragraph.startswith((f"`wam {command}`", f"Its `outcome`, of `wam {command}`")):
            own += [table, *(_table(paragraphs, other) for other in AS.findall(table))]
    shared = [
        p for p in paragraphs if any(p.startswith(f"`{w}` ") for w in words_of(" ".join(own)))
    ]
    if words_of(" ".join(own)) & {"jobs", "nodes", "job"} or "a job" in text:
        own += [found["A job"], found["A node"]]
    return words_of(" ".join(own + shared))


def _row(table, command):
    rows = [r for r in table.splitlines() if re.search(rf"`wam {command}[` ]", r.split("|")[1])]
    assert rows, f"docs/json.md has no row of wam {command}"
    return " ".join(row.split("|", 2)[2] for row in rows)


def _table(paragraphs, command):
    return next(t for p, t in pairwise(paragraphs) if p.startswith(f"`wam {command}`"))


def keys_in(value):
    """All keys of objects, but for those that are names."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            is_by_pool = key == "tokens" and isinstance(inner, dict) and "tokens" not in inner
            if key not in KEYED_BY_NAMES and not is_by_pool:
                yield from keys_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys_in(inner)


@pytest.fixture
def full(spool, made, deck, monkeypatch, tmp_path):
    """A spool with something of each kind."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(deck.parent)
    said = {"percent": 40.0, "step": 1, "steps": 2, "increments": 4, "memory_used_bytes": 5,
            "started": "2026-11-23T08:17:55Z", "cores_busy": 1.5, "memory_peak_bytes": 7,
            "suspended": "2026-11-23T08:18:55Z", "suspended_why": "lunch"}  # fmt: skip
    settings = Path(spool.share.location) / "spool.yaml"
    with settings.open("a") as file:
        file.write("\npools: {lic: {tokens: 20, outside: 2}}\n")
    made.node(spool, jobs=[made.on_node("runs-bbbbb", **said)], problems=("scratch is full",))
    made.node(spool, "lynx", closes="2026-11-23T20:00:00.000Z")
    made.job(spool, "runs-bbbbb", State.RUNNING, node="cougar", generation=1, note="a")
    made.job(spool, "waits-ccccc", after=())
    made.job(spool, "held-ddddd", State.HELD)
    made.done(spool, DONE, warnings=("w",), warning_count=1, memory_peak_bytes=9)
    made.done(spool, "failed-eeeee", Outcome.FAILED)
    spool.share.create("rejected/x.inp", b"x")
    spool.share.create("rejected/x.inp.why.txt", b"Why: no card\nWhat to do: write one\n")
    spool.share.create("incoming/new.inp", b"*STEP\n")
    live = Path(spool.share.location) / "jobs/runs-bbbbb/live/g1"
    live.mkdir(parents=True)
    (live / "bracket.sta").write_text("     1  1  1  2  0.5E-02  0.5E-02  0.5E-02\n")
    (live / "solver.out").write_text("one\n")
    found = Finding("doors", Mark.OK, "One of two wins.", figures={"rounds": 2})
    write_record(spool.share, probe_record(spool.share, [found], by="user-jo-desk", version="1"))
    return spool


CALLS = {
    "init": [["init", "new"]],
    "ticket": [["ticket", "bracket.inp", "--dry-run"], ["ticket", "bracket.inp"]],
    "batch": [["batch", "--list"], ["batch", "--all"]],
    "status": [["status"]],
    "queue": [["queue"], ["queue", "--state", "rejected"]],
    "history": [["history"], ["history", "--limit", "1", "--node", "lynx"]],
    "show": [["show", "runs"], ["show", "waits"], ["show", "failed"], ["show", "runs", "waits"]],
    "why": [["why", "waits"], ["why", "held"], ["why", DONE]],
    "watch": [["watch", "runs"]],
    "log": [["log", "runs"], ["log", DONE], ["log", "waits"]],
    "monitor": [["monitor", "runs"], ["monitor", DONE]],
    "get": [["get", DONE], ["get", DONE, "failed"], ["get", "runs", "--partial"]],
    "collect": [["collect", DONE, "--take", "u=bracket.frd:(f+)"]],
    "kill": [["kill", "waits"], ["kill", "runs", "--no-wait"]],
    "hold": [["hold", "waits"], ["hold", "waits", "runs"]],
    "release": [["release", "held"]],
    "requeue": [["requeue", "runs", "--no-wait"]],
    "priority": [["priority", "waits", "high"], ["priority", "waits", "runs", "2"]],
    "tokens": [["tokens"], ["tokens", "--cpus", "4"]],
    "clean": [["clean", DONE, "--dry-run"], ["clean", DONE, "--yes"]],
    "drain": [["drain", "cougar", "--no-wait"]],
    "suspend": [["suspend", "runs", "--no-wait"]],
    "resume": [["resume", "runs", "--no-wait"], ["resume", "lynx", "--no-wait"]],
    "doctor": [["doctor", "--last"]],
    "page": [["page"]],
    "config": [["config"]],
    "setup-explorer": [["setup-explorer", "--dry-run"]],
    "about": [["about"]],
}


def test_every_command_is_called():
    assert CALLS.keys() ^ COMMANDS.keys() == NO_DOCUMENT


@pytest.mark.parametrize("command", CALLS)
def test_its_document_is_as_described(command, full, wam):
    seen = set()
    for call in CALLS[command]:
        run = wam(*call, "--json")
        assert run.code in {0, 1}, run.err
        document = json.loads(run.out)
        assert run.out.isascii()
        assert document.pop("wam") == 1
        seen |= set(keys_in(document))
    assert seen
    assert seen - described(command) == set()


def test_what_a_row_says_is_there(full, wam):
    """The other way round, for those whose fields are all in their row."""
    for command in ("status", "queue", "collect", "setup-explorer", "about", "config", "page"):
        row = next(r for r in sections()["The commands"].splitlines() if f"`wam {command}`" in r)
        words = words_of(re.sub(r"\([^)]*\)", "", row.split("|")[2])) - {"rejected"}
        seen = {
            key for call in CALLS[command] for key in keys_in(json.loads(wam(*call, "--json").out))
        }
        assert words - seen == set(), command


def test_times_are_of_one_kind(full, wam):
    jobs = json.loads(wam("status", "--json").out)["jobs"]
    times = [job[key] for job in jobs for key in ("submitted", "started") if job[key]]
    assert len(times) >= 4
    for time in times:
        assert datetime.fromisoformat(time).tzinfo == UTC
