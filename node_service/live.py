"""Copies of what people watch while a job runs, carried to the spool by what has been added.

Without a watcher only the beginning of two texts is carried, so that whoever opens the folder sees
that something is under way; while somebody watches, all texts are, as they grow.
"""

from contextlib import suppress

from node_service.attempt import Attempt, Phase
from node_service.node import Node
from node_service.processes.interface import SOLVER_OUT
from node_service.settings import LIVE_S
from node_service.watchers import Watchers
from spool_layout import folders
from wamspool.errors import Exists, Gone, ShareError

PIECE_BYTES = 256 * 1024
PIECES_AT_ONCE = 16
UNWATCHED_BYTES = 64 * 1024
TEXT_MOST_BYTES = 256 << 20
WATCHED_SUFFIXES = (".msg", ".cvg", ".log", ".dat")


class LiveCopies:
    """Appends the growth of each running job's texts to ``jobs/<job>/live/g<generation>/``."""

    def __init__(self, node: Node, watchers: Watchers) -> None:
        self._node = node
        self._watchers = watchers
        self._due_s: dict[str, float] = {}

    def carry(self, attempts: list[Attempt]) -> None:
        """What has been added is on the spool, for the jobs whose turn it is.

        A job that ends within the first interval costs nothing here.
        """
        now_s = self._node.spool.clock.monotonic_s()
        solving = [a for a in attempts if a.phase is Phase.SOLVING]
        self._due_s = {a.job: self._due_s.get(a.job, now_s + LIVE_S) for a in solving}
        for attempt in solving:
            job = attempt.job
            # A thread may just be publishing it, without its live copies: none is made anew then.
            is_due = now_s >= self._due_s[job] and not attempt.busy
            if is_due or self._watchers.has_asked(job):
                self._due_s[job] = now_s + LIVE_S
                with suppress(ShareError):
                    self._carry(attempt, watched=self._watchers.is_watched(job))
                    self._watchers.answer(job)

    def _carry(self, attempt: Attempt, *, watched: bool) -> None:
        names = [f"{attempt.stem}.sta", SOLVER_OUT]
        if watched:
            names += [f"{attempt.stem}{suffix}" for suffix in WATCHED_SUFFIXES]
        most_bytes = TEXT_MOST_BYTES if watched else UNWATCHED_BYTES
        for name in names:
            for _ in range(PIECES_AT_ONCE):
                if not self._carry_piece(attempt, name, most_bytes):
                    break
                if not self._node.turn.goes_on():
                    return

    def _carry_piece(self, attempt: Attempt, name: str, most_bytes: int) -> bool:
        """Whether there may be more of the text, which is carried up to so many bytes."""
        left_bytes = most_bytes - attempt.live_offsets.get(name, 0)
        if left_bytes <= 0:
            return False
        wanted = min(PIECE_BYTES, left_bytes)
        if name not in attempt.live_offsets and not attempt.folder.grown(name, 0, most_bytes=1):
            return False  # no text of this name: nothing is asked of the share for it
        offset = self._offset(attempt, name)
        piece = attempt.folder.grown(name, offset, most_bytes=wanted)
        if piece:
            self._append(attempt, name, piece)
            attempt.live_offsets[name] = offset + len(piece)
        return len(piece) == wanted

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
