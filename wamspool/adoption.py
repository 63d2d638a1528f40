"""The end of an adoption, which anybody can bring about once the draft of the ticket lies there."""

from contextlib import suppress

from spool_layout import folders
from spool_layout.errors import FormatError
from spool_layout.ticket import Ticket, parse_ticket
from wamspool.errors import Exists, Gone
from wamspool.share import Kind, Share
from wamspool.submit import first_place


def complete_adoption(share: Share, job: str, *, dropped_in: str | None = None) -> str:
    """The job is queued; returns the ticket's place. Harmless when another was first.

    A deck that a dropped ticket names was copied; the dropped one is removed now, lest it become
    a job of its own. Raises Gone when there is no draft and nobody else has queued it.
    """
    draft = folders.draft(job)
    ticket = parse_ticket(share.read(draft), source=draft)
    place = first_place(ticket)
    if dropped_in is not None:
        _remove_named_deck(share, ticket, dropped_in)
    with suppress(Gone, Exists):
        share.move(draft, place)
    return place


def _remove_named_deck(share: Share, ticket: Ticket, folder: str) -> None:
    deck = f"{folder}/{ticket.draft.input}"
    expected = next(f for f in ticket.inputs if f.name == ticket.draft.input)
    with suppress(Gone):
        examined = share.examine(deck)
        if examined.kind is Kind.FILE and examined.size_bytes == expected.size_bytes:
            share.remove(deck)


def finish_adoptions(share: Share, candidates: list[str]) -> list[str]:
    """Of these jobs without a ticket, those that are queued now: everything was in its folder.

    The caller names only jobs that have been without a ticket for longer than an adoption takes.
    """
    finished = []
    for job in candidates:
        draft = folders.draft(job)
        try:
            ticket = parse_ticket(share.read(draft), source=draft)
            present = all(
                share.examine(f"{folders.job(job)}/{f.name}").size_bytes == f.size_bytes
                for f in ticket.inputs
            )
        except (Gone, FormatError):
            continue
        if present:
            finished.append(complete_adoption(share, job))
    return finished
