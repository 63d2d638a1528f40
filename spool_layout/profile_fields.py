"""Reading the parts of a solver profile: placeholders, patterns and lists of arguments."""

import re
from typing import Final

from spool_layout.fields import Fields

PLACEHOLDERS: Final = ("program", "job", "input", "run", "cpus", "gpus", "memory_mb")
PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")

Group = tuple[str, ...]
"""Arguments that are left out together where a number in them is 0: ``["gpus={gpus}"]``."""


def section_of(f: Fields, name: str, known: tuple[str, ...]) -> Fields:
    """The fields of a part; those it may have are refused here, before any is read."""
    section = f.section(name)
    for field_name in known:
        section.raw(field_name)
    section.refuse_unknown(known)
    return section


def check_placeholders(f: Fields, name: str, text: str, known: tuple[str, ...]) -> None:
    """Raise FormatError for a placeholder in the text that is not ``known``."""
    for word in PLACEHOLDER.findall(text):
        if word not in known:
            f.refuse(
                name,
                f"{{{word}}} in '{text}' stands for nothing",
                cure=f"Known are: {', '.join(f'{{{k}}}' for k in known)}.",
            )


def checked_pattern(f: Fields, name: str, pattern: str) -> str:
    """The text, if it is a regular expression. Raises FormatError."""
    try:
        re.compile(pattern)
    except re.error as error:
        f.refuse(name, f"'{pattern}' is no regular expression: {error}")
    return pattern


def arguments(f: Fields, name: str, *, known: tuple[str, ...]) -> tuple[str, ...]:
    """A list of arguments, whose placeholders are known. Raises FormatError."""
    found = arguments_and_groups(f, name, known=known, groups=False)
    return tuple(argument for argument in found if isinstance(argument, str))


def arguments_and_groups(
    f: Fields, name: str, *, known: tuple[str, ...], groups: bool = True
) -> tuple[str | Group, ...]:
    """As ``arguments``; a list in the list is a group. Raises FormatError."""
    value = f.raw(name)
    if value is None:
        return ()
    if not isinstance(value, list):
        _refuse_list(f, name)
    found: list[str | Group] = []
    for one in value:
        members = one if isinstance(one, list) and groups else [one]
        if any(isinstance(v, (dict, list)) or v is None for v in members):
            _refuse_list(f, name)
        texts = tuple(str(v) for v in members)
        for text in texts:
            check_placeholders(f, name, text, known)
        found.append(texts if isinstance(one, list) else texts[0])
    return tuple(found)


def program_first(f: Fields, name: str, command: tuple[str | Group, ...]) -> None:
    """Raise FormatError unless the command begins with the program."""
    if not command or command[0] != "{program}":
        f.refuse(
            name,
            'must begin with "{program}"',
            cure="Name the program in the field 'program'; a node may name another one.",
        )


def _refuse_list(f: Fields, name: str) -> None:
    f.refuse(name, "must be a list of arguments", cure='Write it as ["{program}", "-i", ...].')
