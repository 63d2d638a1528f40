"""Calls between machines of the lab: a function's name and its arguments, a result or an error.

It trusts whoever reaches it: the network belongs to the lab alone.
"""

import threading
from collections.abc import Callable, Mapping
from multiprocessing.connection import Client, Connection, Listener
from typing import Any

from wamspool.errors import ShareError

PORT = 9000
KEY = b"mounts"
Connect = Callable[[], Connection]


def serve(functions: Mapping[str, Callable[..., Any]]) -> None:
    """Answers calls, each connection in a thread of its own; never returns."""
    with Listener(("0.0.0.0", PORT), backlog=64, authkey=KEY) as listener:
        while True:
            try:
                connection = listener.accept()
            except (OSError, EOFError):  # a caller that went away meanwhile
                continue
            threading.Thread(target=_answer, args=(connection, functions), daemon=True).start()


def _answer(connection: Connection, functions: Mapping[str, Callable[..., Any]]) -> None:
    while True:
        try:
            name, arguments, named = connection.recv()
        except (OSError, EOFError):
            return
        try:
            reply = ("returned", functions[name](*arguments, **named))
        except ShareError as error:
            problem = error.message.removeprefix(f"{error.path}: ")
            reply = ("refused", (type(error), error.path, problem, error.cure))
        except Exception as error:  # noqa: BLE001 - whatever it is, the caller wants to know
            reply = ("failed", f"{type(error).__name__}: {error}")
        connection.send(reply)


class Failed(Exception):
    """The call failed on the other machine, by no error of a share."""


class Line:
    """Calls functions of another machine; one connection a thread."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._here = threading.local()

    def call(self, name: str, *arguments: Any, **named: Any) -> Any:
        """What the function returns there. Raises its ShareError; Failed; OSError, EOFError."""
        if getattr(self._here, "connection", None) is None:
            self._here.connection = self._connect()
        try:
            self._here.connection.send((name, arguments, named))
            how, what = self._here.connection.recv()
        except (OSError, EOFError):
            self._here.connection = None
            raise
        if how == "refused":
            kind, path, problem, cure = what
            raise kind(path, problem, cure=cure)
        if how == "failed":
            raise Failed(what)
        return what


def line_to(address: str) -> Line:
    """A line to a machine of this network."""
    return Line(lambda: Client((address, PORT), authkey=KEY))
