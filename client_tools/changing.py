"""Changing a waiting ticket, when others may want to change it too."""

from client_tools.errors import NotInThisState
from client_tools.phrases import where
from spool_layout.states import MOVES, Event, permits
from wamspool.errors import TicketGone
from wamspool.find import find_job
from wamspool.journal import Journal
from wamspool.spool import Spool
from wamspool.transition import Place, advance

LOOK_S = 0.3
MARGIN_S = 5.0


def change(spool: Spool, text: str, event: Event, *, writer: str) -> Place:
    """The event has happened to the job that the text names; returns where its ticket lies now.

    Another's change that has just begun is waited for. Raises NotInThisState where the job is
    not in a state in which the event can happen (any more), TicketGone when others keep changing
    it for longer than an unfinished change may take.
    """
    found = find_job(spool, text)
    until_s = spool.clock.monotonic_s() + spool.settings.door_grace_s + MARGIN_S
    while True:
        place = found.place
        if place is None or not permits(event, found.state):
            now = where(place, None).partition(",")[0] if place else "is done"
            wanted = " or ".join(MOVES[event].sources)
            raise NotInThisState(f"{found.job} {now}; '{event}' is for {wanted} jobs only")
        try:
            moved = advance(spool.share, spool.doors, event, place)
        except TicketGone:
            moved = None
        if moved is not None:
            _note(spool, event, moved, writer)
            return moved
        if spool.clock.monotonic_s() > until_s:
            raise TicketGone(f"{found.job}: others keep changing it, nothing was done")
        spool.clock.sleep(LOOK_S)
        found = find_job(spool, found.job)


def _note(spool: Spool, event: Event, place: Place, writer: str) -> None:
    journal = Journal(spool.share, writer)
    name = place.name
    journal.note(str(event), name.job, generation=name.generation, attempt=name.attempt)
    journal.flush()
