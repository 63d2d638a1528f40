"""Short runs of a solver's own commands: asking its version, telling it to end."""

import subprocess
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

LIMIT_S: Final = 10.0
LENGTH_MAX: Final = 200
OUTPUT_BYTES_MAX: Final = 1 << 20


def first_line_said(command: tuple[str, ...]) -> str:
    """The first line that the program prints and that is not blank; '' when there is none.

    A program that cannot be started, or takes longer than ten seconds, has said nothing: that
    a version is unknown stops no job.
    """
    try:
        ended = _run(command, LIMIT_S)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return ""
    lines = (line.strip() for line in ended.stdout.decode("utf-8", "replace").splitlines())
    return next((line[:LENGTH_MAX] for line in lines if line), "")


@dataclass(frozen=True, slots=True)
class Said:
    """What a command printed; ``problem`` is a phrase where it did not do as it should."""

    text: str = ""
    problem: str = ""


def all_said(command: tuple[str, ...], limit_s: float) -> Said:
    """What the command prints on both streams, up to the limit of time, and a megabyte of it."""
    try:
        ended = _run(command, limit_s)
    except subprocess.TimeoutExpired:
        return Said(problem=f"{command[0]} took longer than {limit_s:g} s")
    except (OSError, ValueError) as error:
        return Said(problem=f"{command[0]} cannot be started: {error}")
    text = ended.stdout[:OUTPUT_BYTES_MAX].decode("utf-8", "replace")
    if ended.returncode:
        return Said(text, f"{command[0]} ended with {ended.returncode}")
    return Said(text)


def _run(command: tuple[str, ...], limit_s: float) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=limit_s,
        check=False,
    )


def start_unattended(
    command: tuple[str, ...], *, folder: Path, environment: Mapping[str, str], output: Path
) -> None:
    """The command runs in the folder, in a session of its own; ``output`` grows by what it says.

    It goes on when this process ends. Raises OSError, ValueError.
    """
    with output.open("ab") as said:
        child = subprocess.Popen(
            command,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
    # Whoever does not wait for a child keeps it as a zombie.
    threading.Thread(target=child.wait, daemon=True, name="told").start()
