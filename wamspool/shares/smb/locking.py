"""A lock that is a file kept open: whoever else wants to write to it is told to wait.

Others may read it. It ends with its connection, so with its holder; a holder whose host has
vanished keeps it for hours, and a restart of the server ends it unnoticed: it is only a hint.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from wamspool.clock import Clock
from wamspool.errors import ShareError
from wamspool.shares.smb import messages as smb
from wamspool.shares.smb.handles import Handle, opened_handle
from wamspool.shares.smb.lines import Lines
from wamspool.shares.smb.messages import Access, Disposition, Option, Sharing
from wamspool.shares.smb.patience import insist


@contextmanager
def locked(lines: Lines, path: str, name: str, clock: Clock, timeout_s: float) -> Iterator[bool]:
    """Whether the lock was had within the time; it is let go at the end."""
    try:
        handle = insist(clock, lambda: _held(lines, path, name), patience_s=timeout_s)
    except ShareError:
        yield False
        return
    with handle:
        yield True


def _held(lines: Lines, path: str, name: str) -> Handle:
    opening = smb.create(
        name,
        access=Access.READ_DATA | Access.WRITE_DATA,
        sharing=Sharing.READ,
        disposition=Disposition.OPEN_IF,
        options=Option.NO_FOLDER,
    )
    return opened_handle(lines, path, opening)[0]
