"""The node's part in adopting drops: which of a dropped folder's decks are jobs, what to log."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from node_service.decide import Consider
from node_service.node import Node
from node_service.settings import DROPS_AT_ONCE
from spool_layout.records import NodeStatus
from spool_layout.ticket import Draft
from wamspool.adopt import Adopter
from wamspool.decks.roots import root_decks
from wamspool.drops import Considered, Dropped, Step
from wamspool.errors import Denied, ShareError
from wamspool.gather import ShareSource
from wamspool.incoming import DropFolder, Queue
from wamspool.leftovers import Leftovers
from wamspool.offers import nodes_of, refuse_impossible, whole_offer
from wamspool.pools import refuse_tokens, rules_for
from wamspool.settling import Settling

OFFERS_S = 10.0


class _Readable:
    """Of the decks in a folder those that may be read; a link or a pipe is refused by itself."""

    def __init__(self, source: ShareSource) -> None:
        self._source = source
        self.names = source.names

    def read(self, name: str) -> Iterable[bytes] | None:
        """The file's content in pieces, or None."""
        try:
            return self._source.read(name)
        except Denied:
            return None


class Adopting:
    """Adopts drops one after the other, and tidies up behind them."""

    def __init__(self, node: Node) -> None:
        self._node = node
        settling = Settling(node.spool.share, node.spool.clock, quiet_s=node.spool.settings.quiet_s)
        self._adopter = Adopter(node.spool, settling, node.family_of, self._check, node.profiles)
        self._nodes: list[NodeStatus] = []
        self._offers_due_s = 0.0
        self._leftovers = Leftovers(node.spool, self._adopter)
        self._roots: dict[str, tuple[frozenset[str], frozenset[str]]] = {}
        self._said: dict[str, str] = {}
        self._considered = 0
        self.unsettled: set[str] = set()

    def _check(self, draft: Draft) -> None:
        """Raise BadInput for what neither this nor any other known node could ever run."""
        spool, now_s = self._node.spool, self._node.spool.clock.monotonic_s()
        if now_s >= self._offers_due_s:
            self._offers_due_s = now_s + OFFERS_S
            self._nodes = [s.status for s in nodes_of(spool) if s.status.node != self._node.name]
        own = replace(self._node.whole(), scratch_bytes=None)
        refuse_impossible(draft, (*map(whole_offer, self._nodes), own))
        rules = rules_for(draft.solver, self._nodes)
        if draft.solver in self._node.programs:
            rules += (self._node.profiles[draft.solver].tokens,)
        refuse_tokens(draft, rules, spool.settings.pools)

    def consider_some(self, drops: Sequence[Consider]) -> bool:
        """As many drops as a turn has time for are one step further; True: look again at once.

        In turns: those that wait for something must not keep the others from being looked at.
        """
        start = self._considered if self._considered < len(drops) else 0
        is_any_adopted = False
        for number, action in enumerate(drops[start : start + DROPS_AT_ONCE], start + 1):
            self._considered = number
            considered = self.consider(action)
            is_any_adopted |= considered is not None and considered.step is Step.ADOPTED
            if not self._node.turn.goes_on():
                break
        return is_any_adopted or self._considered < len(drops)

    def consider(self, action: Consider) -> Considered | None:
        """The drop is one step further; None where it is no job of its own."""
        drop, folder = action.drop, action.folder
        if drop.path in self._adopter.used:
            self.unsettled.discard(drop.path)
            return None
        try:
            is_root = not folder.is_group or self._is_root(drop, folder)
        except ShareError as error:
            considered = Considered(Step.WAITING, drop.path, error.message)
            self._note(considered, folder)
            return considered
        if not is_root:
            self.unsettled.discard(drop.path)
            return None
        considered = self._adopter.consider(drop, folder.names)
        self._note(considered, folder)
        return considered

    def _is_root(self, drop: Dropped, folder: DropFolder) -> bool:
        known = self._roots.get(folder.path)
        if known is None or not folder.names <= known[0]:
            decks = sorted(d.name for d in folder.drops if not d.is_ticket)
            source = _Readable(ShareSource(self._node.spool.share, folder.path))
            family = self._node.family_of(self._node.spool.settings.default_solver)
            roots = frozenset(root_decks(source, decks, family=family))
            known = self._roots[folder.path] = (folder.names, roots)
        return drop.is_ticket or drop.name in known[1]

    def _note(self, considered: Considered, folder: DropFolder) -> None:
        path, step = considered.path, considered.step
        if step is Step.WAITING:
            self.unsettled.add(path)
            if self._said.get(path) != considered.detail:
                self._said[path] = considered.detail
                self._node.log.info("drop waits", extra={"drop": path, "why": considered.detail})
            return
        self.unsettled.discard(path)
        self._said.pop(path, None)
        if folder.is_group:
            self._leftovers.note_group(folder.path)
        if step is not Step.NOTHING:
            event = "adopt" if step is Step.ADOPTED else "reject"
            job = considered.job or path.rpartition("/")[2]
            self._node.journal.note(event, job, detail=f"{path} -> {considered.detail}")
            self._node.log.info(event, extra={"drop": path, "to": considered.detail})

    def tidy(self, queue: Queue) -> None:
        """Includes that have been taken and have rested are gone from ``incoming/``."""
        present = {drop.path for folder in queue.folders for drop in folder.drops}
        self.unsettled &= present
        for path in self._leftovers.tidy(queue):
            self._node.log.info("tidied", extra={"drop": path})
