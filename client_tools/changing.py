"""Holding, releasing and reordering jobs that wait, when others may want to change them too."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from client_tools.errors import NotInThisState
from client_tools.phrases import where
from client_tools.requester import Requester
from spool_layout.states import MOVES, Event, State, permits
from spool_layout.ticket import Ticket
from spool_layout.units import priority_word
from wamspool.errors import TicketGone
from wamspool.find import Found, find_job
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
_WAITING = frozenset({State.QUEUED, State.HELD})
_CALLED = {Event.REORDER: "priority", Event.REORDER_HELD: "priority"}
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Changed:
    """A job as it is now. ``was_so``: nothing had to be changed."""

    place: Place
    ticket: Ticket | None
    was_so: bool = False


@dataclass(frozen=True, slots=True)
class Changing:
    """Changes to tickets that wait or are held. What is so already is no error.

    Another's change that has just begun is waited for. Each raises NotInThisState where the job is
    in no state for it (any more), NotPermitted, and TicketGone when others keep changing it for
    longer than an unfinished change may take.
    """

    spool: Spool
    requester: Requester

    def hold(self, found: Found) -> Changed:
        """The job does not start until it is released."""
        return self._change(Event.HOLD, found, lambda place: place.state is State.HELD)

    def release(self, found: Found) -> Changed:
        """The job waits, and may start."""
        return self._change(Event.RELEASE, found, lambda place: place.state is State.QUEUED)

    def reorder(self, found: Found, priority: int) -> Changed:
        """The job, which waits or is held, has this priority."""

        def is_so(place: Place) -> bool:
            return place.state in _WAITING and place.name.priority == priority

        return self._change(Event.REORDER, found, is_so, priority)

    def _change(
        self,
        event: Event,
        found: Found,
        is_so: Callable[[Place], bool],
        priority: int | None = None,
    ) -> Changed:
        share, doors = self.spool.share, self.spool.doors

        def once(found: Found) -> Changed | None:
            called = _CALLED.get(event, str(event))
            ticket = self.requester.check(found.place, called) if found.place else None
            if found.place is not None and is_so(found.place):
                return Changed(found.place, ticket, was_so=True)
            is_held = event is Event.REORDER and found.state is State.HELD
            what = Event.REORDER_HELD if is_held else event
            moved = advance(share, doors, what, _waiting_place(found, what), priority=priority)
            return Changed(moved, ticket) if moved else None

        changed = patiently(self.spool, found, once)
        if not changed.was_so:
            word = "" if priority is None else f"priority {priority_word(priority)}"
            self.requester.note(str(event), changed.place, detail=word)
        return changed


def _waiting_place(found: Found, event: Event) -> Place:
    """Where the ticket lies, from where the event leads. Raises NotInThisState."""
    place = found.place
    if place is None or not permits(event, found.state):
        now = where(place, None).partition(",")[0] if place else "is done"
        wanted = " or ".join(MOVES[event].sources)
        raise NotInThisState(
            f"{found.job} {now}; '{_CALLED.get(event, event)}' is for {wanted} jobs only",
            cure=_cure_of(found, event),
        )
    return place


def _cure_of(found: Found, event: Event) -> str | None:
    if found.state is State.DONE:
        return f"It has ended: wam show {found.job}. Run it again as a new job: wam requeue {found.job}"
    return _CURES.get(event) if found.place and found.place.name.node else None


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
