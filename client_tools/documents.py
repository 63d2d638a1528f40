"""Jobs and nodes as JSON shows them: always the same fields, whatever is known.

Times are ISO 8601 in UTC, sizes bytes, durations seconds, priorities 0 (first) to 9; what is not
known is null. ``progress`` is null unless the job runs.
"""

# ruff: noqa: ANN401 - what JSON holds is of any type

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from spool_layout.names import SUFFIX_LENGTH
from spool_layout.records import JobOnNode
from spool_layout.states import Outcome, State
from spool_layout.ticket import Ticket, format_time
from spool_layout.units import PRIORITY_NORMAL
from wamspool.find import Account
from wamspool.share import Share
from wamspool.snapshot import NodeSight
from wamspool.transition import Place

SILENT = "silent"


def job_document(job: str, **known: Any) -> dict[str, Any]:
    """The sixteen fields of a job; ``known`` are those that are not null."""
    fields = {
        "job": job,
        "name": job[: -SUFFIX_LENGTH - 1],
        "state": State.QUEUED,
        "outcome": None,
        "reason": None,
        "node": None,
        "attempt": 0,
        "priority": PRIORITY_NORMAL,
        "owner": None,
        "batch": None,
        "after": None,
        "submitted": None,
        "started": None,
        "ended": None,
        "progress": None,
        "results": None,
    }
    unknown = known.keys() - fields.keys()
    if unknown:
        raise TypeError(f"a job has no such fields: {sorted(unknown)}")
    document = fields | {key: value for key, value in known.items() if value is not None}
    return {key: _plain(value) for key, value in document.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return format_time(value)
    return str(value) if isinstance(value, str) else value


def placed_document(place: Place, ticket: Ticket | None, said: JobOnNode | None) -> dict[str, Any]:
    """A job in flight; without its ticket, its owner is not known, and its name is the job's."""
    name = ticket.draft.name or stem_of(ticket) if ticket else said.name if said else None
    return job_document(
        place.name.job,
        name=name or None,
        state=place.state,
        node=place.name.node,
        attempt=place.name.attempt,
        priority=place.name.priority,
        owner=(ticket.owner if ticket else said.owner if said else None) or None,
        batch=(ticket.draft.batch if ticket else None) or None,
        after=_after_of(ticket) if ticket else None,
        submitted=place.name.submitted,
        started=said.started if said else None,
        progress=progress_document(said) if said else None,
    )


def _after_of(ticket: Ticket) -> list[str]:
    return [str(after) for after in ticket.draft.after]


def stem_of(ticket: Ticket) -> str:
    """What a job is called when its ticket gives it no name: the deck without its suffix."""
    deck = ticket.draft.input.rpartition("/")[2]
    return deck.rpartition(".")[0] or deck


def progress_document(said: JobOnNode) -> dict[str, Any]:
    """How far the job is; ``percent`` is null where the deck's steps tell no time."""
    return {
        "phase": said.phase,
        "percent": said.percent,
        "step": said.step,
        "steps": said.steps,
        "increments": said.increments,
        "cutbacks": said.cutbacks,
        "suspended": {"since": said.suspended, "why": said.suspended_why}
        if said.suspended
        else None,
        "use": None
        if said.memory_used_bytes is None
        else {
            "cores": said.cores_busy,
            "memory": said.memory_used_bytes,
            "memory_peak": said.memory_peak_bytes,
        },
    }


def account_document(share: Share, account: Account) -> dict[str, Any]:
    """Any job of which all is known."""
    ticket, outcome, place = account.ticket, account.outcome, account.found.place
    if outcome is None and place is not None:
        return placed_document(place, ticket, account.on_node)
    return job_document(
        ticket.job,
        name=ticket.draft.name or stem_of(ticket),
        state=account.state,
        outcome=outcome.outcome if outcome else None,
        reason=outcome.reason if outcome else None,
        node=outcome.node if outcome else None,
        attempt=outcome.attempt if outcome else None,
        priority=ticket.draft.priority,
        owner=ticket.owner or None,
        batch=ticket.draft.batch or None,
        after=_after_of(ticket),
        submitted=ticket.submitted,
        started=outcome.started if outcome else None,
        ended=outcome.ended if outcome else None,
        results=f"{share.location}/{account.found.folder}",
    )


def rejected_document(name: str, reason: str) -> dict[str, Any]:
    """A file that did not become a job."""
    return job_document(name, name=name, state=State.REJECTED, outcome=Outcome.REJECTED,
                        reason=reason)  # fmt: skip


def node_document(sight: NodeSight, tokens: Mapping[str, int]) -> dict[str, Any]:
    """A node; ``tokens``: by licence pool what its jobs hold."""
    status = sight.status
    amounts: dict[str, Mapping[str, int]] = {
        "cpus": {"total": status.cpus, "free": status.cpus_free},
        "memory": {"total": status.memory_bytes, "free": status.memory_free_bytes},
        "gpus": {"total": status.gpus, "free": status.gpus_free},
    }
    return {
        "node": status.node,
        "state": SILENT if sight.silent else status.state,
        **amounts,
        "tokens": dict(tokens),
        "jobs": [job.job for job in status.jobs],
        "heartbeat_age": round(sight.age_s, 1),
        "kept_back": status.kept_back,
        "others": {"cpus": status.others_cpus, "memory": status.others_memory_bytes},
        "opens": status.opens or None,
        "closes": status.closes or None,
    }
