"""Copies of what people watch while a job runs, carried to the spool by what has been added."""

from contextlib import suppress

from node_service.attempt import Attempt, Phase
from node_service.node import Node
from node_service.processes.interface import SOLVER_OUT
from node_service.settings import LIVE_S
from spool_layout import folders
from wamspool.errors import Exists, Gone, ShareError

PIECE_BYTES = 256 * 1024


class LiveCopies:
    """Appends the growth of each running job's texts to ``jobs/<job>/live/g<generation>/``."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._due_s: dict[str, float] = {}

    def carry(self, attempts: list[Attempt]) -> None:
        """What has been added is on the spool, for the jobs whose turn it is.

        A job that ends within the first interval costs nothing here.
        """
        now_s = self._node.spool.clock.monotonic_s()
        solving = [a for a in attempts if a.phase is Phase.SOLVING]
        self._due_s = {a.job: self._due_s.get(a.job, now_s + LIVE_S) for a in solving}
        for attempt in solving:
            if now_s >= self._due_s[attempt.job]:
                self._due_s[attempt.job] = now_s + LIVE_S
                with suppress(ShareError):
                    self._carry(attempt)

    def _carry(self, attempt: Attempt) -> None:
        for name in (f"{attempt.stem}.sta", SOLVER_OUT):
            offset = self._offset(attempt, name)
            piece = attempt.folder.grown(name, offset, most_bytes=PIECE_BYTES)
            if piece:
                self._append(attempt, name, piece)
                attempt.live_offsets[name] = offset + len(piece)

    def _offset(self, attempt: Attempt, name: str) -> int:
        """How far the copy goes; a service started anew asks the share once."""
        if name not in attempt.live_offsets:
            path = f"{folders.live(attempt.job, attempt.generation)}/{name}"
            attempt.live_offsets[name] = 0
            with suppress(Gone):
                attempt.live_offsets[name] = self._node.spool.share.examine(path).size_bytes
        return attempt.live_offsets[name]

    def _append(self, attempt: Attempt, name: str, piece: bytes) -> None:
        share, folder = self._node.spool.share, folders.live(attempt.job, attempt.generation)
        try:
            share.append(f"{folder}/{name}", piece)
        except Gone:
            # Not the job's own folder: after a job has ended elsewhere it must not come back.
            for made in (folder.rpartition("/")[0], folder):
                with suppress(Exists):
                    share.make_folder(made)
            share.append(f"{folder}/{name}", piece)
