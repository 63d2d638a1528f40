"""Includes that have been taken stay in ``incoming/`` for a while, for the next deck that names
them; then they go, and the dropped folders that they leave empty. What no deck has named is never
touched.
"""

from contextlib import suppress
from typing import Final

from wamspool.adopt import Adopter
from wamspool.errors import ShareError
from wamspool.incoming import Queue
from wamspool.settling import Sight, sight_of
from wamspool.spool import Spool

EMPTY_S: Final = 3600.0


class Leftovers:
    """Removes what has been used and has rested, unchanged, for the time decks wait for files."""

    def __init__(self, spool: Spool, adopter: Adopter) -> None:
        self._spool = spool
        self._adopter = adopter
        self._sights: dict[str, Sight] = {}
        self._groups: dict[str, float] = {}
        self._empty_s: dict[str, float] = {}

    def note_group(self, path: str) -> None:
        """The folder was dropped and its decks were taken: it goes when it is empty."""
        self._groups[path] = self._spool.clock.monotonic_s()

    def tidy(self, queue: Queue) -> list[str]:
        """What was removed now."""
        emptied = self._remove_forgotten(queue)
        used = self._adopter.used
        if not used and not self._groups:
            return emptied
        now_s, wait_s = self._spool.clock.monotonic_s(), self._spool.settings.include_wait_s
        busy = {folder.path for folder in queue.folders if folder.drops}
        removed = []
        for path, since_s in list(used.items()):
            if path not in self._sights:
                self._sights[path] = self._sight(path) or Sight(-1, 0, 0)
            if now_s - since_s >= wait_s and not self._is_under(path, busy):
                if self._sight(path) == self._sights[path] and self._remove(path):
                    removed.append(path)
                del used[path], self._sights[path]
        for group, since_s in list(self._groups.items()):
            if now_s - since_s >= wait_s and not self._is_under(f"{group}/", busy):
                del self._groups[group]
                self._remove_empty(group)
        return removed + emptied

    def _remove_forgotten(self, queue: Queue) -> list[str]:
        """Dropped folders in which nothing has lain for an hour are gone; the share refuses to
        remove one that is not empty.
        """
        now_s = self._spool.clock.monotonic_s()
        empty = [folder.path for folder in queue.folders if folder.is_group and not folder.names]
        self._empty_s = {path: self._empty_s.get(path, now_s) for path in empty}
        due = [path for path, since_s in self._empty_s.items() if now_s - since_s >= EMPTY_S]
        for path in due:
            self._empty_s[path] = now_s  # one that holds folders is tried again in an hour
        return [path for path in due if self._remove(path)]

    def _is_under(self, path: str, folders: set[str]) -> bool:
        return any(path.startswith(f"{folder}/") for folder in folders)

    def _sight(self, path: str) -> Sight | None:
        with suppress(ShareError):
            return sight_of(self._spool.share.examine(path))
        return None

    def _remove(self, path: str) -> bool:
        with suppress(ShareError):
            self._spool.share.remove(path)
            return True
        return False

    def _remove_empty(self, folder: str) -> None:
        with suppress(ShareError):
            for entry in self._spool.share.list(folder):
                if entry.kind == "folder":
                    self._remove_empty(f"{folder}/{entry.name}")
            self._spool.share.remove(folder)
