"""The two small files by which Explorer and the command prompt of Windows find ``wam``."""

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from client_tools.errors import LocalFile

COMMAND_NAME: Final = "wam.cmd"
SEND_TO_NAME: Final = "Send to WAM.cmd"


@dataclass(frozen=True, slots=True)
class Written:
    """A file that is to be there, and what is in it."""

    path: Path
    text: str


def is_windows() -> bool:
    """Whether this machine has an Explorer."""
    return sys.platform == "win32"


def explorer_files(python: str, into: Path | None) -> tuple[Written, ...]:
    """``wam.cmd`` in a folder of the user's PATH, and the entry of Explorer's 'Send to' menu.

    With ``into`` both lie there instead. Nothing is written yet.
    """
    roaming, local = (Path(os.environ.get(name, "")) for name in ("APPDATA", "LOCALAPPDATA"))
    bin_folder = into or local / "Microsoft" / "WindowsApps"
    menu = into or roaming / "Microsoft" / "Windows" / "SendTo"
    program = python.replace("%", "%%")
    start = ("@echo off", "chcp 65001 >nul")
    return (
        Written(
            bin_folder / COMMAND_NAME,
            _lines((*start, f'"{program}" -m client_tools %*', "exit /b %errorlevel%")),
        ),
        Written(
            menu / SEND_TO_NAME,
            _lines((*start, f'"{program}" -m client_tools ticket %*', "pause")),
        ),
    )


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{line}\r\n" for line in lines)


def write_all(files: Iterable[Written]) -> None:
    """The files are there, in place of older ones. Raises LocalFile."""
    for file in files:
        try:
            file.path.parent.mkdir(parents=True, exist_ok=True)
            file.path.write_bytes(file.text.encode())
        except OSError as error:
            raise LocalFile(f"{file.path}: {error.strerror or error}") from None
