"""Who wants to see the texts of running jobs: only for them is more than a beginning carried.

A watcher leaves ``requests/<job>.<mark>.watch.yaml`` and leaves another every half minute; the
file is removed when the texts have been carried, which tells him that what he reads is fresh. One
who goes away says nothing: after a while without a word nobody watches.
"""

from collections.abc import Collection, Mapping
from contextlib import suppress

from node_service.attempt import Attempt, Phase
from node_service.node import Node
from spool_layout import folders
from spool_layout.request import parse_watch_request_name
from wamspool.errors import ShareError

WATCHED_S = 90.0
UNANSWERED_S = 60.0


class Watchers:
    """The watchers of this node's jobs, by the request files that its looks have found."""

    def __init__(self, node: Node, attempts: Mapping[str, Attempt]) -> None:
        self._node = node
        self._attempts = attempts
        self._until_s: dict[str, float] = {}
        self._files: dict[str, str] = {}
        self._strange_s: dict[str, float] = {}

    def see(self, file_names: Collection[str]) -> bool:
        """These lie in ``requests/`` now. True when somebody has just begun to watch.

        A request about a job that no node holds is removed when it has lain for a minute.
        """
        now_s, asked = self._now_s(), {}
        for name in file_names:
            if job := parse_watch_request_name(name):
                asked[name] = job
        new = asked.keys() - self._files.keys()
        self._files = asked
        for name in new:
            self._until_s[asked[name]] = now_s + WATCHED_S
        self._strange_s = {n: self._strange_s.get(n, now_s) for n in asked if not self._is_ours(n)}
        for name, since_s in self._strange_s.items():
            if now_s - since_s >= UNANSWERED_S:
                self._remove(name)
        return any(self._is_ours(name) for name in new)

    def is_watched(self, job: str) -> bool:
        """Whether somebody has asked lately."""
        return self._now_s() < self._until_s.get(job, 0.0)

    def has_asked(self, job: str) -> bool:
        """Whether somebody waits for an answer."""
        return job in self._files.values()

    def answer(self, job: str) -> None:
        """Whoever has asked sees that the texts have been carried."""
        for name in [name for name, of in self._files.items() if of == job]:
            self._remove(name)

    def _is_ours(self, name: str) -> bool:
        attempt = self._attempts.get(self._files[name])
        return attempt is not None and attempt.phase is not Phase.OVER

    def _remove(self, name: str) -> None:
        with suppress(ShareError):
            self._node.spool.share.remove(folders.request(name))
        self._files.pop(name, None)

    def _now_s(self) -> float:
        return self._node.spool.clock.monotonic_s()
