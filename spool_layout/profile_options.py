"""The options of a solver profile: what a ticket may choose, and which files a choice names."""

import re
from dataclasses import dataclass
from typing import Final

from spool_layout.fields import Fields
from spool_layout.profile_fields import check_placeholders, checked_pattern, section_of

_VALUE: Final = ("value",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """What a ticket may choose: one of ``values``, or whatever ``pattern`` matches as a whole.

    ``argument`` is the solver's argument for it, with ``{value}`` in it. ``files`` are the names,
    with ``{value}``, of what lies beside the deck and travels with the job; one of them must be
    there. ``earlier_job``: the value names another job, so it must not be the name of this one.
    """

    argument: str
    values: tuple[str, ...] = ()
    pattern: str = ""
    files: tuple[str, ...] = ()
    earlier_job: bool = False

    def permits(self, value: str) -> bool:
        """Whether a ticket may choose this value."""
        return bool(re.fullmatch(self.pattern, value)) if self.pattern else value in self.values

    def files_for(self, value: str) -> tuple[str, ...]:
        """The names of the files that this choice may mean."""
        return tuple(file.replace("{value}", value) for file in self.files)


def parse_options(f: Fields) -> dict[str, Option]:
    """The options of a profile, by name. Raises FormatError."""
    section = f.section("options")
    return {name: _option(section, name) for name in section.names()}


def _option(section: Fields, name: str) -> Option:
    f = section_of(section, name, ("values", "pattern", "argument", "files", "earlier_job"))
    option = Option(
        argument=f.text("argument"),
        values=f.texts("values"),
        pattern=checked_pattern(f, "pattern", f.text("pattern")),
        files=f.texts("files"),
        earlier_job=f.flag("earlier_job", default=False),
    )
    if bool(option.values) == bool(option.pattern):
        section.refuse(name, "needs either 'values' or 'pattern'")
    if "{value}" not in option.argument:
        section.refuse(name, "needs an 'argument' with {value} in it")
    check_placeholders(f, "argument", option.argument, _VALUE)
    for file in option.files:
        check_placeholders(f, "files", file, _VALUE)
    return option
