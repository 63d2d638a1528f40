"""The only place of the client that knows the real clock, the user and the machine."""

# ruff: noqa: PLC0415 - each of these modules brings a dozen others along, and few commands need it

import os
import re
from collections.abc import Mapping

from wamspool.clock import Clock, SystemClock


def system_clock() -> Clock:
    """The clock that commands go by; tests put their own in its place."""
    return SystemClock()


def environment() -> Mapping[str, str]:
    """The variables that this was started with: there a server's name and password may be."""
    return os.environ


def user_name() -> str:
    """The account that runs this, as the system calls it; for people to read."""
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # an account without a name, as in containers
        return "unknown"


def host_name() -> str:
    """The first part of this machine's name."""
    import socket

    return socket.gethostname().partition(".")[0] or "host"


def journal_writer() -> str:
    """The name of this user's journal: one writer a file."""
    words = (re.sub(r"[^a-z0-9]+", "-", w.lower()).strip("-") for w in (user_name(), host_name()))
    return "-".join(["user", *(word[:40] or "x" for word in words)])


def version() -> str:
    """The version of this WAM."""
    from importlib import metadata

    return metadata.version("wamspool")
