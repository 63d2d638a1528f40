"""Sentences about jobs that several commands say in the same words."""

from collections.abc import Sequence

from client_tools.views.screen import Bar, Cell, Line, Tone
from spool_layout.records import JobOnNode, OutcomeRecord
from spool_layout.states import Outcome, State
from spool_layout.ticket import Ticket
from spool_layout.units import count, format_duration, format_size
from wamspool.transition import Place

EVIDENCE_LINES = 8


def progress_cell(said: JobOnNode | None, state: State) -> Cell:
    """How far a job is: a bar where its steps tell time, else the step, else the phase."""
    if said is None:
        return "is being taken" if state is State.CLAIMED else "no word yet"
    if said.phase != "solving":
        return {"stage-in": "staging in", "stage-out": "staging out"}.get(said.phase, said.phase)
    if said.suspended:
        return "suspended" if said.percent is None else f"suspended, {said.percent:.0f} %"
    if said.percent is not None:
        return Bar(said.percent, f"{said.percent:.0f} %")
    return f"step {said.step}/{said.steps}" if said.step and said.steps else "solving"


def progress_words(said: JobOnNode) -> list[str]:
    """``step 1 of 2``, ``31 increments``, ``2 cutbacks``, as far as they are known."""
    words = [f"step {said.step} of {said.steps}"] if said.step and said.steps else []
    if said.increments:
        words += [count(said.increments, "increment"), count(said.cutbacks, "cutback")]
    return words


def use_phrase(said: JobOnNode) -> str:
    """``3.9 of 4 cores, 2.0 GB of memory, at most 2.1 GB``; empty where nothing was seen."""
    words = []
    if said.cores_busy is not None:
        words.append(f"{said.cores_busy:.1f} of {count(said.cpus, 'core')}")
    if said.memory_used_bytes is not None:
        words.append(f"{format_size(said.memory_used_bytes)} of memory")
    if said.memory_peak_bytes:
        words.append(f"at most {format_size(said.memory_peak_bytes)}")
    return ", ".join(words)


def use_cell(said: JobOnNode | None) -> str:
    """``3.9/4 2.0 GB``: cores that it keeps busy of those that it has, and its memory."""
    if said is None or said.memory_used_bytes is None:
        return "-"
    busy = "-" if said.cores_busy is None else f"{said.cores_busy:.1f}"
    return f"{busy}/{said.cpus} {format_size(said.memory_used_bytes)}"


def where(place: Place, said: JobOnNode | None) -> str:
    """Where a job in flight is: ``runs on cougar, 62 %``."""
    if place.state is State.HELD:
        return "is held"
    if place.state is State.QUEUED:
        again = (
            f" again, after {count(place.name.attempt, 'attempt')}" if place.name.attempt else ""
        )
        return f"waits{again}"
    cell = progress_cell(said, place.state)
    verb = "is taken by" if place.state is State.CLAIMED else "runs on"
    return f"{verb} {place.name.node}, {cell.words if isinstance(cell, Bar) else cell}"


def outcome_tone(outcome: Outcome) -> Tone:
    """Green for completed, red for what a person must look into."""
    if outcome is Outcome.COMPLETED:
        return Tone.GOOD
    return Tone.WARN if outcome is Outcome.CANCELLED else Tone.BAD


def outcome_line(job: str, record: OutcomeRecord) -> Line:
    """``bracket-k7f3x  completed: ...``."""
    sentence = record.sentence or record.reason
    words = f": {sentence}" if sentence else ""
    return Line(f"{job}  {record.outcome}{words}", outcome_tone(record.outcome))


def evidence_lines(record: OutcomeRecord) -> list[Line]:
    """What the solver said that proves it, and its warnings."""
    lines = [
        Line(f"    {e.file}{f':{e.line}' if e.line else ''}  {e.text}")
        for e in record.lines[:EVIDENCE_LINES]
    ]
    if len(record.lines) > EVIDENCE_LINES:
        lines.append(Line(f"    ... and {len(record.lines) - EVIDENCE_LINES} lines more"))
    lines += [Line(f"  warning: {text}", Tone.WARN) for text in record.warnings]
    unsaid = record.warning_count - len(record.warnings)
    if record.warnings and unsaid > 0:
        lines.append(Line(f"  ... and {count(unsaid, 'warning')} more", Tone.WARN))
    return lines


def inputs_phrase(deck: str, others: int, size_bytes: int) -> str:
    """``bracket.inp + 2 files, 1.3 MB``."""
    more = f" + {count(others, 'file')}" if others else ""
    return f"{deck}{more}, {format_size(size_bytes)}"


def needs_phrase(ticket: Ticket) -> str:
    """What a job asks for: ``2 cpus, 4.0 GB, at most 12 h 00 min``."""
    wanted = ticket.draft.resources
    words = [count(wanted.cpus, "cpu")]
    if wanted.gpus:
        words.append(count(wanted.gpus, "gpu"))
    if wanted.memory_bytes:
        words.append(format_size(wanted.memory_bytes))
    if wanted.scratch_bytes:
        words.append(f"{format_size(wanted.scratch_bytes)} of scratch")
    if wanted.walltime_s:
        words.append(f"at most {format_duration(wanted.walltime_s)}")
    if ticket.draft.nodes:
        words.append(f"only on {', '.join(ticket.draft.nodes)}")
    if ticket.draft.tags:
        words.append(f"with {', '.join(ticket.draft.tags)}")
    return ", ".join(words)


def all_completed(outcomes: Sequence[Outcome]) -> bool:
    """Whether nothing but ``completed`` is among them."""
    return all(outcome is Outcome.COMPLETED for outcome in outcomes)
