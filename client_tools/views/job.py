"""The screen of ``wam show``: one job, from its ticket to its results."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from client_tools.documents import account_document, stem_of
from client_tools.pending import Pending
from client_tools.phrases import (
    evidence_lines,
    inputs_phrase,
    needs_phrase,
    outcome_line,
    progress_cell,
    progress_words,
    use_phrase,
    where,
)
from client_tools.pools_shown import LicencesOfJob
from client_tools.views.screen import Bar, Line, Screen, Tone
from client_tools.views.text import bar, duration
from spool_layout.records import JobOnNode, OutcomeRecord
from spool_layout.states import Outcome, State
from spool_layout.ticket import format_time, parse_time
from spool_layout.units import format_duration, format_size, priority_word
from wamspool.find import Account
from wamspool.local_times import local_time
from wamspool.share import Share

FILES_SHOWN = 12
LABEL_WIDTH = 11
NO_LICENCES = LicencesOfJob()


@dataclass(frozen=True, slots=True)
class ResultFile:
    """A file of a done job, named relative to the job's folder."""

    name: str
    size_bytes: int


def job_screen(
    share: Share,
    account: Account,
    files: Sequence[ResultFile],
    licences: LicencesOfJob = NO_LICENCES,
    pending: Sequence[Pending] = (),
) -> Screen:
    """All that is known of the job."""
    lines = [
        _headline(account),
        *_evidence(account),
        *_asked(account),
        *(_label(label, words) for label, words in licences.phrases),
        *_ran(account),
        *(_label("asked", one.words) for one in pending),
        *_results(share, account, files),
        *_remarks(account),
        *_next(account),
    ]
    document = _document(share, account, files)
    document["tokens"] = licences.tokens.document if licences.tokens else None
    document["no_licence"] = licences.refused_documents
    document["requests"] = [one.document for one in pending]
    return Screen(document, lines)


def _document(share: Share, account: Account, files: Sequence[ResultFile]) -> dict[str, Any]:
    outcome, ticket = account.outcome, account.ticket
    return {
        "job": account_document(share, account),
        "solver": ticket.draft.solver,
        "note": ticket.draft.note,
        "email": ticket.draft.email,
        "after": [str(after) for after in ticket.draft.after],
        "parameters": dict(ticket.draft.parameters),
        "inputs": [
            {"name": i.name, "staged": i.staged, "size": i.size_bytes, "sha256": i.sha256}
            for i in ticket.inputs
        ],
        "remarks": list(ticket.remarks),
        "outcome": _outcome_document(outcome) if outcome else None,
        "files": [{"name": file.name, "size": file.size_bytes} for file in files],
    }


def _outcome_document(outcome: OutcomeRecord) -> dict[str, Any]:
    return {
        "outcome": str(outcome.outcome),
        "reason": outcome.reason,
        "sentence": outcome.sentence,
        "started": format_time(outcome.started) if outcome.started else None,
        "ended": format_time(outcome.ended) if outcome.ended else None,
        "exit_code": outcome.exit_code,
        "signal": outcome.signal,
        "cpu_s": outcome.cpu_s,
        "memory_peak": outcome.memory_peak_bytes,
        "solver_version": outcome.solver_version,
        "by": outcome.by,
        "lines": [{"file": e.file, "line": e.line, "text": e.text} for e in outcome.lines],
        "warnings": list(outcome.warnings),
        "warning_count": outcome.warning_count,
        "earlier": list(outcome.earlier),
        "tokens": outcome.tokens,
        "pool": outcome.pool,
    }


def _headline(account: Account) -> Line:
    if account.outcome:
        return outcome_line(account.ticket.job, account.outcome)
    place = account.found.place
    words = where(place, account.on_node) if place else account.state
    return Line(f"{account.ticket.job}  {words}", Tone.TITLE)


def _evidence(account: Account) -> list[Line]:
    lines = evidence_lines(account.outcome) if account.outcome else []
    if account.node_silent_s is not None and account.found.place:
        lines.append(
            Line(
                f"  its node {account.found.place.name.node} has not been heard of for "
                f"{duration(account.node_silent_s)}; another that is up takes the job over, else it "
                "goes on when that node is started again",
                Tone.BAD,
            )
        )
    return lines


def _label(label: str, text: str) -> Line:
    return Line(f"  {label:<{LABEL_WIDTH}}{text}")


