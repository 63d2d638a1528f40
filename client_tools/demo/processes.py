"""The demo's nodes as processes. Nothing that they started is left when the demo is over.

A node that is stopped leaves its solvers running on purpose, in sessions of their own. So that
the demo leaves nothing, the descendants of its nodes are ended too, and every process whose
environment bears the demo's mark, which children inherit. Not by the folder that a process works
in: that may be the shell of somebody who looks around in it.
"""

import os
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from client_tools.errors import DemoImpossible

POLITE_S = 10.0
ROUNDS = 5
LOG_LINES_SHOWN = 5
PROGRAM = "wam-node"
MARK = "WAM_DEMO"
"""Set in the environment of all that the demo starts, to the demo's folder."""


@dataclass(frozen=True, slots=True)
class NodeProcess:
    """A node that was started, and where its own words go."""

    name: str
    process: "subprocess.Popen[bytes]"
    log: Path


def start_node(spool: Path, name: str, folder: Path, *, cpus: int) -> NodeProcess:
    """The node has been started; its scratch and its log lie in ``folder``."""
    scratch = folder / f"scratch-{name}"
    scratch.mkdir(parents=True, exist_ok=True)
    log = folder / f"{name}.log"
    command = [*_program(), "run", "--spool", str(spool), "--name", name]
    command += ["--scratch", str(scratch), "--cpus", str(cpus)]
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 - our own program, no shell
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=marked(folder),
            # Ctrl-C in the terminal is for the demo, which ends its nodes itself, in order.
            start_new_session=True,
        )
    return NodeProcess(name, process, log)


def _program() -> list[str]:
    beside = Path(sys.executable).parent
    for name in (PROGRAM, f"{PROGRAM}.exe"):
        if (beside / name).is_file():
            return [str(beside / name)]
    return [sys.executable, "-m", "node_service"]


def check_alive(nodes: Iterable[NodeProcess]) -> None:
    """Raises DemoImpossible, with the node's last words, for a node that has ended by itself."""
    for node in nodes:
        code = node.process.poll()
        if code is not None:
            words = node.log.read_text("utf-8", "replace").splitlines()[-LOG_LINES_SHOWN:]
            raise DemoImpossible(
                f"the node {node.name} ended with exit code {code}: {' / '.join(words) or 'silent'}",
                cure=f"Its whole log is {node.log}.",
            )


def end_all(nodes: Iterable[NodeProcess], folder: Path) -> None:
    """Neither the nodes nor anything that they started is running."""
    nodes = list(nodes)
    # Noted before the nodes end: afterwards nobody knows whose children these were.
    offspring = [child for node in nodes for child in _descendants(node.process.pid)]
    for node in nodes:
        node.process.terminate()
    for node in nodes:
        try:
            node.process.wait(POLITE_S)
        except subprocess.TimeoutExpired:
            node.process.kill()
            node.process.wait()
    for _ in range(ROUNDS):
        left = [p for p in [*offspring, *_marked_processes(folder)] if _is_alive(p)]
        if not left:
            return
        for process in left:
            with suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(left, timeout=POLITE_S / ROUNDS)


def _is_alive(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def _descendants(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.Error:
        return []


def marked(folder: Path) -> dict[str, str]:
    """This process's environment with the demo's mark."""
    return {**os.environ, MARK: str(folder)}


def _marked_processes(folder: Path) -> list[psutil.Process]:
    own = os.getpid()
    return [p for p in psutil.process_iter() if p.pid != own and _is_marked(p, folder)]


def _is_marked(process: psutil.Process, folder: Path) -> bool:
    with suppress(psutil.Error, OSError):  # of another account, or gone meanwhile
        return process.environ().get(MARK) == str(folder)
    return False
