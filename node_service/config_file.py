"""A node's settings file, node.yaml: where it lies, what it says, what holds in the end.

What is given on the command line wins over the file, the file over what is found on the machine.
A file with any problem is refused as a whole.
"""

import difflib
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from node_service.settings import NodeSettings
from node_service.settings_table import BY_NAME, SETTINGS
from spool_layout.errors import FormatError, WamError
from spool_layout.fields import Fields
from spool_layout.units import count
from spool_layout.yaml_text import SIZE_LIMIT_BYTES, Section, load_mapping

FILE_VARIABLE: Final = "WAM_NODE_CONFIG"
FILE_NAME: Final = "node.yaml"
VERSION_NAME: Final = "wam_node"
FORMAT: Final = 1
DEFAULT: Final = "default"

Signature = tuple[int, int, int]


class SettingsRefused(WamError):
    """A node's settings file cannot be used as it is; nothing of it holds."""

    exit_code = 80
    remedy = "See every problem of it with 'wam-node config check'."


class NothingConfigured(WamError):
    """A command needs a setting that neither the command line nor a settings file says."""

    exit_code = 81
    remedy = "Name a settings file with --config, or say it on the command line."


@dataclass(frozen=True, slots=True)
class Filed:
    """What a settings file says: values by their field of NodeSettings, and each one's line."""

    source: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[FormatError, ...] = ()


@dataclass(frozen=True, slots=True)
class InForce:
    """The settings that hold, and where the one of each name comes from."""

    settings: NodeSettings
    origins: Mapping[str, str]


def read_filed(text: bytes, *, source: str) -> Filed:
    """What the text says. Raises nothing: its ``problems`` hold all that is wrong with it."""
    try:
        section = load_mapping(text, source=source) if _says_anything(text) else Section(source, 1)
    except FormatError as error:
        return Filed(source, problems=(error,))
    values: dict[str, Any] = {}
    problems: list[FormatError] = []
    for name in section:
        fields = Fields(section)
        try:
            if name == VERSION_NAME:
                fields.version(VERSION_NAME)
            elif name not in BY_NAME:
                _refuse_unknown(fields, name)
            elif section[name] is not None:
                values[BY_NAME[name].field] = BY_NAME[name].kind.read(fields, name)
        except FormatError as error:
            problems.append(error)
    return Filed(source, values, dict(section.lines), tuple(problems))


def _says_anything(text: bytes) -> bool:
    lines = (line.strip() for line in text.splitlines())
    return any(line and not line.startswith(b"#") for line in lines)


def _refuse_unknown(fields: Fields, name: str) -> None:
    near = difflib.get_close_matches(name, BY_NAME, n=1, cutoff=0.6)
    cure = f"Did you mean '{near[0]}'?" if near else f"Known are: {', '.join(sorted(BY_NAME))}."
    fields.refuse(name, "is not a setting of a node", cure=cure)


def in_force(
    given: Mapping[str, Any],
    filed: Filed,
    found: NodeSettings,
    default_scratch: Callable[[str], Path],
) -> InForce:
    """What holds. ``given`` is by field; ``found`` holds the defaults of this machine, and
    ``default_scratch`` gives the folder for a node's name. Raises SettingsRefused.
    """
    if filed.problems:
        raise _refused(filed.problems)
    values = {**filed.values, **given}
    if "scratch" not in values:
        values["scratch"] = default_scratch(values.get("name", found.name))
    origins = {}
    for setting in SETTINGS:
        if setting.field in given:
            origins[setting.name] = setting.option.flag if setting.option else "given"
        elif setting.field in filed.values:
            origins[setting.name] = f"{filed.source}:{filed.lines[setting.name]}"
        else:
            origins[setting.name] = DEFAULT
    return InForce(replace(found, **values), origins)


def _refused(problems: Iterable[FormatError]) -> SettingsRefused:
    first, *more = problems
    others = f" (and {count(len(more), 'more problem')})" if more else ""
    cure = f"{first.cure} {SettingsRefused.remedy}" if more else first.cure
    return SettingsRefused(f"{first.message}{others}", cure=cure)


def usual_places(environment: Mapping[str, str], home: Path) -> tuple[Path, ...]:
    """Where a settings file is looked for that nobody has named: this account's, the machine's."""
    own = environment.get("XDG_CONFIG_HOME") or environment.get("APPDATA")
    everybody = environment.get("PROGRAMDATA")
    return (
        (Path(own) if own else home / ".config") / "wam" / FILE_NAME,
        (Path(everybody) if everybody else Path("/etc")) / "wam" / FILE_NAME,
    )


def usual_file(environment: Mapping[str, str], home: Path) -> Path | None:
    """The file that WAM_NODE_CONFIG names, else the first of the usual ones that is there."""
    if named := environment.get(FILE_VARIABLE):
        return Path(named)
    places = usual_places(environment, home)
    return next((place for place in places if os.path.lexists(place)), None)


def read_file(path: Path) -> Filed:
    """What the file says. Raises NothingConfigured where there is none that can be read."""
    try:
        with path.open("rb") as file:
            text = file.read(SIZE_LIMIT_BYTES + 1)
    except OSError as error:
        raise NothingConfigured(
            f"the settings file {path} cannot be read: {error.strerror}",
            cure="Check the path and the rights; 'wam-node config explain' shows how to write one.",
        ) from None
    return read_filed(text, source=str(path))


def signature(path: Path) -> Signature | None:
    """What differs when somebody has written the file; None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