def _asked(account: Account) -> list[Line]:
    ticket = account.ticket
    size_bytes = sum(item.size_bytes for item in ticket.inputs)
    lines = [
        _label("deck", inputs_phrase(ticket.draft.input, len(ticket.inputs) - 1, size_bytes)),
        _label("solver", ticket.draft.solver),
        _label("asks for", needs_phrase(ticket)),
        _label("priority", priority_word(ticket.draft.priority)),
        _label("submitted", f"{local_time(ticket.submitted)} by {ticket.owner or 'somebody'}"),
    ]
    if ticket.draft.name and ticket.draft.name != stem_of(ticket):
        lines.append(_label("name", ticket.draft.name))
    if ticket.draft.after:
        lines.append(_label("after", ", ".join(map(str, ticket.draft.after))))
    if ticket.draft.options:
        words = (f"{name}={value}" for name, value in ticket.draft.options.items())
        lines.append(_label("options", ", ".join(words)))
    if ticket.draft.batch:
        lines.append(_label("batch", f"{ticket.draft.batch} (all of it: @{ticket.draft.batch})"))
    if ticket.draft.parameters:
        words = (f"{name}={value}" for name, value in ticket.draft.parameters.items())
        lines.append(_label("parameters", ", ".join(words)))
    if ticket.draft.note:
        lines.append(_label("note", ticket.draft.note))
    return lines


def _ran(account: Account) -> list[Line]:
    outcome, said = account.outcome, account.on_node
    if outcome:
        return _ran_to_its_end(outcome)
    lines = []
    if said and account.found.place:
        started = account.started
        since = f", since {local_time(started)}" if started else ""
        lines.append(_label("runs", f"attempt {account.found.place.name.attempt}{since}"))
        if said.suspended:
            lines.append(_label("suspended", f"{_since(said)}{said.suspended_why}"))
        cell = progress_cell(said, account.state)
        drawn = f"{bar(cell.percent, 20)} {cell.words}" if isinstance(cell, Bar) else cell
        lines.append(_label("progress", ", ".join([drawn, *progress_words(said)])))
        if words := use_phrase(said):
            lines.append(_label("uses", words))
    return lines


def _since(said: JobOnNode) -> str:
    with suppress(ValueError):  # a damaged status says nothing
        return f"since {local_time(parse_time(said.suspended))}, "
    return ""


def _ran_to_its_end(outcome: OutcomeRecord) -> list[Line]:
    lines = []
    if outcome.node:
        took = ""
        if outcome.started and outcome.ended:
            took = f" in {format_duration((outcome.ended - outcome.started).total_seconds())}"
        words = f"on {outcome.node}, attempt {outcome.attempt},{took}"
        lines.append(_label("ran", f"{words.rstrip(',')} to {local_time(outcome.ended)}"))
    used = []
    if outcome.cpu_s is not None:
        used.append(f"{format_duration(outcome.cpu_s)} of processor time")
    if outcome.memory_peak_bytes:
        used.append(f"{format_size(outcome.memory_peak_bytes)} of memory at most")
    if outcome.tokens:
        used.append(f"{outcome.tokens} tokens of {outcome.pool}")
    if used:
        lines.append(_label("used", ", ".join(used)))
    if outcome.solver_version:
        lines.append(_label("version", outcome.solver_version))
    if outcome.by:
        lines.append(_label("ended by", outcome.by))
    lines += [_label("before", earlier) for earlier in outcome.earlier]
    return lines


def _results(share: Share, account: Account, files: Sequence[ResultFile]) -> list[Line]:
    if account.state is not State.DONE:
        return []
    lines = [_label("results", f"{share.location}/{account.found.folder}")]
    lines += [
        Line(f"    {format_size(file.size_bytes):>9}  {file.name}") for file in files[:FILES_SHOWN]
    ]
    if len(files) > FILES_SHOWN:
        lines.append(Line(f"    ... and {len(files) - FILES_SHOWN} more"))
    return lines


def _remarks(account: Account) -> list[Line]:
    return [Line(f"  remark: {text}", Tone.WARN) for text in account.ticket.remarks]


def _next(account: Account) -> list[Line]:
    job = account.ticket.job
    steps = {
        State.QUEUED: [f"wam log -f {job}", f"wam hold {job}"],
        State.HELD: [f"wam release {job}"],
        State.CLAIMED: [f"wam log -f {job}"],
        State.RUNNING: [f"wam log -f {job}"],
        State.DONE: [f"wam get {job}", f"wam log {job}"],
    }.get(account.state, [])
    if account.outcome and account.outcome.outcome is not Outcome.COMPLETED:
        steps.reverse()
    return [Line(f"  next: {' | '.join(steps)}")] if steps else []
