"""What somebody has asked of a job, and no node has done or refused yet."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from spool_layout.errors import FormatError
from spool_layout.request import RequestName
from spool_layout.ticket import format_time
from wamspool.asking import read_request
from wamspool.errors import Denied, Gone
from wamspool.find import Found
from wamspool.local_times import local_time
from wamspool.rights import shown
from wamspool.spool import Spool


@dataclass(frozen=True, slots=True)
class Pending:
    """One request: ``by`` is who has made it, as the share names him."""

    verb: str
    by: str
    why: str
    asked: datetime

    @property
    def words(self) -> str:
        """``cancel, by jo, 2026-11-23 08:30:00: wrong mesh; its node has not answered yet``."""
        why = f": {self.why}" if self.why else ""
        return f"{self.verb}, by {self.by}, {local_time(self.asked)}{why}; not answered yet"

    @property
    def document(self) -> Mapping[str, Any]:
        """The same for programs."""
        return {
            "verb": self.verb,
            "by": self.by,
            "why": self.why,
            "asked": format_time(self.asked),
        }


def pending_of(
    spool: Spool, found: Found, requests: Callable[[], Sequence[RequestName]]
) -> list[Pending]:
    """The requests for the job, the first made first; none for a job that is done.

    ``requests`` lists all that lie there; it is called for a job in flight alone. Costs two trips
    a request beside that.
    """
    if found.place is None:
        return []
    names = [name for name in requests() if name.subject == found.job]
    return sorted(filter(None, (_read(spool, name) for name in names)), key=lambda one: one.asked)


def _read(spool: Spool, name: RequestName) -> Pending | None:
    with suppress(Gone, Denied, FormatError):
        request, who = read_request(spool.share, name)
        by = shown(who, said=request.by) or "somebody"
        return Pending(str(name.verb), by, request.why, request.asked)
    return None
