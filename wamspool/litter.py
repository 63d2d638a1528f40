"""Hidden files that a writer was killed before it could name them. They are in nobody's way, but
where nodes beat every few seconds for years, those of crashes add up.
"""

from contextlib import suppress
from typing import Final

from spool_layout import folders
from wamspool.errors import ShareError
from wamspool.share import Kind
from wamspool.spool import Spool

HIDDEN: Final = ".wam-"
WATCHED: Final = (folders.INCOMING, folders.HELD, folders.NODES, folders.REQUESTS, folders.REJECTED)
# No writer takes longer for what lies in these folders: tickets, status files, reasons.
AGE_S: Final = 3600.0


class Litter:
    """Looks once an hour, and removes what it has seen an hour ago: five listings."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._seen: frozenset[str] = frozenset()
        self._looked_s = spool.clock.monotonic_s()

    def tidy(self) -> list[str]:
        """What was removed now. Raises ShareError."""
        now_s = self._spool.clock.monotonic_s()
        if now_s - self._looked_s < AGE_S:
            return []
        self._looked_s = now_s
        share = self._spool.share
        found = frozenset(
            f"{folder}/{entry.name}"
            for folder in WATCHED
            for entry in share.list(folder)
            if entry.kind is Kind.FILE and entry.name.startswith(HIDDEN)
        )
        gone = []
        for path in sorted(found & self._seen):
            with suppress(ShareError):
                share.remove(path)
                gone.append(path)
        self._seen = found
        return gone
