"""On which nodes a job was lost, so that one which brings nodes down does not meet them all.

Retries count attempts; they count neither a node that goes down while it stages in, nor how many
different ones have gone down, and a ticket may permit a hundred. A loss is noted as an empty file
in the part of the job's folder that goes when the job is done.
"""

from contextlib import suppress
from typing import Final

from spool_layout import folders
from wamspool.errors import Denied, Exists, Gone
from wamspool.share import Share

NODES_MAX: Final = 3
SEVERAL_NODES: Final = "lost-on-several-nodes"
"""The reason of a job that is not tried on any more nodes."""


def note_loss(share: Share, job: str, *, generation: int, node: str) -> tuple[str, ...]:
    """It is noted that this generation was lost on the node; all nodes on which one was.

    Costs three operations, and is done for losses alone. A job whose folder is gone, or may not
    be written, has lost nothing: then the answer is empty. Raises ShareError.
    """
    try:
        with suppress(Exists):
            share.make_folder(f"{folders.job(job)}/{folders.LIVE}")
        with suppress(Exists):
            share.create(folders.loss(job, generation, node), b"")
        names = [entry.name for entry in share.list(f"{folders.job(job)}/{folders.LIVE}")]
    except (Gone, Denied):
        return ()
    found = (folders.node_of_loss(name) for name in names)
    return tuple(sorted({known for known in found if known}))


def too_many(nodes: tuple[str, ...]) -> bool:
    """Whether the job is to be tried on no further node."""
    return len(nodes) >= NODES_MAX


def several_nodes_sentence(nodes: tuple[str, ...], last: str) -> str:
    """What its user reads."""
    return (
        f"The job was lost, or could not be run, on {len(nodes)} different nodes "
        f"({', '.join(nodes)}), at last because: {last.rstrip('.')}. It may be what brings them down, so it is tried on no other. Look at what it "
        "asks for and at the nodes' logs; 'wam requeue' lets it try again."
    )
