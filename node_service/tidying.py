"""What a node does now and then for the good order of the spool, and of its own scratch."""

from contextlib import suppress
from typing import Final

from node_service.node import Node
from node_service.retaining import Retaining
from node_service.scratch_aside import Aside
from wamspool.errors import ShareError
from wamspool.litter import Litter
from wamspool.sweep import Sweep

ASIDE_S: Final = 3600.0


class Tidying:
    """Finishes what others left half done, removes what nobody misses, and says so in the log."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._litter = Litter(node.spool)
        self._sweep = Sweep(node.spool)
        self._retaining = Retaining(node.spool, node.journal, node.turn.goes_on)
        self._aside = Aside(node.scratch.root)
        self._aside_due_s = node.spool.clock.monotonic_s() + ASIDE_S

    def step(self) -> None:
        """A bounded part of it was done. What the share refuses is tried again at the next."""
        log = self._node.log
        self._tidy_aside()
        with suppress(ShareError):
            for path in self._litter.tidy():
                log.info("tidied", extra={"litter": path})
            for job in self._sweep.sweep(self._node.turn.goes_on):
                log.info("swept", extra={"job": job})
            for job in self._retaining.step():
                log.info("removed by policy", extra={"job": job})

    def has_unfinished(self) -> bool:
        """Whether a drop has left ``incoming/`` and is no job in the queue yet."""
        return self._sweep.has_unfinished()

    def _tidy_aside(self) -> None:
        """Once an hour, what has lain aside for as long as the administrator wants it kept goes."""
        clock = self._node.spool.clock
        if clock.monotonic_s() < self._aside_due_s:
            return
        self._aside_due_s = clock.monotonic_s() + ASIDE_S
        kept_s = self._node.settings.keep_aside_s
        for name in self._aside.remove_older(clock.utc_now().timestamp() - kept_s):
            self._node.log.warning("removed from aside", extra={"folder": name, "kept_s": kept_s})
