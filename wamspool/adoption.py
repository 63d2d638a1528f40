"""The end of an adoption, which anybody can bring about once the draft of the ticket lies there."""

from contextlib import suppress

from spool_layout import folders
from spool_layout.errors import FormatError
from spool_layout.ticket import Ticket, parse_ticket
from wamspool.errors import Exists, Gone
from wamspool.share import Share
from wamspool.submit import first_place

DROPPED = "dropped"
"""The field of an adopted ticket that says where in the spool its drop lay."""


def complete_adoption(share: Share, job: str, *, ticket: Ticket | None = None) -> str:
    """The job is queued; returns the ticket's place. Harmless when another was first.

    ``ticket`` spares reading the draft where the caller has just written it. Raises Gone when
    there is no draft and nobody else has queued it.
    """
    draft = folders.draft(job)
    if ticket is None:
        ticket = parse_ticket(share.read(draft), source=draft)
    place = first_place(ticket)
    with suppress(Gone, Exists):
        share.move(draft, place)
    return place


def unfinished_adoptions(share: Share, candidates: list[str]) -> list[str]:
    """Of these jobs without a ticket, those that lack nothing but the draft's move: the draft,
    all inputs and the drop itself lie in the job's folder.

    The caller names only jobs that have been without a ticket for longer than an adoption takes.
    """
    return [job for job in candidates if _is_whole(share, job)]


def _is_whole(share: Share, job: str) -> bool:
    """Whether the draft, all inputs and the drop itself lie in the job's folder.

    The drop too: while a dropped ticket lies in ``incoming/``, its adopter is not through, and
    whoever queued the job beside it would have it run twice.
    """
    draft = folders.draft(job)
    try:
        ticket = parse_ticket(share.read(draft), source=draft)
        if dropped := str(ticket.draft.extra.get(DROPPED, "")).rpartition("/")[2]:
            share.examine(f"{folders.job(job)}/{dropped}")
        return all(
            share.examine(f"{folders.job(job)}/{f.name}").size_bytes == f.size_bytes
            for f in ticket.inputs
        )
    except (Gone, FormatError):
        return False
