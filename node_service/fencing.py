"""What an owner does that has lost its ticket: it stops, and keeps what it has computed."""

from contextlib import suppress
from pathlib import Path

from node_service.attempt import Attempt, Phase
from node_service.hooking import stop_hooks
from node_service.mailing import let_go, withdraw
from node_service.node import Node
from spool_layout import folders
from spool_layout.errors import FormatError
from spool_layout.records import parse_outcome
from wamspool.errors import Gone
from wamspool.publish import (
    Publication,
    discard_prepared,
    finish_publishing,
    holds_ticket,
    months_at_hand,
)


def fence(node: Node, attempt: Attempt, why: str) -> Path | None:
    """The solver is stopped, the attempt is over, its results lie aside; nothing is shown.

    The journal says where they lie. None where there was nothing to keep: nothing had been run, or
    the job is done by this node's own move, whose answer was lost and which others have finished.
    Raises ShareError when that cannot be told; then only the solver has been stopped.
    """
    if attempt.phase is Phase.OVER:
        return None
    node.processes.stop(attempt.folder.path, force=True)
    stop_hooks(node, attempt.folder)
    if was_published(node, attempt.job, attempt.generation):
        discard_prepared(node.spool.share, attempt.job, attempt.generation)
        _note_finished(node, attempt)
        return None
    withdraw(node, attempt.job, attempt.generation)
    has_run = attempt.phase is not Phase.STAGE_IN
    attempt.phase = Phase.OVER
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


def _note_finished(node: Node, attempt: Attempt) -> None:
    attempt.phase = Phase.OVER
    let_go(node, attempt.job, attempt.generation)
    number = attempt.place.name.attempt
    node.journal.note("finish", attempt.job, generation=attempt.generation, attempt=number)
    node.log.info("done", extra={"job": attempt.job, "why": "the answer had been lost"})
    if not node.settings.keep_scratch:
        attempt.folder.remove()


def was_published(node: Node, job: str, generation: int) -> bool:
    """Whether the job is done by this node's own doing; then people see it. Raises ShareError."""
    share = node.spool.share
    for month in months_at_hand(share):
        publication = Publication(job, month, generation)
        if holds_ticket(share, publication):
            finish_publishing(share, publication)
            return True
        path = f"{folders.done(month, job)}/{folders.OUTCOME_FILE}"
        with suppress(Gone, FormatError):
            if parse_outcome(share.read(path), source=path).node == node.name:
                return True
    return False
