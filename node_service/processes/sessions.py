"""Whether somebody sits at this machine, as far as the system tells."""

import sys
from datetime import datetime
from pathlib import Path

import psutil

IDLE_S = 900.0


def is_in_use(now: datetime) -> bool:
    """Whether a session of somebody is active: one on a terminal that was used within fifteen
    minutes, or one without a terminal of its own (a desktop), of which that cannot be told.

    On Windows every session counts that is logged in. Nobody is seen where the system keeps no
    list of sessions, as in most containers.
    """
    return any(_is_active(session.terminal, now) for session in psutil.users())


def _is_active(terminal: str | None, now: datetime) -> bool:
    if sys.platform == "win32" or not terminal or not terminal.startswith("pts/"):
        return True
    try:
        used_s = Path("/dev", terminal).stat().st_atime
    except OSError:  # the session has ended, and its entry was left behind
        return False
    return now.timestamp() - used_s < IDLE_S
