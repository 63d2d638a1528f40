"""Taking back the tickets of a node whose lease is over, and ending jobs that nobody runs."""

from dataclasses import dataclass

from spool_layout.errors import FormatError, TooNew
from spool_layout.names import parse_ticket_name
from spool_layout.records import OutcomeRecord
from spool_layout.states import FOLDERS, Event, Outcome, State
from spool_layout.ticket import Ticket, parse_ticket
from wamspool.asking import Granted, cancelled
from wamspool.errors import Gone
from wamspool.losses import SEVERAL_NODES, note_loss, several_nodes_sentence, too_many
from wamspool.share import Kind, Share
from wamspool.spool import Spool
from wamspool.transition import Place, requeue
from wamspool.unrun import end_unrun


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
    """What became of a dead node's ticket. ``ticket``: that of a job that waits again."""

    event: Event
    detail: str
    ticket: Ticket | None = None


def take_back(
    spool: Spool, place: Place, *, silent_s: float, granted: Granted | None = None
) -> TakenBack | None:
    """The ticket waits again, or the job is done with the outcome lost; None: another's door.

    ``granted``: what was asked of the dead owner is done in its place. A job that was to be cancelled
    is, and one that was to run again does, however many attempts it has had. One that was lost on
    several nodes is given up, whatever its ticket permits.
    Raises TicketGone when its owner, or another watcher, was first, ShareError, and TooNew, having
    changed nothing, for the ticket of a newer WAM.
    """
    share, name = spool.share, place.name
    why = f"{name.node} has been silent for {silent_s:.0f} s"
    try:
        ticket = parse_ticket(share.read(place.path), source=place.path)
    except TooNew:
        raise  # not damaged, but not for this WAM to judge: a node of the newer one will take it
    except FormatError as error:
        sentence = f"The job's ticket cannot be read any more ({error.message}), and {why}."
        lost = _lost(spool, place, "ticket-damaged", sentence)
        return _given_up(spool, place, lost)
    except Gone:
        return None
    if granted and granted.is_to_cancel:
        silence = f"Its node gave no answer: {why}."
        ended = cancelled(
            spool, place, by=granted.by, why=granted.why, sentence=silence, node=name.node
        )
        return _given_up(spool, place, ended)
    if place.state is State.CLAIMED or granted or has_runs_left(ticket, name.attempt):
        nodes = (
            ()
            if granted
            else note_loss(share, name.job, generation=name.generation, node=name.node or "")
        )
        if too_many(nodes):
            sentence = several_nodes_sentence(nodes, why)
            return _given_up(spool, place, _lost(spool, place, SEVERAL_NODES, sentence))
        moved = requeue(share, spool.doors, place)
        return TakenBack(Event.EXPIRE, why, ticket) if moved else None
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
