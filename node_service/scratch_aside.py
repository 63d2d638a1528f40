"""What attempts that were fenced have left: kept for a while for people, then removed.

<scratch>/aside/<job>.g<generation>/       since when, its folder's time of change tells
"""

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from node_service.scratch import ASIDE


@dataclass(frozen=True, slots=True)
class PutAside:
    """One folder that lies aside. ``since`` is when it was put there, in seconds since 1970."""

    name: str
    since: float
    size_bytes: int


class Aside:
    """The folders that lie aside on one node's scratch."""

    def __init__(self, scratch: Path) -> None:
        self._folder = scratch / ASIDE

    def found(self) -> list[PutAside]:
        """What lies there, the oldest first; the size costs a look at each file."""
        return [PutAside(p.name, since, _size_bytes(p)) for since, p in self._by_age()]

    def remove_older(self, than: float) -> list[str]:
        """The names of those that had lain there since before then, and are gone now.

        What the system does not let go stays, and is tried again the next time.
        """
        removed = []
        for since, path in self._by_age():
            if since < than:
                shutil.rmtree(path, ignore_errors=True)
                if not os.path.lexists(path):
                    removed.append(path.name)
        return removed

    def _by_age(self) -> list[tuple[float, Path]]:
        found = []
        with suppress(OSError):
            for path in self._folder.iterdir():
                with suppress(OSError):
                    found.append((path.lstat().st_mtime, path))
        return sorted(found)


def _size_bytes(folder: Path) -> int:
    size_bytes = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                size_bytes += Path(place, name).lstat().st_size
    return size_bytes
