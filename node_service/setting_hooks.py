"""The setting ``hooks``, as it stands in a node's file."""

import re
from pathlib import PurePosixPath, PureWindowsPath
from typing import Final, TypeVar

from node_service.hooks import LIMIT_S, Hook, OnFailure, When
from node_service.setting_kinds import Kind
from spool_layout.fields import Fields
from spool_layout.units import format_duration, parse_duration_s

HOOKS_MAX: Final = 20
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,31}\Z")
_FIELDS: Final = ("when", "command", "limit", "on_failure", "solvers")
T = TypeVar("T", When, OnFailure)
_EXAMPLE: Final = "Write: extract: {when: post, command: [/opt/site/extract], limit: 10 min}."


def _hooks(fields: Fields, name: str) -> tuple[Hook, ...]:
    section = fields.section(name)
    names = section.names()
    if len(names) > HOOKS_MAX:
        fields.refuse(name, f"has more than {HOOKS_MAX} entries")
    for one in names:
        if not _NAME.match(one):
            section.refuse(one, "is no name of a hook: a-z first, then a-z, 0-9 and '-'")
    return tuple(_hook(section.section(one), one) for one in names)


def _hook(f: Fields, name: str) -> Hook:
    when = _word(f, "when", When, None)
    on_failure = _word(f, "on_failure", OnFailure, OnFailure.FAIL)
    if when is When.POST and on_failure is OnFailure.HAND_BACK:
        f.refuse("on_failure", "must be fail or warn for a post hook: the solver has run")
    limit_s = f.parsed("limit", LIMIT_S, parse_duration_s)
    if limit_s <= 0:
        f.refuse("limit", "must be more than nothing")
    command, solvers = _command(f), f.texts("solvers")
    f.refuse_unknown(_FIELDS)
    return Hook(
        name=name, when=when, command=command, limit_s=limit_s, on_failure=on_failure,
        solvers=solvers,
    )  # fmt: skip


def _word(f: Fields, name: str, words: type[T], default: T | None) -> T:
    text = f.text(name, default or "")
    try:
        return words(text)
    except ValueError:
        f.refuse(name, f"must be one of {', '.join(words)}, not '{text}'", cure=_EXAMPLE)


def _command(f: Fields) -> tuple[str, ...]:
    value = f.raw("command")
    if not isinstance(value, list) or not value:
        f.refuse("command", "must be a list: the program, then its arguments", cure=_EXAMPLE)
    command = f.texts("command")
    if not (PurePosixPath(command[0]).is_absolute() or PureWindowsPath(command[0]).is_absolute()):
        f.refuse("command", f"must begin with a whole path, not '{command[0]}'", cure=_EXAMPLE)
    return command


def _plain(hook: Hook) -> dict[str, object]:
    return {
        "name": hook.name,
        "when": str(hook.when),
        "command": list(hook.command),
        "limit": hook.limit_s,
        "on_failure": str(hook.on_failure),
        "solvers": list(hook.solvers),
    }


def _words(hook: Hook) -> str:
    return f"{hook.name} ({hook.when}, at most {format_duration(hook.limit_s)})"


HOOKS: Final = Kind(
    "a mapping of names to hooks",
    _hooks,
    lambda hooks: ", ".join(_words(one) for one in hooks) or "none",
    lambda hooks: [_plain(one) for one in hooks],
)
