"""What an earlier service of this node has left: its claims, its runs, its scratch folders.

Nothing is remembered but on the share and on scratch, so a service that was killed at any moment
is followed by one that knows as much.
"""

from contextlib import suppress
from datetime import UTC, datetime

from node_service.attempt import Attempt, Phase
from node_service.fencing import was_published
from node_service.hooking import stop_hooks
from node_service.job_requests import noted_granted
from node_service.node import Node
from node_service.processes import Running
from node_service.run_states import examine
from node_service.suspending import find_standstill
from spool_layout.errors import FormatError
from spool_layout.states import State
from spool_layout.ticket import Ticket, format_time, parse_ticket
from wamspool.errors import Denied, Gone, TicketGone
from wamspool.expire import claims
from wamspool.publish import discard_prepared
from wamspool.transition import Place, hand_back


def find_claims(node: Node) -> list[Attempt]:
    """The attempts whose tickets this node holds, with their runs as they are."""
    found = (_attempt(node, place) for place in _places(node))
    return [attempt for attempt in found if attempt]


def _places(node: Node) -> list[Place]:
    return [place for place in claims(node.spool.share) if place.name.node == node.name]


def _attempt(node: Node, place: Place) -> Attempt | None:
    try:
        ticket = parse_ticket(node.spool.share.read(place.path), source=place.path)
    except (Gone, Denied, FormatError) as error:
        node.log.warning("ticket unreadable", extra={"ticket": place.path, "why": str(error)})
        return None
    if ticket.draft.solver not in node.programs:
        _leave(node, place, ticket)
        return None
    folder = node.scratch.attempt(place.name.job, place.name.generation)
    attempt = Attempt(place, ticket, folder, Phase.STAGE_IN)
    if place.state is State.RUNNING:
        attempt.phase, attempt.is_inherited = Phase.SOLVING, True
        attempt.gpus, attempt.processors = folder.gpus, folder.processors
        attempt.granted = noted_granted(folder)
        _note_start(node, attempt)
    node.log.info("found", extra={"job": attempt.job, "state": str(place.state)})
    return attempt


def _leave(node: Node, place: Place, ticket: Ticket) -> None:
    """A claim goes back to the queue, for others; a run is not ended for a slip in the settings."""
    extra = {"job": ticket.job, "solver": ticket.draft.solver}
    node.log.warning("solver missing", extra=extra)
    if place.state is State.CLAIMED:
        with suppress(TicketGone):
            if hand_back(node.spool.share, node.spool.doors, place):
                detail = f"no solver '{ticket.draft.solver}' on this node"
                generation = place.name.generation
                node.journal.note("hand_back", ticket.job, generation=generation, detail=detail)


def _note_start(node: Node, attempt: Attempt) -> None:
    state = examine(node, attempt)
    now_s = node.spool.clock.monotonic_s()
    attempt.started_s = now_s
    if isinstance(state, Running):
        began = datetime.fromtimestamp(state.started, UTC)
        attempt.started = format_time(began)
        ran_s = (node.spool.clock.utc_now() - began).total_seconds()
        attempt.started_s = now_s - max(0.0, ran_s)
        find_standstill(node, attempt)
        if attempt.folder.stopped_for:
            attempt.stop_asked_s = now_s


def tidy_scratch(node: Node, attempts: list[Attempt]) -> None:
    """Scratch holds the folders of the attempts held, and nothing else but what lies aside.

    A folder without a ticket belongs to a job that was published (the crash came before the
    folder was removed): then what is left of publishing is done. Or to an attempt that was
    fenced: its processes are ended, and it is put aside.
    """
    held = {(a.job, a.generation) for a in attempts}
    # Also those that could not be taken up now, for a ticket that cannot be read or a solver
    # that was taken out of the settings: what they compute is not ours to throw away.
    held |= {(place.name.job, place.name.generation) for place in _places(node)}
    for job, generation in node.scratch.attempts():
        if (job, generation) in held:
            continue
        folder = node.scratch.attempt(job, generation)
        node.processes.stop(folder.path, force=True)
        stop_hooks(node, folder)
        if not folder.is_staged or was_published(node, job, generation):
            folder.remove()
        else:
            place = node.scratch.put_aside(job, generation)
            discard_prepared(node.spool.share, job, generation)
            node.log.warning("put aside", extra={"job": job, "folder": str(place)})
