"""Changing a waiting ticket, when others may want to change it too."""

from collections.abc import Callable
from typing import TypeVar

from client_tools.errors import NotInThisState
from client_tools.phrases import where
from spool_layout.states import MOVES, Event, permits
from wamspool.errors import TicketGone
from wamspool.find import Found, find_job
from wamspool.journal import Journal
from wamspool.spool import Spool
from wamspool.transition import Place, advance

LOOK_S = 0.3
MARGIN_S = 5.0
_CURES = {
    Event.HOLD: "A job that runs can be stopped so that it waits again: wam requeue JOB; then hold"
    " it. Or end it: wam kill JOB.",
    Event.RELEASE: "Only what 'wam hold' holds can be released.",
    Event.REORDER: "The priority matters only while a job waits.",
}
_CALLED = {Event.REORDER: "priority", Event.REORDER_HELD: "priority"}
T = TypeVar("T")


def change(
    spool: Spool, text: str, event: Event, *, writer: str, priority: int | None = None
) -> Place:
    """The event has happened to the job that the text names; returns where its ticket lies now.

    Another's change that has just begun is waited for. Raises NotInThisState where the job is
    not in a state in which the event can happen (any more), TicketGone when others keep changing
    it for longer than an unfinished change may take.
    """

    def try_once(found: Found) -> Place | None:
        place = waiting_place(found, event)
        return advance(spool.share, spool.doors, event, place, priority=priority)

    moved = patiently(spool, find_job(spool, text), try_once)
    note(spool, str(event), moved, writer)
    return moved


def waiting_place(found: Found, event: Event) -> Place:
    """Where the ticket lies, from where the event leads. Raises NotInThisState."""
    place = found.place
    if place is None or not permits(event, found.state):
        now = where(place, None).partition(",")[0] if place else "is done"
        wanted = " or ".join(MOVES[event].sources)
        raise NotInThisState(
            f"{found.job} {now}; '{_CALLED.get(event, event)}' is for {wanted} jobs only",
            cure=_CURES.get(event) if place and place.name.node else None,
        )
    return place


def patiently(spool: Spool, found: Found, try_once: Callable[[Found], T | None]) -> T:
    """What the change gives once nobody else's is in its way.

    ``try_once`` gives None while another's door is. Raises TicketGone when others keep changing
    the ticket for longer than an unfinished change may take.
    """
    until_s = spool.clock.monotonic_s() + spool.settings.door_grace_s + MARGIN_S
    while True:
        try:
            done = try_once(found)
        except TicketGone:
            done = None
        if done is not None:
            return done
        if spool.clock.monotonic_s() > until_s:
            raise TicketGone(f"{found.job}: others keep changing it, nothing was done")
        spool.clock.sleep(LOOK_S)
        found = find_job(spool, found.job)


def note(spool: Spool, event: str, place: Place, writer: str, *, detail: str = "") -> None:
    """The user's journal says what he has done."""
    journal, name = Journal(spool.share, writer), place.name
    journal.note(event, name.job, generation=name.generation, attempt=name.attempt, detail=detail)
    journal.flush()
