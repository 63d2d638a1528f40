"""Asking nodes to take no more jobs, or to take them again."""

from collections.abc import Sequence
from dataclasses import dataclass

import typer

from client_tools.asking import Following
from client_tools.documents import node_document
from client_tools.errors import NoSuchNode, NotPermitted
from client_tools.pools_shown import tokens_of_node
from client_tools.requester import Requester
from client_tools.several import not_done_documents, on_each
from client_tools.views.output import Output, choose_output
from client_tools.views.screen import Line, Screen, Tone
from client_tools.which_spool import open_named_spool
from spool_layout.records import NodeStatus
from spool_layout.request import Verb
from spool_layout.units import count
from wamspool.asking import ask
from wamspool.rights import why_not_on_node
from wamspool.snapshot import newest_beats, read_node, take_snapshot
from wamspool.spool import Spool

DRAINING = "draining"


def drain_or_resume(
    verb: Verb, nodes: Sequence[str], spool: str | None, *, why: str, wait: bool, as_json: bool
) -> None:
    """The nodes have done so, and it is shown. Exit code 1 when one of several has not."""
    opened, output = open_named_spool(spool), choose_output(as_json=as_json)
    _refuse_unknown(opened, nodes)
    asking = _Asking(opened, verb, why, output, wait=wait)
    said, not_done = on_each({node: node for node in nodes}, asking.ask, output)
    snapshot = take_snapshot(opened)
    shown = [
        node_document(sight, tokens_of_node(snapshot, sight.status.node))
        for sight in snapshot.nodes
        if sight.status.node in nodes
    ]
    document = {"nodes": shown, "not_done": not_done_documents(not_done, key="node")}
    output.show(Screen(document, [Line(text, Tone.GOOD) for text in said]))
    if not_done:
        raise typer.Exit(1)


def _refuse_unknown(spool: Spool, nodes: Sequence[str]) -> None:
    known = newest_beats(spool.share)
    for node in nodes:
        if node not in known:
            names = ", ".join(sorted(known)) or "none"
            raise NoSuchNode(
                f"no node '{node}' has been on this spool", cure=f"Known are: {names}."
            )


@dataclass(frozen=True, slots=True)
class _Asking:
    spool: Spool
    verb: Verb
    why: str
    output: Output
    wait: bool

    def ask(self, node: str) -> str:
        """What is so now, as a sentence."""
        requester = Requester(self.spool)
        before = read_node(self.spool, node)
        if before and not before.silent and self._is_so(before.status):
            return f"{node} already {self._words(before.status)}"
        if why_not := why_not_on_node(self.spool, requester.who, node):
            raise NotPermitted(f"{self.verb} {node}: {why_not}")
        name = ask(self.spool, self.verb, node, by=requester.said, why=self.why)
        if not self.wait:
            return f"asked {node}; its state is shown by: wam status"
        following = Following(self.spool, name, self.output.passing)
        after = following.until_node(node, self._is_so)
        again = f"; undo it with: wam resume {node}" if self.verb is Verb.DRAIN else ""
        return f"{node} {self._words(after.status)}{again}"

    def _is_so(self, status: NodeStatus) -> bool:
        is_drained = status.state == DRAINING
        return is_drained if self.verb is Verb.DRAIN else status.state in {"up", "closed"}

    def _words(self, status: NodeStatus) -> str:
        if status.state != DRAINING:
            return "takes jobs"
        left = f"; it has {count(len(status.jobs), 'job')} to finish" if status.jobs else ""
        return f"takes no more jobs{left}"
