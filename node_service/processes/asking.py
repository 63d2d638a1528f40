"""Asking a program for its version: a short run whose output is read."""

import subprocess
from typing import Final

LIMIT_S: Final = 10.0
LENGTH_MAX: Final = 200


def first_line_said(command: tuple[str, ...]) -> str:
    """The first line that the program prints and that is not blank; '' when there is none.

    A program that cannot be started, or takes longer than ten seconds, has said nothing: that
    a version is unknown stops no job.
    """
    try:
        ended = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=LIMIT_S,
            check=False,
        )
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return ""
    lines = (line.strip() for line in ended.stdout.decode("utf-8", "replace").splitlines())
    return next((line[:LENGTH_MAX] for line in lines if line), "")
