"""Copies of texts that may still grow: what has been added since the last copy is fetched."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from client_tools.errors import WouldOverwrite
from client_tools.logs import PIECE_BYTES
from wamspool.clock import Clock
from wamspool.errors import Denied, Gone
from wamspool.open_share import make_share
from wamspool.share import Share


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A text as it is here now; ``added_bytes`` of it were not before."""

    name: str
    size_bytes: int
    added_bytes: int


@dataclass(slots=True)
class Snapshots:
    """Texts of one job in a folder of this machine.

    A file that is here and is the beginning of the text is added to. Any other is left, unless
    ``force`` is given, or this object has made it (another run of the job begins its texts anew).
    """

    share: Share
    target: Path
    clock: Clock
    force: bool = False
    _mine: set[str] = field(default_factory=set)

    def take(self, folder: str, names: Sequence[str], *, ended: bool) -> list[Snapshot]:
        """The texts are here as they are there; to their last whole line, unless they have ended.

        Those that are gone meanwhile are passed over. Raises WouldOverwrite before anything is
        changed, ShareError.
        """
        local = make_share(str(self.target), self.clock)
        starts = {name: self._start(local, folder, name) for name in names}
        if others := [name for name, start in starts.items() if start is None]:
            raise WouldOverwrite(f"{self.target} holds other files: {', '.join(others)}")
        taken = []
        for name, start in starts.items():
            with suppress(Gone):
                taken.append(self._one(local, folder, name, start or 0, ended=ended))
        return taken

    def _start(self, local: Share, folder: str, name: str) -> int | None:
        """How much of the text is here already; None where another file is in the way."""
        try:
            return self._here_already(local, f"{folder}/{name}", name)
        except Gone:
            return 0
        except Denied:  # a folder
            return None

    def _here_already(self, local: Share, path: str, name: str) -> int | None:
        at = 0
        while piece := local.read_from(name, at, most_bytes=PIECE_BYTES):
            if self.share.read_from(path, at, most_bytes=len(piece)) != piece:
                return 0 if self.force or name in self._mine else None
            at += len(piece)
        return at

    def _one(self, local: Share, folder: str, name: str, start: int, *, ended: bool) -> Snapshot:
        at, path = start, f"{folder}/{name}"
        if not start:
            local.replace(name, b"")
        self._mine.add(name)
        while piece := self.share.read_from(path, at, most_bytes=PIECE_BYTES):
            if len(piece) < PIECE_BYTES and not ended:
                piece = piece[: piece.rfind(b"\n") + 1]  # a line that is just being written waits
                if not piece:
                    break
            local.append(name, piece)
            at += len(piece)
        return Snapshot(name, at, at - start)
