"""What no node of the spool can do for a job, as far as the nodes say; they may change."""

from collections.abc import Iterator, Sequence

from spool_layout.records import NodeStatus
from spool_layout.ticket import Draft
from spool_layout.units import format_size
from wamspool.snapshot import NodeSight

UP = "up"


def announced_solvers(nodes: Sequence[NodeSight]) -> frozenset[str]:
    """The profiles that any node has said it can run."""
    return frozenset(solver for sight in nodes for solver in sight.status.solvers)


def obstacles(draft: Draft, nodes: Sequence[NodeSight]) -> Iterator[str]:
    """A sentence for each thing for which the job would wait, as the nodes are now."""
    up = [s.status for s in nodes if not s.silent and s.status.state == UP]
    if not up:
        yield "no node is up: the job waits until one is started (wam-node run)"
        return
    known = {s.status.node for s in nodes}
    yield from (f"there is no node '{name}' (yet)" for name in draft.nodes if name not in known)
    allowed = [status for status in up if not draft.nodes or status.node in draft.nodes]
    if not allowed:
        return
    yield from _too_large(draft, allowed)
    if not any(draft.solver in status.solvers for status in allowed):
        yield f"no node that is up offers the solver '{draft.solver}'"
    for tag in draft.tags:
        if not any(tag in status.tags for status in allowed):
            yield f"no node that is up has the tag '{tag}'"


def _too_large(draft: Draft, nodes: Sequence[NodeStatus]) -> Iterator[str]:
    wanted = draft.resources
    most_cpus = max(node.cpus for node in nodes)
    most_gpus = max(node.gpus for node in nodes)
    most_bytes = max(node.memory_bytes for node in nodes)
    if wanted.cpus > most_cpus:
        yield f"{wanted.cpus} cpus are asked for; the largest node that is up has {most_cpus}"
    if wanted.gpus > most_gpus:
        yield f"{wanted.gpus} gpus are asked for; the most that a node that is up has is {most_gpus}"
    if wanted.memory_bytes and wanted.memory_bytes > most_bytes:
        yield (
            f"{format_size(wanted.memory_bytes)} of memory are asked for; "
            f"the largest node that is up has {format_size(most_bytes)}"
        )
