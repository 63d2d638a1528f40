"""Who did what: one append-only file a writer and month. For people and audits; no part of the
protocol reads it, so that a journal which cannot be written stops nobody.
"""

from collections import deque
from contextlib import suppress
from datetime import datetime

from spool_layout import folders
from spool_layout.records import JournalEntry, format_journal_entry
from spool_layout.ticket import format_time
from wamspool.errors import Exists, Gone, ShareError
from wamspool.share import Share


class Journal:
    """Gathers entries and appends them together: each append is a trip to the share."""

    def __init__(self, share: Share, writer: str) -> None:
        self._share = share
        self._writer = writer
        self._waiting: deque[tuple[str, bytes]] = deque()  # threads that stage add to it

    def note(
        self,
        event: str,
        job: str,
        *,
        generation: int = 0,
        attempt: int = 0,
        detail: str = "",
        by: str = "",
        at: datetime | None = None,
    ) -> None:
        """The entry will be written with the next ``flush``.

        ``at`` spares asking the share for its time: for what must not wait for a share that hangs.
        """
        now = at or self._share.now()
        entry = JournalEntry(
            time=format_time(now),
            event=event,
            job=job,
            by=by or self._writer,
            generation=generation,
            attempt=attempt,
            detail=detail,
        )
        self._waiting.append((folders.month(now), format_journal_entry(entry)))

    def flush(self) -> None:
        """All noted entries stand in the journal, or stay noted when the share refuses."""
        waiting = [self._waiting.popleft() for _ in range(len(self._waiting))]
        for month in sorted({month for month, _ in waiting}):
            content = b"".join(line for m, line in waiting if m == month)
            try:
                self._append(month, content)
            except ShareError:
                self._waiting.extend((m, line) for m, line in waiting if m == month)

    def _append(self, month: str, content: bytes) -> None:
        path = folders.journal(month, self._writer)
        try:
            self._share.append(path, content)
        except Gone:
            with suppress(Exists):
                self._share.make_folder(f"{folders.JOURNAL}/{month}")
            self._share.append(path, content)
