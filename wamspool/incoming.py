"""Reading ``incoming/``: the queue and the drops, with few listings.

A look costs one listing of ``incoming/``, and one more of the folder in it (a preset's, or one
that somebody has dropped) that has waited longest or has told of a change.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from spool_layout import folders
from spool_layout.names import TicketName
from wamspool.drops import Drop, Dropped, classify
from wamspool.errors import Denied, Gone
from wamspool.share import Entry, Kind
from wamspool.spool import Spool
from wamspool.waiting import Waiting

FOLDERS_MAX = 200
BELOW_S = 10.0


@dataclass(frozen=True, slots=True)
class DropFolder:
    """One folder below ``incoming/`` as it was listed last."""

    path: str
    presets: tuple[Mapping[str, Any], ...]
    names: frozenset[str]
    drops: tuple[Dropped, ...]
    quiet_since_s: float
    is_group: bool


@dataclass(frozen=True, slots=True)
class Queue:
    """What lies in ``incoming/``: tickets in the order of the queue, and folders with drops."""

    waiting: Collection[TicketName]
    folders: tuple[DropFolder, ...]


class Incoming:
    """Looks into ``incoming/`` again and again, remembering what it saw."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._known: dict[str, DropFolder] = {}
        self._listed_s: dict[str, float] = {}
        self._below_s = float("-inf")
        self._entries: dict[str, Kind] = {}
        self._kinds: dict[str, Drop] = {}
        self._waiting = Waiting(ageing_s=spool.settings.ageing_s)

    def changed(self, folder: str) -> None:
        """The folder is to be listed at the next look."""
        if folder in self._listed_s:
            self._listed_s[folder] = float("-inf")

    def look(self) -> Queue:
        """The queue now, and the drops as far as this look's listings go."""
        self._sort(self._spool.share.list(folders.INCOMING))
        hinted = self._listed_s.get(folders.INCOMING) == float("-inf")
        self._take(folders.INCOMING, self._kinds, presets=(), is_group=False)
        now_s = self._spool.clock.monotonic_s()
        news_below = float("-inf") in self._listed_s.values()
        # A ticket that has just been told of need not wait for a folder without news.
        if news_below or not (hinted and self._waiting) or now_s - self._below_s >= BELOW_S:
            self._below_s = now_s
            self._look_below()
        return Queue(self._waiting, tuple(self._known.values()))

    def _sort(self, entries: Collection[Entry]) -> None:
        """Tickets from drops; only what is new since the last look is looked at closely."""
        before, self._entries = self._entries, dict(entries)
        if self._entries == before:
            return
        tickets = set(self._waiting.file_names)
        for gone in before.keys() - self._entries.keys():
            tickets.discard(gone)
            self._kinds.pop(gone, None)
        for name, kind in self._entries.items():
            if before.get(name) is not kind:
                tickets.discard(name)
                drop = self._kinds[name] = classify(Entry(name, kind))
                if drop is Drop.TICKET:
                    tickets.add(name)
                    del self._kinds[name]
        if tickets != self._waiting.file_names:
            self._waiting = self._waiting.followed_by(frozenset(tickets))

    def look_everywhere(self) -> Queue:
        """As ``look``, with every folder below ``incoming/`` listed now."""
        self._listed_s = dict.fromkeys(self._listed_s, float("-inf"))
        queue = self.look()
        while float("-inf") in self._listed_s.values():
            queue = self.look()
        return queue

    def is_filling(self) -> bool:
        """Whether a folder is being dropped: it has not been listed yet, or has decks to take."""
        return any(self._is_filling(path) for path in self._known)

    def _is_filling(self, path: str) -> bool:
        known = self._known.get(path)
        if known is None or not known.is_group:
            return False
        return bool(known.drops) or self._listed_s.get(path) == float("-inf")

    def _turn(self, path: str) -> tuple[bool, bool, float]:
        """Sorts first what was never listed or told of a change, then what is being dropped."""
        listed_s = self._listed_s[path]
        return (listed_s != float("-inf"), not self._is_filling(path), listed_s)

    def _look_below(self) -> None:
        below = [path for path in self._listed_s if path != folders.INCOMING]
        if not below:
            return
        path = min(below, key=self._turn)
        known = self._known.get(path)
        if known is None:  # a hint came for a folder that went at the same moment
            self._drop(path)
            self._listed_s.pop(path, None)
            return
        try:
            entries = self._spool.share.list(path)
        except Gone:
            self._drop(path)
            return
        except Denied:  # a folder that somebody keeps for himself must not keep us from the rest
            entries = []
        kinds = {entry.name: classify(entry) for entry in entries}
        self._take(path, kinds, presets=known.presets, is_group=known.is_group)

    def _take(
        self,
        path: str,
        kinds: Mapping[str, Drop],
        *,
        presets: tuple[Mapping[str, Any], ...],
        is_group: bool,
    ) -> None:
        drops = [n for n, kind in kinds.items() if kind in {Drop.DECK, Drop.DRAFT}]
        seen = frozenset(n for n, kind in kinds.items() if kind is not Drop.TICKET)
        now_s, known = self._spool.clock.monotonic_s(), self._known.get(path)
        self._listed_s[path] = now_s
        self._known[path] = DropFolder(
            path=path,
            presets=presets,
            names=seen,
            drops=tuple(Dropped(f"{path}/{name}", presets) for name in sorted(drops)),
            quiet_since_s=known.quiet_since_s if known and known.names == seen else now_s,
            is_group=is_group,
        )
        below = {f"{path}/{n}": n for n, kind in kinds.items() if kind is Drop.FOLDER}
        for gone in [p for p in self._known if _parent(p) == path and p not in below]:
            self._drop(gone)
        for inner, name in below.items():
            self._expect(inner, name, presets=presets, is_group=is_group)

    def _expect(
        self, path: str, name: str, *, presets: tuple[Mapping[str, Any], ...], is_group: bool
    ) -> None:
        if path in self._known or len(self._known) >= FOLDERS_MAX:
            return
        preset = None if is_group else self._spool.settings.presets.get(name)
        inner = presets if preset is None else (*presets, preset)
        now_s = self._spool.clock.monotonic_s()
        group = is_group or preset is None
        self._known[path] = DropFolder(path, inner, frozenset(), (), now_s, group)
        self._listed_s[path] = float("-inf")

    def _drop(self, path: str) -> None:
        for known in [p for p in self._known if p == path or p.startswith(f"{path}/")]:
            self._known.pop(known)
            self._listed_s.pop(known, None)


def _parent(path: str) -> str:
    return path.rpartition("/")[0]
