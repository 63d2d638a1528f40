"""Taking back the tickets of a node whose lease is over, and ending jobs that nobody runs."""

from contextlib import suppress
from dataclasses import dataclass

from spool_layout import folders
from spool_layout.errors import FormatError
from spool_layout.names import parse_ticket_name
from spool_layout.records import OutcomeRecord
from spool_layout.states import FOLDERS, Event, Outcome, State, permits
from spool_layout.ticket import Ticket, parse_ticket
from wamspool.errors import Exists, Gone, ShareError, TicketGone
from wamspool.publish import Publication, finish_publishing, record
from wamspool.share import Kind, Share
from wamspool.spool import Spool
from wamspool.transition import Place, move_ticket, requeue
from wamspool.tree import make_folders, remove_tree


def claims(share: Share) -> list[Place]:
    """All tickets that some node holds; one that starts meanwhile is seen once or twice."""
    return [
        Place(state, name)
        for state in (State.CLAIMED, State.RUNNING)
        for entry in share.list(FOLDERS[state])
        if entry.kind is Kind.FILE and (name := parse_ticket_name(entry.name)) and name.node
    ]


def has_runs_left(ticket: Ticket, attempt: int) -> bool:
    """Whether a job whose attempt of this number was lost may be run again."""
    return attempt <= ticket.draft.retries


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What became of a dead node's ticket."""

    event: Event
    detail: str


def take_back(spool: Spool, place: Place, *, silent_s: float) -> TakenBack | None:
    """The ticket waits again, or the job is done with the outcome lost; None: another's door.

    Raises TicketGone when its owner, or another watcher, was first, and ShareError.
    """
    share, name = spool.share, place.name
    why = f"{name.node} has been silent for {silent_s:.0f} s"
    try:
        ticket = parse_ticket(share.read(place.path), source=place.path)
    except FormatError as error:
        sentence = f"The job's ticket cannot be read any more ({error.message}), and {why}."
        lost = _lost(spool, place, "ticket-damaged", sentence)
        return _given_up(spool, place, lost)
    except Gone:
        return None
    if place.state is State.CLAIMED or has_runs_left(ticket, name.attempt):
        moved = requeue(share, spool.doors, place)
        return TakenBack(Event.EXPIRE, why) if moved else None
    sentence = f"The run was lost: {why}, and attempt {name.attempt} was the last one permitted."
    return _given_up(spool, place, _lost(spool, place, "node-lost", sentence))


def _lost(spool: Spool, place: Place, reason: str, sentence: str) -> OutcomeRecord:
    return OutcomeRecord(
        job=place.name.job,
        outcome=Outcome.LOST,
        reason=reason,
        sentence=sentence,
        attempt=place.name.attempt,
        node=place.name.node,
        ended=spool.share.now(),
    )


def _given_up(spool: Spool, place: Place, outcome: OutcomeRecord) -> TakenBack | None:
    shown = end_unrun(spool, Event.GIVE_UP, place, outcome)
    return TakenBack(Event.GIVE_UP, outcome.sentence) if shown else None


def end_unrun(spool: Spool, event: Event, place: Place, outcome: OutcomeRecord) -> str | None:
    """The job is done without results of a run; its folder. None: another's door, try later.

    For whoever is not the claim's owner: the door comes first, and what is prepared bears its
    generation, so that neither the owner nor another outsider prepares in the same folder.
    Raises TicketGone when somebody else changed the ticket first; then nothing is shown.
    """
    share, job = spool.share, place.name.job
    if not permits(event, place.state):
        raise ValueError(f"{event} does not happen to a {place.state} job")
    generation = spool.doors.lead(place.name)
    if generation is None:
        return None
    publication = Publication(job, folders.month(share.now()), generation)
    make_folders(share, publication.folder)
    with suppress(Gone, Exists):
        live = folders.live(job, place.name.generation)
        share.move(live, f"{publication.folder}/{folders.LIVE}")
    record(share, publication, outcome)
    try:
        move_ticket(share, place.path, publication.ticket, job=job)
    except TicketGone:
        with suppress(ShareError):
            remove_tree(share, publication.folder)
        raise
    return finish_publishing(share, publication)
