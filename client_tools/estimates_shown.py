"""Estimates as people and programs are told of them: never as more than that."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from client_tools.views.text import duration
from spool_layout.ticket import format_time
from wamspool.estimate import By, Rest, Start, rests
from wamspool.snapshot import Snapshot

UNKNOWN = "?"


def rest_words(rest: Rest | None) -> str:
    """``~12 min`` by the progress, ``<50 min`` to the end of the walltime, ``?``."""
    if rest is None:
        return UNKNOWN
    return f"{'~' if rest.by is By.PROGRESS else '<'}{duration(rest.seconds)}"


def start_words(start: Start | None) -> str:
    """``soon``, ``~12 min`` or ``?``."""
    if start is None:
        return UNKNOWN
    return f"~{duration(start.after_s)}" if start.after_s >= 1 else "soon"


def estimate_documents(snapshot: Snapshot, starts: Mapping[str, Start]) -> list[dict[str, Any]]:
    """For each job of which something can be said: when it may end, or start and where."""
    return [*_ends(snapshot), *_starts(snapshot, starts)]


def _ends(snapshot: Snapshot) -> Iterator[dict[str, Any]]:
    for job, rest in rests(snapshot).items():
        end = format_time(snapshot.taken + timedelta(seconds=rest.seconds))
        yield {"job": job, "end": end, "by": str(rest.by)}


def _starts(snapshot: Snapshot, starts: Mapping[str, Start]) -> Iterator[dict[str, Any]]:
    for job, start in starts.items():
        begin = format_time(snapshot.taken + timedelta(seconds=start.after_s))
        yield {"job": job, "start": begin, "node": start.node}
