"""This user's settings and notes on this machine: which spool, and what went wrong."""

import os
import sys
from pathlib import Path

SPOOL_VARIABLE = "WAM_SPOOL"
CONFIG_NAME = "config.yaml"
SETTINGS = (
    *("spool", "email", "priority", "solver"),
    *("cpus", "memory", "scratch", "walltime", "retries"),
)
CRASH_NAME = "wam-crash.log"
CRASH_BYTES_MAX = 1 << 20


def config_file() -> Path:
    """Where the settings are kept: in ``wam`` below %APPDATA% on Windows, else ~/.config."""
    if sys.platform == "win32":
        base = os.environ.get("APPDATA")
        return (Path(base) if base else Path.home()) / "wam" / CONFIG_NAME
    base = os.environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path.home() / ".config") / "wam" / CONFIG_NAME


def state_folder() -> Path:
    """Where notes for a report of a fault are kept."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or os.environ.get("APPDATA")
        return (Path(base) if base else Path.home()) / "wam"
    base = os.environ.get("XDG_STATE_HOME")
    return (Path(base) if base else Path.home() / ".local" / "state") / "wam"


def configured_spool(given: str | None) -> str | None:
    """The spool that ``--spool``, else WAM_SPOOL, else the user's settings name, or None.

    Raises FormatError for settings that cannot be read.
    """
    return given or os.environ.get(SPOOL_VARIABLE) or settings_now().get("spool")


def settings_now() -> dict[str, str]:
    """What the user's settings say; nothing where there are none. Raises FormatError."""
    from spool_layout.fields import Fields  # noqa: PLC0415 - most calls name the spool otherwise
    from spool_layout.yaml_text import load_mapping  # noqa: PLC0415

    file = config_file()
    try:
        text = file.read_bytes()
    except OSError:
        return {}
    if not text.strip():
        return {}
    settings = Fields(load_mapping(text, source=str(file)))
    found = {known: settings.text(known, length_max=4096) for known in SETTINGS}
    settings.refuse_unknown(SETTINGS)
    if found["email"]:
        from spool_layout.mail_events import parse_recipients  # noqa: PLC0415 - few say so

        try:
            parse_recipients(found["email"])
        except ValueError as error:
            settings.refuse("email", str(error), cure="Write jo@example.com:failed, or the like.")
    return {known: value for known, value in found.items() if value}


def note_crash(details: str) -> Path | None:
    """The details stand at the end of a file, whose path is returned; None where none can be."""
    file = state_folder() / CRASH_NAME
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.exists() and file.stat().st_size > CRASH_BYTES_MAX:
            file.unlink()
        with file.open("a", encoding="utf-8", errors="backslashreplace") as log:
            log.write(details + "\n")
    except OSError:
        return None
    return file
