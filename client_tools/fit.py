"""What no node of the spool can do for a job, as far as the nodes say; they may change."""

from collections.abc import Iterator, Sequence

from spool_layout.ticket import Draft
from wamspool.choose import never_fits
from wamspool.offers import whole_offer
from wamspool.snapshot import NodeSight

CLOSED = "closed"
UP = frozenset({"up", CLOSED})  # a closed one will open


def announced_solvers(nodes: Sequence[NodeSight]) -> frozenset[str]:
    """The profiles that any node has said it can run."""
    return frozenset(solver for sight in nodes for solver in sight.status.solvers)


def takers(draft: Draft, nodes: Sequence[NodeSight]) -> list[NodeSight]:
    """The nodes that are up and could run the job, if they were idle."""
    up = [s for s in nodes if not s.silent and s.status.state in UP]
    return [sight for sight in up if never_fits(draft, [whole_offer(sight.status)]) is None]


def obstacles(draft: Draft, nodes: Sequence[NodeSight]) -> Iterator[str]:
    """A sentence for each thing for which the job would wait, as the nodes are now."""
    up = [s.status for s in nodes if not s.silent and s.status.state in UP]
    if not up:
        if any(s.status.state == "draining" for s in nodes if not s.silent):
            yield "no node takes jobs now: the job waits until one does (wam resume NODE)"
            return
        yield "no node is up: the job waits until one is started (wam-node run)"
        return
    known = {s.status.node for s in nodes}
    yield from (f"there is no node '{name}' (yet)" for name in draft.nodes if name not in known)
    lacks = never_fits(draft, [whole_offer(status) for status in up])
    if lacks is not None:
        yield f"no node that is up could run it ({lacks})"
