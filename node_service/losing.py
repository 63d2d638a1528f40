"""What becomes of a job whose run was lost here, or never began for this node's sake."""

from dataclasses import replace

from node_service.attempt import Attempt
from node_service.node import Node
from node_service.own_faults import OwnFaults
from spool_layout.records import OutcomeRecord
from spool_layout.states import Outcome
from spool_layout.ticket import format_time
from wamspool.expire import has_runs_left
from wamspool.losses import SEVERAL_NODES, note_loss, several_nodes_sentence, too_many


def unrun(
    node: Node, attempt: Attempt, outcome: Outcome, reason: str, sentence: str
) -> OutcomeRecord:
    """The outcome of a job of whose run there is nothing to judge. Raises ShareError."""
    return OutcomeRecord(
        job=attempt.job,
        outcome=outcome,
        reason=reason,
        sentence=sentence,
        attempt=attempt.place.name.attempt,
        node=node.name,
        ended=node.spool.share.now(),
    )


def end_of_lost(
    node: Node, attempt: Attempt, outcome: OutcomeRecord, *, why: str
) -> OutcomeRecord | None:
    """With what the job is done: this outcome when it has no retries left, and a like one when it
    was lost on several nodes. None: it waits again. Raises ShareError.
    """
    name = attempt.place.name
    if not has_runs_left(attempt.ticket, name.attempt):
        return outcome
    nodes = note_loss(node.spool.share, name.job, generation=name.generation, node=node.name)
    if not too_many(nodes):
        return None
    return replace(outcome, reason=SEVERAL_NODES, sentence=several_nodes_sentence(nodes, why))


def suspect(node: Node, faults: OwnFaults, job: str, why: str) -> None:
    """The job could not be run for this node's sake, as it seems; perhaps one too many."""
    if faults.note(job, why, now=format_time(node.spool.clock.utc_now())):
        node.log.error("takes no more jobs", extra={"why": faults.problem})
        node.journal.note("drain", node.name, detail=faults.problem)
