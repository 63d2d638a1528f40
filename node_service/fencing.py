"""What an owner does that has lost its ticket: it stops, and keeps what it has computed."""

from pathlib import Path

from node_service.attempt import Attempt, Phase
from node_service.node import Node
from wamspool.publish import discard_prepared


def fence(node: Node, attempt: Attempt, why: str) -> Path | None:
    """The solver is stopped, the attempt is over, its results lie aside; nothing is shown.

    The journal says where they lie. None where there was nothing to keep.
    """
    if attempt.phase is Phase.OVER:
        return None
    has_run = attempt.phase is not Phase.STAGE_IN
    attempt.phase = Phase.OVER
    node.processes.stop(attempt.folder.path, force=True)
    place = node.scratch.put_aside(attempt.job, attempt.generation) if has_run else None
    if place is None:
        attempt.folder.remove()
    discard_prepared(node.spool.share, attempt.job, attempt.generation)
    kept = f"results kept on {node.name} in {place}" if place else "nothing had been run"
    node.log.warning("fenced", extra={"job": attempt.job, "why": why, "results": str(place or "")})
    node.journal.note(
        "fenced",
        attempt.job,
        generation=attempt.generation,
        attempt=attempt.place.name.attempt,
        detail=f"{why}; {kept}",
    )
    node.journal.flush()
    return place
