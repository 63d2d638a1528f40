"""The only code that moves a ticket from one state to another, by the table of states."""

from collections.abc import Callable
from dataclasses import replace

from spool_layout.names import TicketName
from spool_layout.states import MOVES, Event, State, permits
from spool_layout.tokens import Need
from wamspool.door import Doors
from wamspool.errors import Exists, Gone, TicketGone, Unreachable
from wamspool.place import Place
from wamspool.share import Share
from wamspool.tree import lies_at
from wamspool.twins import may_have_twin, set_twins_aside

__all__ = [
    "Place",
    "advance",
    "advance_to",
    "claim",
    "hand_back",
    "lead",
    "move_ticket",
    "requeue",
    "start",
]


def advance(
    share: Share,
    doors: Doors,
    event: Event,
    place: Place,
    *,
    node: str | None = None,
    attempt: int | None = None,
    priority: int | None = None,
    need: Need | None = None,
) -> Place | None:
    """The ticket lies where the event leads, under its new name; None: another's door, wait.

    Raises TicketGone when somebody else changed the ticket first.
    """
    name = place.name
    generation = _lead(share, doors, event, place)
    if generation is None:
        return None
    named = TicketName(
        name.priority if priority is None else priority,
        name.stamp,
        name.job,
        generation,
        name.attempt if attempt is None else attempt,
        node,
        tokens=need.tokens if need else 0,
        pool=need.pool if need else None,
    )
    target = Place(MOVES[event].target, named)
    move_ticket(share, place.path, target.path, job=name.job)
    return target


def advance_to(
    share: Share, doors: Doors, event: Event, place: Place, target: Callable[[int], str]
) -> int | None:
    """As ``advance``, to the path that ``target`` gives for the new generation, which is returned."""
    generation = _lead(share, doors, event, place)
    if generation is not None:
        move_ticket(share, place.path, target(generation), job=place.name.job)
    return generation


def _lead(share: Share, doors: Doors, event: Event, place: Place) -> int | None:
    """The generation into which the event leads; None: another's door, wait.

    An event without a door keeps its generation: only the claim's owner can cause it.
    """
    if not permits(event, place.state):
        raise ValueError(f"{event} does not happen to a {place.state} job")
    return lead(share, doors, place) if MOVES[event].door else place.name.generation


def lead(share: Share, doors: Doors, place: Place) -> int | None:
    """As ``Doors.lead``; where somebody may have copied the ticket by hand, no copy is about now.

    Raises TicketGone when this ticket is the copy.
    """
    generation = doors.lead(place.name)
    if generation is not None and may_have_twin(place, generation):
        set_twins_aside(share, place)
    return generation


def move_ticket(share: Share, source: str, target: str, *, job: str) -> None:
    """The ticket lies at ``target``. Raises TicketGone when another was first.

    After an unclear answer the target's own name tells: nobody else uses it. Raises Gone when
    the folder of either is out of sight while the ticket was not seen to go: an unmounted share
    is an empty folder, and no reason to stop a solver.
    """
    try:
        share.move(source, target)
    except (Gone, Exists, Unreachable) as error:
        is_there = lies_at(share, source)
        if not is_there and _has_arrived(share, target):
            return
        if isinstance(error, Unreachable) or (is_there and isinstance(error, Gone)):
            raise
        raise TicketGone(f"{job}: somebody else changed it first ({source} is gone)") from error


def _has_arrived(share: Share, target: str) -> bool:
    try:
        return lies_at(share, target)
    except Gone:  # a folder that was made for it, and that others have tidied away since
        return False


def claim(
    share: Share, doors: Doors, place: Place, node: str, *, need: Need | None = None
) -> Place | None:
    """The ticket is this node's, in ``claimed/``, and its name says what it needs of a pool.

    None or TicketGone as in ``advance``.
    """
    return advance(share, doors, Event.CLAIM, place, node=node, need=need)


def start(share: Share, place: Place) -> Place:
    """The owner's ticket lies in ``running/`` and counts one attempt more."""
    named = replace(place.name, attempt=place.name.attempt + 1)
    target = Place(State.RUNNING, named)
    move_ticket(share, place.path, target.path, job=named.job)
    return target


def hand_back(share: Share, doors: Doors, place: Place) -> Place | None:
    """The claim is given up; the ticket waits again, and a run that it had does not count.

    That run has computed nothing, for want of a licence: it must not use up a retry.
    """
    uncounted = place.name.attempt - (place.state is State.RUNNING)
    return advance(share, doors, Event.HAND_BACK, place, attempt=uncounted)


def requeue(share: Share, doors: Doors, place: Place) -> Place | None:
    """The attempt is over without a result; the ticket waits again, its attempts counted."""
    return advance(share, doors, Event.EXPIRE, place)
