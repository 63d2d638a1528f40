"""What the nodes of a spool have in all, by their status files; and what none of them ever could."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace

from spool_layout.errors import FormatError
from spool_layout.records import NodeStatus
from spool_layout.ticket import Draft
from spool_layout.units import count, format_size
from wamspool.choose import Offer, never_fits
from wamspool.errors import BadInput, Denied
from wamspool.snapshot import NodeSight, newest_beats, read_node
from wamspool.spool import Spool


def nodes_of(spool: Spool) -> tuple[NodeSight, ...]:
    """The nodes whose status can be read, those that are stopped or silent too."""
    sights = []
    for node, sequence in sorted(newest_beats(spool.share).items()):
        with suppress(FormatError, Denied):
            sights.append(read_node(spool, node, sequence))
    return tuple(sight for sight in sights if sight)


def whole_offer(status: NodeStatus) -> Offer:
    """All that a node has, as its status says; of scratch the whole disk."""
    return Offer(
        node=status.node,
        cpus=status.cpus,
        memory_bytes=status.memory_bytes,
        gpus=status.gpus,
        scratch_bytes=status.scratch_bytes,
        tags=status.tags,
        solvers=status.solvers,
    )


def free_offer(status: NodeStatus) -> Offer:
    """What was free of a node when it wrote its status."""
    return replace(
        whole_offer(status),
        cpus=status.cpus_free,
        memory_bytes=status.memory_free_bytes,
        gpus=status.gpus_free,
        scratch_bytes=status.scratch_free_bytes,
    )


def in_use_by_others(status: NodeStatus) -> tuple[str, ...]:
    """What of the node others use, so that it does not offer it now: sentences."""
    cores, memory_bytes = status.others_cpus, status.others_memory_bytes
    said = []
    if cores > 0:
        said.append(f"{count(cores, 'core')} {'is' if cores == 1 else 'are'} in use by others")
    if memory_bytes > 0:
        said.append(f"{format_size(memory_bytes)} of memory are in use by others")
    return tuple(said)


def refuse_impossible(draft: Draft, offers: Iterable[Offer]) -> None:
    """Raise BadInput for a job that no known node could run even if it were idle.

    A spool without nodes refuses nothing: its first node may be started later.
    """
    known: Sequence[Offer] = tuple(offers)
    lacks = never_fits(draft, known)
    if lacks is not None:
        raise BadInput(
            f"{draft.input}: no node could ever run it ({lacks})",
            cure="Ask for less, or have a node started that offers it; see 'wam status'.",
        )
