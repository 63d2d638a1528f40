"""A solver profile: how one solver is started, stopped and judged, as data of a site.

A ticket chooses a profile by its name and options that the profile permits; never a command.
The command is a list of arguments for the system; no shell ever reads it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from spool_layout.fields import Fields
from spool_layout.profile_check import parse_check_deck
from spool_layout.profile_fields import (
    PLACEHOLDERS,
    Group,
    arguments,
    arguments_and_groups,
    check_placeholders,
    checked_pattern,
    program_first,
    section_of,
)
from spool_layout.profile_options import Option, parse_options
from spool_layout.run_folder import RunFolder, parse_run_folder
from spool_layout.tokens import TokenRule, parse_rule
from spool_layout.units import parse_duration_s, parse_size_bytes
from spool_layout.yaml_text import load_mapping

GRACE_S: Final = 10.0
STALL_LEAST_S: Final = 10.0
MIN_FREE_SCRATCH_BYTES: Final = 64 * 1024 * 1024
OPTIONS_PLACE: Final = "{options}"
"""The argument in whose place the arguments of the chosen options stand."""

_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,31}\Z")
_SUFFIX: Final = re.compile(r"\.[A-Za-z0-9_]{1,15}\Z")
_FIELDS: Final = (
    "wam_profile name family description program command version_command environment "
    "deck_suffixes results stop suspend min_free_scratch options success progress tokens background "
    "run_folder stall check"
).split()


class Family(StrEnum):
    """How decks are read, and who judges a run and reads its progress.

    Runs of ``calculix`` and ``abaqus`` are judged by what is known of them; all others by what
    the profile says.
    """

    CALCULIX = "calculix"
    ABAQUS = "abaqus"
    COMMAND = "command"


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePattern:
    """A regular expression looked for in each line of a file of the run folder.

    ``file`` may hold ``{job}``.
    """

    file: str
    pattern: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Success:
    """What must hold for a run to be called completed (for family ``command`` only).

    ``files`` are names, with ``{job}`` and ``*``, of which each must be there and not empty.
    """

    exit_codes: tuple[int, ...] = (0,)
    must_contain: tuple[FilePattern, ...] = ()
    must_not_contain: tuple[FilePattern, ...] = ()
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One solver profile. ``program`` is None where only a node's administrator can name it.

    ``environment_unset`` and the results' patterns are globs. ``progress``: the first group of
    the last line that matches is a percentage. ``tokens`` is None where no licences are counted.
    ``background``: the program may return while processes that it started go on, and the run ends
    with the last of them. ``stop_command`` is the solver's own way to end a run, () for none; it
    has half of the grace before signals follow.
    ``suspend_command`` and ``resume_command`` are its way to have a run stand still and go on. A run that neither computes nor writes for
    ``stall_s`` is ended; None: never. ``check_deck``: the text by which a node tries the profile.
    """

    name: str
    family: Family
    description: str
    program: str | None
    command: tuple[str | Group, ...]
    version_command: tuple[str, ...] = ()
    environment_set: Mapping[str, str] = field(default_factory=dict)
    environment_unset: tuple[str, ...] = ()
    deck_suffixes: tuple[str, ...] = ()
    results_bring: tuple[str, ...] = ("*",)
    results_leave: tuple[str, ...] = ()
    stop_command: tuple[str, ...] = ()
    suspend_command: tuple[str, ...] = ()
    resume_command: tuple[str, ...] = ()
    grace_s: float = GRACE_S
    min_free_scratch_bytes: int = MIN_FREE_SCRATCH_BYTES
    options: Mapping[str, Option] = field(default_factory=dict)
    success: Success = field(default_factory=Success)
    progress: FilePattern | None = None
    tokens: TokenRule | None = None
    background: bool = False
    run_folder: RunFolder = field(default_factory=RunFolder)
    stall_s: float | None = None
    check_deck: str = ""


def parse_profile(text: str | bytes, *, source: str) -> Profile:
    """The profile that the text holds.

    Raises FormatError with line, field and cure; TooNew for one written for a newer WAM.
    """
    f = Fields(load_mapping(text, source=source))
    if f.raw("wam_profile") is None:
        f.refuse("wam_profile", "is missing", cure="Begin the profile with 'wam_profile: 1'.")
    f.version("wam_profile")
    family = _family(f)
    environment, results, stop, suspend = (section_of(f, *names) for names in _SECTIONS)
    profile = Profile(
        name=_name(f),
        family=family,
        description=f.text("description"),
        program=f.text("program") or None,
        command=_command(f),
        version_command=arguments(f, "version_command", known=("program",)),
        environment_set=_environment(environment),
        environment_unset=environment.texts("unset"),
        deck_suffixes=_suffixes(f, "deck_suffixes"),
        results_bring=results.texts("bring") or ("*",),
        results_leave=results.texts("leave"),
        stop_command=_telling(stop, "command"),
        suspend_command=_telling(suspend, "command"),
        resume_command=_telling(suspend, "resume"),
        grace_s=stop.parsed("grace", GRACE_S, parse_duration_s),
        min_free_scratch_bytes=f.parsed(
            "min_free_scratch", MIN_FREE_SCRATCH_BYTES, parse_size_bytes
        ),
        options=parse_options(f),
        success=_success(f, family),
        progress=_progress(f, family),
        tokens=None if f.raw("tokens") is None else parse_rule(f.section("tokens")),
        background=f.flag("background", default=False),
        run_folder=parse_run_folder(f),
        stall_s=_stall_s(f),
        check_deck=parse_check_deck(f),
    )
    f.refuse_unknown(_FIELDS)
    return profile


