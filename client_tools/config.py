"""This user's settings and notes on this machine: which spool, and what went wrong."""

import os
import sys
from pathlib import Path

SPOOL_VARIABLE = "WAM_SPOOL"
CONFIG_NAME = "config.yaml"
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
    return given or os.environ.get(SPOOL_VARIABLE) or _spool_in_settings()


def _spool_in_settings() -> str | None:
    from spool_layout.fields import Fields  # noqa: PLC0415 - most calls name the spool otherwise
    from spool_layout.yaml_text import load_mapping  # noqa: PLC0415

    file = config_file()
    try:
        text = file.read_bytes()
    except OSError:
        return None
    if not text.strip():
        return None
    settings = Fields(load_mapping(text, source=str(file)))
    spool = settings.text("spool", length_max=4096)
    settings.refuse_unknown(("spool",))
    return spool or None


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
