"""What letters say: of a job's end, its start, a run that was lost, a long wait, a whole batch."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta

from node_service.mail.letter import label, time_words
from spool_layout.records import Evidence, OutcomeRecord
from spool_layout.ticket import Ticket
from spool_layout.units import format_duration

LINES_MAX = 20
DIGEST_JOBS_MAX = 200


def end_lines(
    ticket: Ticket, outcome: OutcomeRecord, *, results: str, tails: Sequence[Evidence] = ()
) -> Iterator[str]:
    """A job's end. ``tails``: the last lines of the files that people look at first."""
    yield f"{ticket.job} {outcome.outcome}: {outcome.sentence or outcome.reason}"
    yield ""
    yield from _evidence(outcome)
    yield from _tails(tails)
    yield from _of_ticket(ticket)
    if outcome.node:
        yield label("node", f"{outcome.node}, attempt {outcome.attempt}")
    if outcome.reason:
        yield label("reason", outcome.reason)
    if outcome.started:
        yield label("started", time_words(outcome.started))
    if outcome.ended:
        yield label("ended", f"{time_words(outcome.ended)}{_took(outcome)}")
    yield label("results", results)
    yield ""
    yield "To fetch the files:"
    yield f"wam get {ticket.job}"


def _of_ticket(ticket: Ticket) -> Iterator[str]:
    yield label("deck", ticket.draft.input)
    if ticket.draft.note:
        yield label("note", ticket.draft.note)
    if ticket.draft.batch:
        yield label("batch", ticket.draft.batch)
    yield label("submitted", time_words(ticket.submitted))


def _evidence(outcome: OutcomeRecord) -> Iterator[str]:
    for line in outcome.lines[:LINES_MAX]:
        place = f"{line.file}:{line.line}" if line.line else line.file
        yield f"    {place}  {line.text}"
    if len(outcome.lines) > LINES_MAX:
        yield f"    ... and {len(outcome.lines) - LINES_MAX} lines more"
    for warning in outcome.warnings[:LINES_MAX]:
        yield f"  warning: {warning}"
    if outcome.lines or outcome.warnings:
        yield ""


def _tails(tails: Sequence[Evidence]) -> Iterator[str]:
    for file in dict.fromkeys(line.file for line in tails):
        yield f"The last lines of {file}:"
        yield from (f"    {line.text}" for line in tails if line.file == file)
        yield ""


def _took(outcome: OutcomeRecord) -> str:
    if not (outcome.started and outcome.ended):
        return ""
    took_s = max(0.0, (outcome.ended - outcome.started).total_seconds())
    return f", after {format_duration(took_s)}"


def start_lines(ticket: Ticket, *, node: str, attempt: int, waited: timedelta) -> Iterator[str]:
    """The solver of a job was started."""
    waited_s = max(0.0, waited.total_seconds())
    yield f"{ticket.job} runs on {node}, after {format_duration(waited_s)} of waiting"
    yield ""
    yield from _of_ticket(ticket)
    yield label("attempt", str(attempt))
    yield ""
    yield "To follow it:"
    yield f"wam log -f {ticket.job}"


def lost_lines(ticket: Ticket, *, node: str, why: str) -> Iterator[str]:
    """A node has lost a run, and the job waits again."""
    yield f"{ticket.job} was lost on {node} ({why}), and waits to be run again"
    yield ""
    yield from _of_ticket(ticket)
    yield ""
    yield "To see where it is:"
    yield f"wam show {ticket.job}"


def waiting_lines(ticket: Ticket, *, waited: timedelta) -> Iterator[str]:
    """A job waits for long."""
    waited_s = max(0.0, waited.total_seconds())
    yield f"{ticket.job} has been waiting for {format_duration(waited_s)}"
    yield ""
    yield from _of_ticket(ticket)
    yield ""
    yield "To see what it waits for:"
    yield f"wam show {ticket.job}"


def digest_subject(batch: str, outcomes: Sequence[OutcomeRecord]) -> str:
    """``mesh-study: 9 completed, 1 failed``."""
    counts = Counter(str(record.outcome) for record in outcomes)
    return f"{batch}: {', '.join(f'{number} {word}' for word, number in sorted(counts.items()))}"


def digest_lines(batch: str, outcomes: Sequence[OutcomeRecord]) -> Iterator[str]:
    """All jobs of a batch have ended: those that did not complete come first."""
    yield f"All {len(outcomes)} jobs of the batch have ended. {digest_subject(batch, outcomes)}"
    yield ""
    ordered = sorted(outcomes, key=lambda record: (record.outcome == "completed", record.job))
    for record in ordered[:DIGEST_JOBS_MAX]:
        yield f"{record.job}  {record.outcome}: {record.sentence or record.reason}"
    if len(ordered) > DIGEST_JOBS_MAX:
        yield f"... and {len(ordered) - DIGEST_JOBS_MAX} more"
    yield ""
    ended = [record.ended for record in outcomes if record.ended]
    if ended:
        yield label("ended", time_words(max(ended)))
        yield ""
    yield "To fetch the files:"
    for record in ordered[:DIGEST_JOBS_MAX]:
        yield f"wam get {record.job}"
