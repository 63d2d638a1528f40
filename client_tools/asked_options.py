"""What the options of ``wam ticket`` ask for, as the strongest section of a job's settings."""

from collections.abc import Sequence
from dataclasses import dataclass

import typer

from spool_layout.asked import RESOURCE_WORDS, draft_of, section_of
from spool_layout.errors import FormatError
from spool_layout.yaml_text import Section


@dataclass(frozen=True, slots=True)
class Asked:
    """The options as they were typed; None or empty where one was not."""

    priority: str | None = None
    cpus: str | None = None
    gpus: str | None = None
    memory: str | None = None
    walltime: str | None = None
    scratch: str | None = None
    tokens: str | None = None
    nodes: Sequence[str] = ()
    tags: Sequence[str] = ()
    solver: str | None = None
    name: str | None = None
    note: str | None = None
    batch: str | None = None
    email: str | None = None
    after: Sequence[str] = ()
    hold: bool = False
    retries: str | None = None
    options: Sequence[str] = ()


def section_asked(asked: Asked) -> Section:
    """The fields that were asked for, each found valid.

    Raises typer.BadParameter, which names the option. The section has no source: its fields are
    known to be good, so that what is wrong later is another's, whose file the error is to name.
    """
    section = Section("", 0)
    if asked.walltime and asked.walltime.strip().replace(".", "", 1).isdigit():
        raise typer.BadParameter(
            f"'{asked.walltime}' has no unit; write {asked.walltime}h, {asked.walltime}min or "
            f"{asked.walltime}s",
            param_hint="--walltime",
        )
    for option, words in _worded(asked).items():
        part = section_of(words, source="")
        _check(part, option)
        resources = part.pop("resources", None)
        if resources is not None:
            section.setdefault("resources", Section("", 0)).update(resources)
        section.update(part)
    for field_name, value in _texts(asked).items():
        part = Section("", 0)
        part[field_name] = value
        _check(part, {"nodes": "node", "tags": "tag"}.get(field_name, field_name))
        section.update(part)
    if asked.options:
        section["options"] = _options(asked.options)
    return section


def _worded(asked: Asked) -> dict[str, list[tuple[str, str, int]]]:
    given = {
        **{word: getattr(asked, word) for word in sorted(RESOURCE_WORDS)},
        "priority": asked.priority,
        "retries": asked.retries,
        "hold": "yes" if asked.hold else None,
    }
    return {name: [(name, str(value), 0)] for name, value in given.items() if value is not None}


def _texts(asked: Asked) -> dict[str, object]:
    # Not by way of words: a note '007' is no number.
    given: dict[str, object] = {
        "solver": asked.solver.lower() if asked.solver else None,
        "name": asked.name,
        "note": asked.note,
        "batch": asked.batch,
        "email": asked.email,
        "nodes": [node.lower() for node in asked.nodes],
        "tags": list(asked.tags),
        "after": list(asked.after),
    }
    return {name: value for name, value in given.items() if value}


def _check(part: Section, option: str) -> None:
    try:
        draft_of(part, source="", need_input=False)
    except FormatError as error:
        problem = error.problem.partition(": ")[2] or error.problem
        raise typer.BadParameter(problem, param_hint=f"--{option}") from None


def _options(words: Sequence[str]) -> Section:
    section = Section("", 0)
    for word in words:
        name, equals, value = word.partition("=")
        if not (name and equals):
            raise typer.BadParameter(f"'{word}' is not NAME=VALUE", param_hint="--option")
        if name in section:
            raise typer.BadParameter(f"'{name}' is given twice", param_hint="--option")
        section[name] = value
    return section
