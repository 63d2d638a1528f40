"""Shares that each break one promise, or lack one ability. All else goes to a sound share."""

import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from benchmarks.counting import VERBS
from wamspool.clock import Clock
from wamspool.errors import Denied, Exists, Gone
from wamspool.share import Entry, Settled

_LOCK = threading.Lock()


class Broken:
    """Passes everything on; derived classes break something.

    ``memory`` is what all clients of one share have in common.
    """

    def __init__(self, share: Any, clock: Clock, memory: dict[str, Any]) -> None:
        self._share = share
        self._clock = clock
        self._memory = memory

    def __getattr__(self, name: str) -> Any:
        return getattr(self._share, name)


class OpenDoor(Broken):
    """Lets a second caller through a door now and then."""

    def make_folder(self, path: str) -> None:
        try:
            self._share.make_folder(path)
        except Exists:
            with _LOCK:
                count = self._memory["doors"] = self._memory.get("doors", 0) + 1
            if count % 20 == 2:
                return
            raise


class DoorForAll(Broken):
    """Says to everybody that he has made the folder."""

    def make_folder(self, path: str) -> None:
        try:
            self._share.make_folder(path)
        except Exists:
            return


class LostReplies(Broken):
    """Now and then tells the maker of a folder that it was there already."""

    def make_folder(self, path: str) -> None:
        self._share.make_folder(path)
        if path.endswith(("/7", "/17")):
            raise Exists(path, "is there already")


class CreatesOver(Broken):
    """Creates files over those that are there."""

    def create(self, path: str, content: bytes) -> None:
        try:
            self._share.create(path, content)
        except Exists:
            self._share.replace(path, content)


class CreatesDouble(Broken):
    """Tells two who create one file at once that both did."""

    def create(self, path: str, content: bytes) -> None:
        try:
            self._share.create(path, content)
        except Exists:
            if "/first" in path:
                raise


class MovesOver(Broken):
    """Moves files over those that are there."""

    def move(self, source: str, target: str) -> None:
        try:
            self._share.move(source, target)
        except Exists:
            self._share.remove(target)
            self._share.move(source, target)


class LosesMoved(Broken):
    """Loses a file that several move."""

    def move(self, source: str, target: str) -> None:
        self._share.move(source, target)
        if "/t3-" in target:
            self._share.remove(target)


class MovesDouble(Broken):
    """Tells all who move one file that they did, as stock SMB clients do."""

    def move(self, source: str, target: str) -> None:
        try:
            self._share.move(source, target)
        except Gone:
            if "/contended/" not in source:
                raise


class LateListing(Broken):
    """Shows a new name only after a while; by the clock of whoever looks."""

    late_s = 2.5

    def list(self, folder: str) -> list[Entry]:
        now_s, seen = self._clock.monotonic_s(), self._memory.setdefault("seen", {})
        shown = []
        for entry in self._share.list(folder):
            since = seen.setdefault(f"{folder}/{entry.name}", now_s)
            if "/listing" not in folder or now_s - since >= self.late_s:
                shown.append(entry)
        return shown


class BlindListing(LateListing):
    """Never shows what another has done."""

    late_s = float("inf")


class StaleContent(Broken):
    """Goes on reading what it has read once."""

    def read(self, path: str, **options: Any) -> bytes:
        if "/content/" not in path:
            return self._share.read(path, **options)
        return self._memory.setdefault(path, self._share.read(path, **options))


class CachedLookups(Broken):
    """A name stays as it was first looked up, as on NFS; for twenty seconds."""

    def examine(self, path: str) -> Any:
        now_s, looked = self._clock.monotonic_s(), self._memory.setdefault("looked", {})
        since, found = looked.get(path, (float("-inf"), None))
        if now_s - since > 20:
            try:
                found = self._share.examine(path)
            except Gone:
                found = None
            looked[path] = (now_s, found)
        if found is None:
            raise Gone(path, "is not there")
        return found


class LockForAll(Broken):
    """Gives one lock to everybody."""

    @contextmanager
    def lock(self, path: str, *, timeout_s: float):
        yield True


class NoLock(Broken):
    """Gives nobody a lock."""

    @contextmanager
    def lock(self, path: str, *, timeout_s: float):
        yield False


