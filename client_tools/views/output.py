"""The one way to print: a protocol, and the choice among what fulfils it."""

# ruff: noqa: PLC0415 - of the three ways to print a call needs one

import sys
from typing import Protocol

from client_tools.views.screen import Screen, Tone


class Output(Protocol):
    """Where a command's words go."""

    @property
    def is_live(self) -> bool:
        """Whether a person watches: then a line may be written over by the next."""

    def show(self, screen: Screen) -> None:
        """The whole answer, once."""

    def line(self, text: str, tone: Tone = Tone.PLAIN) -> None:
        """One line for people, now. Programs get the answer at the end instead."""

    def warn(self, text: str) -> None:
        """One line on stderr, for people and for the logs of programs."""

    def passing(self, text: str) -> None:
        """A line on stderr that the next one replaces, where a person watches; else nothing."""


def choose_output(*, as_json: bool) -> Output:
    """JSON when it was asked for, colours and tables on a terminal, else plain columns."""
    if as_json:
        from client_tools.views.as_json import JsonOutput

        return JsonOutput()
    if sys.stdout.isatty():
        from client_tools.views.table import TerminalOutput

        return TerminalOutput()
    from client_tools.views.plain import PlainOutput

    return PlainOutput()