_SECTIONS: Final = (
    ("environment", ("set", "unset")),
    ("results", ("bring", "leave")),
    ("stop", ("command", "grace")),
    ("suspend", ("command", "resume")),
)


def _name(f: Fields) -> str:
    name = f.text("name")
    if not _NAME.match(name):
        f.refuse("name", f"'{name}' must begin with a-z; a-z, 0-9, '-' and '_' may follow")
    return name


def _family(f: Fields) -> Family:
    word = f.text("family")
    try:
        return Family(word)
    except ValueError:
        f.refuse("family", f"must be one of {', '.join(Family)}, not '{word}'")


def _command(f: Fields) -> tuple[str | Group, ...]:
    command = arguments_and_groups(f, "command", known=(*PLACEHOLDERS, "options"))
    program_first(f, "command", command)
    if any(OPTIONS_PLACE in "".join(one) and one != OPTIONS_PLACE for one in command):
        f.refuse("command", f"{OPTIONS_PLACE} must be an argument of its own")
    if f.raw("options") and OPTIONS_PLACE not in command:
        f.refuse("command", f'does not say where the options go: "{OPTIONS_PLACE}" is missing')
    return command


def _telling(section: Fields, name: str) -> tuple[str, ...]:
    """A command by which a run is told something."""
    command = arguments(section, name, known=PLACEHOLDERS)
    if command:
        program_first(section, name, command)
    return command


def _environment(section: Fields) -> dict[str, str]:
    texts = section.mapping_of_texts("set")
    for text in texts.values():
        check_placeholders(section, "set", text, PLACEHOLDERS)
    return texts


def _stall_s(f: Fields) -> float | None:
    stall_s: float | None = f.parsed("stall", None, parse_duration_s)
    if stall_s is not None and stall_s < STALL_LEAST_S:
        f.refuse("stall", f"must be at least {STALL_LEAST_S:.0f} s: usage is looked at rarely")
    return stall_s


def _suffixes(f: Fields, name: str) -> tuple[str, ...]:
    suffixes = f.texts(name)
    for suffix in suffixes:
        if not _SUFFIX.match(suffix):
            f.refuse(name, f"'{suffix}' is not a suffix such as '.inp'")
    return suffixes


def _success(f: Fields, family: Family) -> Success:
    if f.raw("success") is None:
        return Success()
    _refuse_where_known(f, "success", family)
    section = section_of(f, "success", ("exit_codes", "must_contain", "must_not_contain", "files"))
    return Success(
        exit_codes=_exit_codes(section),
        must_contain=_file_patterns(section, "must_contain"),
        must_not_contain=_file_patterns(section, "must_not_contain"),
        files=section.texts("files"),
    )


def _exit_codes(f: Fields) -> tuple[int, ...]:
    codes = f.texts("exit_codes") or ("0",)
    if not all(code.isdigit() for code in codes):
        f.refuse("exit_codes", "must be whole numbers")
    return tuple(int(code) for code in codes)


def _file_patterns(f: Fields, name: str) -> tuple[FilePattern, ...]:
    section = f.section(name)
    found: list[FilePattern] = []
    for file in section.names():
        check_placeholders(section, file, file, ("job",))
        value: Any = section.raw(file)
        patterns = value if isinstance(value, list) else [value]
        if not patterns or not all(isinstance(pattern, str) for pattern in patterns):
            section.refuse(file, "must be a regular expression, or a list of them")
        found += [
            FilePattern(file=file, pattern=checked_pattern(section, file, pattern))
            for pattern in patterns
        ]
    return tuple(found)


def _progress(f: Fields, family: Family) -> FilePattern | None:
    if f.raw("progress") is None:
        return None
    _refuse_where_known(f, "progress", family)
    section = section_of(f, "progress", ("file", "pattern"))
    reader = FilePattern(
        file=section.text("file"),
        pattern=checked_pattern(section, "pattern", section.text("pattern")),
    )
    check_placeholders(section, "file", reader.file, ("job",))
    if not reader.file or re.compile(reader.pattern).groups < 1:
        f.refuse("progress", "needs a 'file' and a 'pattern' with the percentage in brackets")
    return reader


def _refuse_where_known(f: Fields, name: str, family: Family) -> None:
    if family is not Family.COMMAND:
        f.refuse(
            name,
            f"is not for family {family}, whose runs are judged by what is known of it",
            cure=f"Remove '{name}', or choose 'family: command'.",
        )