class HourAhead(Broken):
    """Its clock is an hour ahead."""

    def now(self):
        return self._share.now() + timedelta(hours=1)


class FastClock(Broken):
    """Its clock goes at double speed."""

    def now(self):
        began = self._memory.setdefault("began", self._share.now())
        return began + 2 * (self._share.now() - began)


class NoOwner(Broken):
    """Does not tell who has made a file."""

    @property
    def traits(self):
        return replace(self._share.traits, has_owner=False)

    def examine(self, path: str) -> Any:
        return replace(self._share.examine(path), owner="")


class CaseBlind(Broken):
    """Takes names that differ in case for one."""

    def _true(self, path: str) -> str:
        folder, _, name = path.rpartition("/")
        try:
            there = [entry.name for entry in self._share.list(folder)]
        except Gone:
            return path
        return next((f"{folder}/{n}" for n in there if n.lower() == name.lower()), path)

    def examine(self, path: str) -> Any:
        return self._share.examine(self._true(path))

    def create(self, path: str, content: bytes) -> None:
        self._share.create(self._true(path), content)


class ShortNames(Broken):
    """Refuses names of more than 143 bytes, as an encrypting file system does."""

    def create(self, path: str, content: bytes) -> None:
        if len(path.rpartition("/")[2].encode()) > 143:
            raise Denied(path, "File name too long")
        self._share.create(path, content)


class NoNotice(Broken):
    """Cannot tell of changes."""

    def watch(self, folders: Any, changed: Any) -> None:
        return None


class OwnNoticeOnly(Broken):
    """Tells a client of its own changes alone, as a mount does."""

    def watch(self, folders: Any, changed: Any) -> Any:
        self._memory["watching"] = (self, folders, changed)
        return self

    def stop(self) -> None:
        self._memory.pop("watching", None)

    def create(self, path: str, content: bytes) -> None:
        self._share.create(path, content)
        client, folders, changed = self._memory.get("watching", (None, (), None))
        if client is self and path.rpartition("/")[0] in folders:
            changed(path.rpartition("/")[0])


class SaysClosed(Broken):
    """Takes a file for finished while it is being written."""

    def copy_in(self, source: Any, path: str, *, transform: Any = None) -> Any:
        self._share.create(f"{path}.part", b"")
        return self._share.copy_in(source, path, transform=transform)


class SeesWriters(SaysClosed):
    """Knows that a file is being written."""

    def settled(self, path: str) -> Settled:
        return Settled.WRITING if path.endswith(".part") else Settled.CLOSED


class KnowsNoWriters(Broken):
    """Knows nothing of writers."""

    def settled(self, path: str) -> Settled:
        return Settled.UNKNOWN


class AlwaysWriting(Broken):
    """Takes every file for one that is being written."""

    def settled(self, path: str) -> Settled:
        return Settled.WRITING


class LosesAppended(Broken):
    """Overwrites where it should append."""

    def append(self, path: str, content: bytes) -> None:
        self._share.append(path, b"")
        self._share.replace(path, content)


class FlipsBits(Broken):
    """Gives large files back with another content."""

    def chunks(self, path: str) -> Any:
        for piece in self._share.chunks(path):
            yield piece[:-1] + bytes([piece[-1] ^ 1])


class NearlyFull(Broken):
    """Has little room left."""

    def free_bytes(self) -> int:
        return 5 << 20


class UnknownRoom(Broken):
    """Does not tell how much room it has."""

    def free_bytes(self) -> None:
        return None


class ReadOnly(Broken):
    """Lets folders be made, and no file."""

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._share, name)
        if name not in VERBS - {"list", "examine", "read", "make_folder", "remove", "lock"}:
            return found

        def refused(path: str, *_: Any, **__: Any) -> None:
            raise Denied(path, "Permission denied")

        return refused


class ForeignFolder(Broken):
    """One folder of the spool belongs to somebody else."""

    def move(self, source: str, target: str) -> None:
        if target.startswith("running/"):
            raise Denied(target, "Permission denied")
        self._share.move(source, target)


class Slow(Broken):
    """Each removal takes a second."""

    def remove(self, path: str) -> None:
        self._clock.sleep(1.0)
        self._share.remove(path)
