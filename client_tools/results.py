"""Which files of a done job's folder are results."""

from collections.abc import Iterator
from contextlib import suppress
from fnmatch import fnmatchcase

from client_tools.views.job import ResultFile
from spool_layout import folders
from wamspool.errors import Gone
from wamspool.share import Share
from wamspool.tree import files_below

RECORDS = frozenset({folders.TICKET_FILE, folders.OUTCOME_FILE})


def results_of(share: Share, folder: str) -> list[ResultFile]:
    """The results, without inputs and without WAM's own records, in the order of their names."""
    return [
        file
        for file in _files(share, folder)
        if not file.name.startswith(f"{folders.INPUTS}/") and file.name not in RECORDS
    ]


def files_matching(share: Share, folder: str, patterns: list[str]) -> list[ResultFile]:
    """All files that fit one of the patterns, inputs and records too."""
    return [f for f in _files(share, folder) if any(_fits(f.name, p) for p in patterns)]


def inputs_of(share: Share, folder: str) -> list[ResultFile]:
    """The files that the job was given."""
    return [f for f in _files(share, folder) if f.name.startswith(f"{folders.INPUTS}/")]


def _fits(name: str, pattern: str) -> bool:
    return fnmatchcase(name, pattern) or fnmatchcase(name.rpartition("/")[2], pattern)


def _files(share: Share, folder: str) -> Iterator[ResultFile]:
    for name in files_below(share, folder):
        with suppress(Gone):
            yield ResultFile(name, share.examine(f"{folder}/{name}").size_bytes)
