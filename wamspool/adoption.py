"""The end of an adoption, which anybody can bring about once the drop has been taken.

No name is used twice in it: an adopter's draft and the drop that it has taken bear its own mark,
and only a draft beside a taken drop becomes ``ticket.draft.yaml``. Where all adopters shared that
one name, an adopter that came late made the draft anew after it had been queued, and one that had
slept just before its last move queued the job beside its ticket.
"""

from contextlib import suppress
from dataclasses import dataclass

from spool_layout import folders
from spool_layout.errors import FormatError
from spool_layout.ticket import Ticket, parse_ticket
from wamspool.errors import Exists, Gone
from wamspool.share import Share
from wamspool.submit import first_place

DROPPED = "dropped"
"""The field of an adopted ticket that says where in the spool its drop lay."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A job that lacks nothing but the last moves into the queue. ``by``: the mark of the adopter
    who has taken the drop; empty where the drop lies under its own name already.
    """

    ticket: Ticket
    by: str


def complete_adoption(share: Share, taken: Taken) -> str:
    """The job is queued; returns the ticket's place. Harmless when another was first.

    Raises Gone when the drop is not with the job: its adopter has put it back, or the job is done.
    """
    ticket, job = taken.ticket, taken.ticket.job
    if taken.by:
        with suppress(Gone, Exists):
            share.move(folders.own_draft(job, taken.by), folders.draft(job))
        under_its_name = f"{folders.job(job)}/{drop_of(ticket)}"
        try:
            share.move(folders.taken(job, taken.by), under_its_name)
        except (Gone, Exists):
            share.examine(under_its_name)
    place = first_place(ticket)
    with suppress(Gone, Exists):
        share.move(folders.draft(job), place)
    return place


def taken_drop(share: Share, job: str) -> Taken | None:
    """What lacks nothing but the last moves; None where an input, the draft or the drop is missing.

    The drop too: while a dropped ticket lies in ``incoming/``, its adopter is not through, and
    whoever queued the job beside it would have it run twice. The caller asks only for a job that
    has been without a ticket for longer than an adoption takes.
    """
    try:
        names = [entry.name for entry in share.list(folders.job(job))]
        by = next((mark for name in names if (mark := folders.adopter_of_taken(name))), "")
        draft = folders.draft(job)
        if folders.DRAFT_FILE not in names:
            if not by:
                return None
            draft = folders.own_draft(job, by)
        ticket = parse_ticket(share.read(draft), source=draft)
        is_whole = ticket.job == job and _lies_there(share, ticket, by)
    except (Gone, FormatError):
        return None
    return Taken(ticket, by) if is_whole else None


def _lies_there(share: Share, ticket: Ticket, by: str) -> bool:
    drop, folder = drop_of(ticket), folders.job(ticket.job)
    lies = folders.taken(ticket.job, by) if by else f"{folder}/{drop}"
    share.examine(lies)
    return drop != "" and all(
        share.examine(lies if i.name == drop else f"{folder}/{i.name}").size_bytes == i.size_bytes
        for i in ticket.inputs
    )


def drop_of(ticket: Ticket) -> str:
    """The file name of the drop that became this job; empty for one that was submitted."""
    return str(ticket.draft.extra.get(DROPPED, "")).rpartition("/")[2]
