"""What each command loads: half of what ``wam`` takes is the reading of modules."""

import subprocess
import sys
from pathlib import Path

import pytest

from client_tools import commands
from client_tools.commands import COMMANDS

HEAVY = {
    "asyncio", "concurrent.futures", "filelock", "http", "importlib.metadata", "multiprocessing",
    "pydantic", "rich", "smbprotocol", "spnego", "tempfile", "watchdog",
}  # fmt: skip
NOT_FOR_HELP = HEAVY | {"dataclasses", "hashlib", "json", "wamspool", "yaml"}
NOT_FOR_LOOKING = HEAVY | {"fractions", "wamspool.decks", "wamspool.submit"}
_LOADED = """
import sys
from client_tools.app import main
code = main(sys.argv[1:])
print(*sorted(sys.modules), file=sys.stderr)
sys.exit(code)
"""


def loaded(*words: object) -> set[str]:
    """The modules that are there when the call has ended, in a process of its own."""
    command = [sys.executable, "-c", _LOADED, *map(str, words)]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert run.returncode == 0, run.stderr[-2000:]
    return set(run.stderr.splitlines()[-1].split())


def test_each_file_is_a_command_of_the_table_or_serves_several():
    files = {path.stem for path in Path(commands.__file__).parent.glob("*.py")}
    shared = {"__init__", "examples", "options", "ticket_options"}
    assert files - shared == {name.replace("-", "_") for name in COMMANDS}


def test_the_help_loads_nothing_of_a_spool():
    assert not loaded("--help") & NOT_FOR_HELP


def test_no_command_loads_what_is_heavy_before_it_runs():
    code = """
import sys
from client_tools.commands import COMMANDS, load
before = set(sys.modules)
for name in COMMANDS:
    load(name)
    print(name, *sorted(set(sys.modules) - before))
    before = set(sys.modules)
"""
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert not run.stderr
    said = [line.split() for line in run.stdout.splitlines()]
    assert len(said) == len(COMMANDS)
    allowed = {"concurrent.futures", "http", "tempfile"}  # what the demo and the doctor start
    assert not {name: found for name, *new in said if (found := set(new) & (HEAVY - allowed))}


@pytest.mark.parametrize("words", [("status",), ("queue",)], ids=" ".join)
def test_looking_at_a_spool_loads_little(spool, made, words):
    made.node(spool)
    made.job(spool, "bracket-aaaaa")
    assert not loaded(*words) & NOT_FOR_LOOKING


def test_a_ticket_loads_little(spool, made, deck):
    made.node(spool)
    assert not loaded("ticket", deck) & (HEAVY | {"fractions"})
