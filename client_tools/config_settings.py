"""The user's settings file: its keys, reading, and changing one line of it."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from client_tools import config
from client_tools.errors import LocalFile
from spool_layout.asked import draft_of, section_of
from spool_layout.errors import FormatError
from spool_layout.yaml_text import Section, dump
from wamspool.errors import BadInput

SPOOL: Final = "spool"
KEYS: Final = config.SETTINGS


def usual_wishes() -> Section:
    """What this user's jobs ask for when neither the deck nor the command line says otherwise.

    Raises FormatError that names the file.
    """
    said = {key: value for key, value in config.settings_now().items() if key != SPOOL}
    return _section(said, source=str(config.config_file())) if said else Section("", 0)


def refuse_unknown(key: str) -> None:
    """Raise BadInput for what is no setting."""
    if key not in KEYS:
        raise BadInput(
            f"there is no setting '{key}'" if key else "which setting?",
            cure=f"There are: {', '.join(KEYS)}.",
        )


def check(key: str, value: str) -> str:
    """The value, if the key can have it. Raises BadInput."""
    refuse_unknown(key)
    value = value.strip()
    if not value:
        raise BadInput(f"{key} needs a value", cure=f"To do without one: wam config unset {key}")
    if key != SPOOL:
        try:
            _section({key: value}, source="")
        except FormatError as error:
            problem = error.problem.partition(": ")[2] or error.problem
            raise BadInput(f"{key}: {problem}", cure=error.cure) from None
        if key == "walltime" and value.replace(".", "", 1).isdigit():
            raise BadInput(
                f"walltime: '{value}' has no unit", cure=f"Write {value}h or {value}min."
            )
    return value


def _section(said: Mapping[str, str], *, source: str) -> Section:
    words = [(key, value, 0) for key, value in said.items()]
    section = section_of(words, source=source)
    draft_of(section, source=source, need_input=False)
    return section


def change(key: str, value: str | None) -> None:
    """The file says so, or nothing of the key for None; its other lines stay as they are.

    A link stays one, and the file that it leads to says so. Raises LocalFile.
    """
    file = config.config_file()
    try:
        old = _read(file)
        lines = [line for line in old.splitlines() if not line.startswith(f"{key}:")]
        lines += dump({key: value}).splitlines() if value is not None else []
        kept = Path(os.path.realpath(file))  # a plain file would take the place of somebody's link
        kept.parent.mkdir(parents=True, exist_ok=True)
        # Whole or not at all: half a file would name no spool.
        part = kept.with_name(f".{kept.name}.part")
        part.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        part.replace(kept)
    except OSError as error:
        raise LocalFile(f"{file}: {error.strerror or error}") from None


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
