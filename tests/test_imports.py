"""The layers hold (contracts in pyproject.toml), and each contract notices when it is broken."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
CONTRACTS = tomllib.loads(PYPROJECT)["tool"]["importlinter"]["contracts"]
PACKAGES = ("spool_layout", "wamspool", "node_service", "client_tools")

# contract, file, and the import that must not be there
BROKEN = [
    ("layers", "spool_layout/ticket.py", "import wamspool.clock"),
    ("layers", "wamspool/claim.py", "from node_service import app"),
    ("layers", "client_tools/app.py", "import node_service.app"),
    ("layers", "node_service/app.py", "from client_tools import app"),
    ("pure-ground", "spool_layout/ticket.py", "import os"),
    ("share-access", "wamspool/claim.py", "import smbclient"),
    ("share-access", "node_service/staging.py", "from fcntl import flock"),
    ("processes", "client_tools/app.py", "import subprocess"),
    ("processes", "node_service/decide.py", "import signal"),
    ("processes", "node_service/app.py", "import ctypes"),
    ("terminal", "node_service/app.py", "import rich.table"),
    ("terminal", "wamspool/claim.py", "from typer import echo"),
    ("clock-and-chance", "wamspool/lease.py", "from time import monotonic"),
    ("clock-and-chance", "wamspool/clock.py", "import random"),
    ("clock-and-chance", "client_tools/app.py", "import socket"),
    ("mail", "node_service/act.py", "import smtplib"),
    ("mail", "client_tools/app.py", "from email.message import EmailMessage"),
]

ALLOWED = {
    "client_tools/app.py": "import typer, rich.table, wamspool.claim, spool_layout.ticket",
    "client_tools/wiring.py": "import socket, secrets",
    "node_service/app.py": "import signal, wamspool.claim, node_service.processes.posix",
    "node_service/mail/server.py": "import smtplib, ssl, email.message",
    "node_service/processes/posix.py": "import ctypes, signal, subprocess",
    "node_service/wiring.py": "import random, socket, wamspool.clock, wamspool.shares.smb",
    "wamspool/clock.py": "import time",
    "wamspool/shares/smb.py": "import smbclient, smbprotocol.open, fcntl, msvcrt",
}


def _lint(tree: Path, files: dict[str, str], *only: str) -> subprocess.CompletedProcess[str]:
    """Runs the contracts of pyproject.toml over a small tree of the four packages.

    In a process of its own, since ours has the real packages loaded under these names.
    """
    (tree / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    for package in PACKAGES:
        (tree / package).mkdir()
        (tree / package / "__init__.py").touch()
    for name in [*ALLOWED, *files]:
        (tree / name).parent.mkdir(exist_ok=True)
        (tree / name).parent.joinpath("__init__.py").touch()
        (tree / name).touch()
    for name, text in files.items():
        (tree / name).write_text(text + "\n", encoding="utf-8")
    return _linted(tree, *only)


def _linted(tree: Path, *only: str) -> subprocess.CompletedProcess[str]:
    """In a process of its own: the linter silences all loggers that there are, and others' tests
    listen to theirs.
    """
    program = (
        "import sys; from importlinter.cli import lint_imports; "
        "sys.exit(lint_imports(limit_to_contracts=tuple(sys.argv[1:]), no_cache=True))"
    )
    command = [sys.executable, "-c", program, *only]
    return subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)


def test_every_contract_is_kept():
    run = _linted(ROOT)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize(("contract", "file", "line"), BROKEN)
def test_a_broken_contract_is_noticed(contract, file, line, tmp_path):
    extra = {"node_service/app.py": "", "wamspool/clock.py": "", "client_tools/app.py": ""}
    run = _lint(tmp_path, {**extra, file: line}, contract)
    assert run.returncode == 1
    assert "0 kept, 1 broken" in run.stdout, run.stdout + run.stderr


def test_what_the_layers_allow_passes(tmp_path):
    more = {"wamspool/claim.py": "import spool_layout.ticket", "spool_layout/ticket.py": ""}
    run = _lint(tmp_path, {**ALLOWED, **more})
    assert run.returncode == 0, run.stdout + run.stderr


def test_every_contract_has_a_line_that_breaks_it():
    assert {contract["id"] for contract in CONTRACTS} == {contract for contract, _, _ in BROKEN}
