"""The commands of ``wam``, one file each."""

from collections.abc import Callable
from importlib import import_module
from typing import Any, Final

COMMANDS: Final[dict[str, str]] = {
    "init": "Make a spool in a folder of a shared drive.",
    "ticket": "Queue decks as jobs.",
    "batch": "Pick decks of a folder from a list, and queue them.",
    "status": "Show the nodes, what runs and what waits.",
    "queue": "List what waits, is held, or was rejected.",
    "history": "List the jobs that have ended.",
    "show": "Tell all about one job.",
    "why": "Tell why a job waits, or how it ended.",
    "watch": "Show a run's increments and how it converges.",
    "log": "Print a job's output; -f follows it.",
    "monitor": "Copy a job's status files to here; -f goes on.",
    "get": "Copy jobs' results to here.",
    "collect": "Collect the results of several jobs in one table.",
    "kill": "End jobs, whether they wait or run.",
    "hold": "Keep waiting jobs from starting.",
    "release": "Let held jobs start.",
    "requeue": "Have jobs run again from the beginning.",
    "priority": "Change a waiting job's place in the queue.",
    "tokens": "Show the licence pools, and what jobs take of them.",
    "clean": "Remove done jobs and their results.",
    "drain": "Have nodes take no more jobs.",
    "suspend": "Have running jobs stand still, until they are resumed.",
    "resume": "Have suspended jobs go on, or drained nodes take jobs again.",
    "page": "Write the status as an HTML page.",
    "doctor": "Measure what the share does; refuse one that fails.",
    "demo": "Run example jobs on two nodes of this machine.",
    "config": "Show or change your settings on this machine.",
    "setup-explorer": "Make 'Send to WAM' known to Explorer on Windows.",
    "about": "Tell the version, the licence, and where your settings are.",
    "ham": "Serve a ham.",
}


def load(name: str) -> Callable[..., Any]:
    """The function of a command of the table: it is called as its file is. Raises KeyError."""
    if name not in COMMANDS:
        raise KeyError(name)
    word = name.replace("-", "_")
    command: Callable[..., Any] = getattr(import_module(f"{__name__}.{word}"), word)
    return command
