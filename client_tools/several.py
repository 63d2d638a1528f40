"""Several jobs or nodes in one call: each is tried, and what came of it is shown."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import typer

from client_tools.views.output import Output
from client_tools.views.screen import Line, Screen
from spool_layout.errors import WamError
from wamspool.find import Found

S = TypeVar("S")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class NotDone:
    """One of several that could not be done."""

    subject: str
    error: WamError


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a job, for programs and for people. ``asked``: its node is to do it yet."""

    document: Mapping[str, Any]
    line: Line
    asked: bool = False


def on_each(
    subjects: Mapping[str, S], act: Callable[[S], T], output: Output
) -> tuple[list[T], list[NotDone]]:
    """What came of each. An error about the only one is raised; of several, each is told of."""
    if len(subjects) == 1:
        return [act(subject) for subject in subjects.values()], []
    done: list[T] = []
    not_done: list[NotDone] = []
    for name, subject in subjects.items():
        try:
            done.append(act(subject))
        except WamError as error:
            not_done.append(NotDone(name, error))
            output.warn(f"{error.message}\n  -> {error.cure}")
    return done, not_done


def not_done_documents(not_done: Sequence[NotDone], *, key: str = "job") -> list[dict[str, str]]:
    """The same for programs."""
    return [
        {key: one.subject, "error": type(one.error).__name__, "message": one.error.message}
        for one in not_done
    ]


def act_on_jobs(
    found: Sequence[Found],
    act: Callable[[Found], Told],
    output: Output,
    *,
    tells_asked: bool = False,
) -> None:
    """Each job has been acted on, and it is shown. Exit code 1 when one of several could not be.

    ``tells_asked``: programs are told for which jobs a node has been asked, and not waited for.
    """
    told, not_done = on_each({one.job: one for one in found}, act, output)
    asked = {"asked": [one.document["job"] for one in told if one.asked]} if tells_asked else {}
    document = {
        "jobs": [one.document for one in told],
        **asked,
        "not_done": not_done_documents(not_done),
    }
    output.show(Screen(document, [one.line for one in told]))
    if not_done:
        raise typer.Exit(1)
