"""The commands of ``wam``, one file each."""

# ruff: noqa: PLC0415 - a command's module is loaded when it is called for, not before

from collections.abc import Callable
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
    """The function of a command of the table."""
    match name:
        case "init":
            from client_tools.commands.init import init

            return init
        case "ticket":
            from client_tools.commands.ticket import ticket

            return ticket
        case "status":
            from client_tools.commands.status import status

            return status
        case "queue":
            from client_tools.commands.queue import queue

            return queue
        case "history":
            from client_tools.commands.history import history

            return history
        case "show":
            from client_tools.commands.show import show

            return show
        case "why":
            from client_tools.commands.why import why

            return why
        case "watch":
            from client_tools.commands.watch import watch

            return watch
        case "log":
            from client_tools.commands.log import log

            return log
        case "monitor":
            from client_tools.commands.monitor import monitor

            return monitor
        case "get":
            from client_tools.commands.get import get

            return get
        case "tokens":
            from client_tools.commands.tokens import tokens

            return tokens
    return _load_acting(name)


def _load_acting(name: str) -> Callable[..., Any]:
    """Those that change what others may see to as well."""
    match name:
        case "kill":
            from client_tools.commands.kill import kill

            return kill
        case "hold":
            from client_tools.commands.hold import hold

            return hold
        case "release":
            from client_tools.commands.release import release

            return release
        case "requeue":
            from client_tools.commands.requeue import requeue

            return requeue
        case "priority":
            from client_tools.commands.priority import priority

            return priority
        case "clean":
            from client_tools.commands.clean import clean

            return clean
        case "drain":
            from client_tools.commands.drain import drain

            return drain
        case "suspend":
            from client_tools.commands.suspend import suspend

            return suspend
        case "resume":
            from client_tools.commands.resume import resume

            return resume
    return _load_further(name)


def _load_further(name: str) -> Callable[..., Any]:
    """Those for now and then."""
    match name:
        case "batch":
            from client_tools.commands.batch import batch

            return batch
        case "config":
            from client_tools.commands.config import config

            return config
        case "setup-explorer":
            from client_tools.commands.setup_explorer import setup_explorer

            return setup_explorer
        case "collect":
            from client_tools.commands.collect import collect

            return collect
        case "about":
            from client_tools.commands.about import about

            return about
        case "ham":
            from client_tools.commands.ham import ham

            return ham
        case "page":
            from client_tools.commands.page import page

            return page
        case "doctor":
            from client_tools.commands.doctor import doctor

            return doctor
        case "demo":
            from client_tools.commands.demo import demo

            return demo
    raise KeyError(name)
