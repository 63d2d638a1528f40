"""From a run that has ended to the job's folder in ``done/``: judged, copied, verified, published."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final, TypeVar

from node_service.attempt import Attempt, Phase
from node_service.carrying import carry_results, earlier_publication
from node_service.fencing import fence
from node_service.mailing import let_go, tails_of, write_letter
from node_service.node import Node
from node_service.processes import Ended
from node_service.solvers.evidence import Evidence, StoppedFor
from node_service.solvers.solver import solver_for
from spool_layout.profile import Profile
from spool_layout.records import Evidence as Line
from spool_layout.records import OutcomeRecord
from spool_layout.result_names import names_shown
from spool_layout.solver_command import is_brought_back
from spool_layout.states import Event
from wamspool.asking import cancelled_words
from wamspool.errors import TicketGone
from wamspool.publish import (
    Publication,
    finish_publishing,
    holds_ticket,
    publish,
    record,
)

Figure = TypeVar("Figure", int, float)
RENAMED_SHOWN: Final = 5


def judge(node: Node, attempt: Attempt, ended: Ended) -> OutcomeRecord:
    """How the run ended, by the evidence that lies in its folder."""
    profile = node.profiles[attempt.ticket.draft.solver]
    note = attempt.folder.stop_note
    stopped_for = StoppedFor(note.reason) if note and note.reason in set(StoppedFor) else None
    is_cancelled = stopped_for is StoppedFor.CANCELLED
    evidence = Evidence(
        run_folder=attempt.folder.run,
        job=attempt.stem,
        steps=attempt.steps,
        exit_code=ended.exit_code,
        signal=ended.signal,
        free_scratch_bytes=node.scratch.free_bytes(),
        stopped_for=stopped_for,
        limit=note.why if note and not is_cancelled else "",
    )
    verdict = solver_for(profile).judge(evidence)
    most = attempt.folder.most_used
    words = f"{cancelled_words(note.by, note.why)} " if note and is_cancelled else ""
    return OutcomeRecord(
        job=attempt.job,
        outcome=verdict.outcome,
        reason=verdict.reason,
        sentence=f"{words}{verdict.sentence}",
        attempt=attempt.place.name.attempt,
        node=node.name,
        started=datetime.fromisoformat(attempt.started) if attempt.started else None,
        ended=datetime.fromtimestamp(ended.ended_at, UTC),
        exit_code=ended.exit_code,
        signal=str(ended.signal) if ended.signal else None,
        # The system counts children that were waited for; what was seen may hold others as well.
        cpu_s=_most(ended.cpu_s, most.cpu_s if most else None),
        memory_peak_bytes=_most(ended.memory_peak_bytes, most.memory_bytes if most else None),
        solver_version=node.solver_versions.get(profile.name, ""),
        by=note.by if note and stopped_for else "",
        lines=tuple(Line(q.file, q.line, q.text) for q in verdict.lines),
        warnings=(*verdict.warnings, *([attempt.remark] if attempt.remark else ())),
        warning_count=verdict.warning_count,
        tokens=attempt.place.name.tokens or None,
        pool=attempt.place.name.pool or "",
    )


def _most(*seen: Figure | None) -> Figure | None:
    return max((one for one in seen if one is not None), default=None)


def result_names(node: Node, attempt: Attempt) -> list[str]:
    """The files that the profile brings back; inputs lie with the job already."""
    profile: Profile = node.profiles[attempt.ticket.draft.solver]
    inputs = {f.staged for f in attempt.ticket.inputs}
    return [
        name
        for name in attempt.folder.files()
        if name not in inputs and is_brought_back(profile, name)
    ]


def stage_out(node: Node, attempt: Attempt, outcome: OutcomeRecord, *, names: list[str]) -> bool:
    """The job is done: its results verified in ``done/``, shown by the ticket's move.

    False: another's door is in the way, try again. Raises TicketGone when this node was fenced;
    then the results lie aside on scratch and nothing was shown. Raises ShareError, LeaseUnsure,
    CutOff: try again, what has been carried is not carried twice.
    """
    share = node.spool.share
    earlier = earlier_publication(node, attempt)
    if holds_ticket(share, earlier):  # we had done so, and the answer was lost
        settle_publication(node, attempt, earlier, outcome)
        return True
    name_shown_of = names_shown(names)
    publication = carry_results(node, attempt, name_shown_of)
    record(share, publication, _with_results(outcome, name_shown_of))
    write_letter(node, attempt.ticket, outcome, publication, tails_of(attempt, outcome))
    node.lease.check()
    try:
        shown = publish(share, node.spool.doors, Event.FINISH, attempt.place, publication)
    except TicketGone:
        fence(node, attempt, "another has taken the job over")
        raise
    if shown:
        settle_publication(node, attempt, publication, outcome)
    return shown


def _with_results(outcome: OutcomeRecord, name_shown_of: Mapping[str, str]) -> OutcomeRecord:
    """The outcome names the results, and says which of them bear another name than in the run."""
    outcome = replace(outcome, results=tuple(name_shown_of.values()))
    other = [f"{_printable(name)} -> {at}" for name, at in name_shown_of.items() if name != at]
    if not other:
        return outcome
    more = f", and {len(other) - RENAMED_SHOWN} more" if len(other) > RENAMED_SHOWN else ""
    said = (
        "Not every share takes these results' names, or WAM uses them itself, so they lie here "
        f"under others: {', '.join(other[:RENAMED_SHOWN])}{more}."
    )
    return replace(
        outcome, warnings=(*outcome.warnings, said), warning_count=outcome.warning_count + 1
    )


def _printable(name: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in name)


def settle_publication(
    node: Node, attempt: Attempt, publication: Publication, outcome: OutcomeRecord
) -> None:
    """People see the done job, and nothing of it is left on scratch."""
    folder = finish_publishing(node.spool.share, publication)
    attempt.phase = Phase.OVER
    let_go(node, publication.job, publication.generation)
    node.journal.note(
        "finish",
        attempt.job,
        generation=attempt.generation,
        attempt=attempt.place.name.attempt,
        detail=f"{outcome.outcome}: {outcome.reason}",
    )
    node.log.info(
        "done",
        extra={"job": attempt.job, "outcome": str(outcome.outcome), "reason": outcome.reason},
    )
    node.log.debug("results", extra={"job": attempt.job, "folder": folder})
    if not node.settings.keep_scratch:
        attempt.folder.remove()
