"""The mail file of a node: what its service alone may know. It names no job and no user.

    user: wam                               # for the mail server that spool.yaml names
    password: "..."
    notify: ["json://localhost:8080/wam"]   # addresses in the manner of apprise
    notify_of: [failed, lost]

An address of a notification may hold a password too: nobody else may be able to read the file.
"""

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from spool_layout.errors import WamError
from spool_layout.fields import Fields
from spool_layout.mail_events import Told
from spool_layout.yaml_text import load_mapping

_FIELDS: Final = ("user", "password", "notify", "notify_of")
NOTIFY_MAX: Final = 20
OF: Final = frozenset({Told.FAILED, Told.LOST})


class UnsafeMailFile(WamError):
    """The node's mail file cannot be read, or others may read it."""

    exit_code = 47
    remedy = "Write the file anew, for the service's account only; see docs/administering/mail.md."


@dataclass(frozen=True, slots=True)
class MailFile:
    """What the file says; neither the password nor an address is ever shown."""

    user: str = ""
    password: str = field(default="", repr=False)
    notify: tuple[str, ...] = field(default=(), repr=False)
    notify_of: frozenset[Told] = OF


def read_mail_file(file: Path) -> MailFile:
    """What the file says. Raises UnsafeMailFile, or FormatError naming line and field."""
    try:
        with file.open("rb") as opened:
            _refuse_shown(file, os.fstat(opened.fileno()))
            text = opened.read()
    except OSError as error:
        raise UnsafeMailFile(f"{file}: {error.strerror or error}") from None
    return parse_mail_file(text, source=str(file))


def parse_mail_file(text: bytes, *, source: str) -> MailFile:
    """What the text says. Raises FormatError."""
    f = Fields(load_mapping(text, source=source))
    for name in _FIELDS:
        f.raw(name)
    f.refuse_unknown(_FIELDS)
    if not isinstance(f.raw("password") or "", str):  # 00123 would be signed in with as 123
        f.refuse("password", "is no text", cure="Put the password in quotes.")
    of = f.texts("notify_of")
    for word in of:
        if word not in set(Told):
            f.refuse("notify_of", f"'{word}' is none of {', '.join(Told)}")
    found = MailFile(
        user=f.text("user"),
        password=f.text("password"),
        notify=f.texts("notify", count_max=NOTIFY_MAX),
        notify_of=frozenset(Told(word) for word in of) or OF,
    )
    if bool(found.user) != bool(found.password):
        f.refuse("user" if found.password else "password", "is missing")
    return found


def _refuse_shown(file: Path, found: os.stat_result) -> None:
    """Where files have owners by number; elsewhere the mode says nothing."""
    if not hasattr(os, "getuid"):
        return
    if stat.S_IMODE(found.st_mode) & 0o077:
        raise UnsafeMailFile(
            f"{file} holds a password, and others may read it", cure=f"Type: chmod 600 '{file}'"
        )
