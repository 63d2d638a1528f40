"""Two tickets of one job: somebody has copied one by hand instead of moving it.

The first that is changed goes through the next door as ever. The other bears an old generation, so
that whoever would change it finds that door made already; or it lies where its name has no
business, with a node in its name that nobody there can be. Only then is looked for twins, so that
nothing costs more where nobody has copied anything. Of two the one with the higher generation is
the job. Where they are alike, the one that has come farthest is, and a held one before a queued.
"""

from typing import Final

from spool_layout.names import parse_ticket_name
from spool_layout.states import FOLDERS, State
from wamspool.errors import BadInput, TicketGone
from wamspool.place import Place
from wamspool.reject import reject
from wamspool.share import Share
from wamspool.tree import lies_at

_RANK: Final = (State.QUEUED, State.HELD, State.CLAIMED, State.RUNNING)
_CURE: Final = (
    "Nothing needs to be done: the job goes on by its other ticket. Move tickets, do not copy them;"
    " remove this one."
)


def may_have_twin(place: Place, generation: int) -> bool:
    """Whether a copy may be about: the ticket lies where a hand has put it, or the door that leads
    to the next generation had been made by another.
    """
    is_free = place.state in {State.QUEUED, State.HELD}
    by_hand = bool(place.moved_to) or (is_free and place.name.node is not None)
    return by_hand or generation > place.name.generation + 1


def set_twins_aside(share: Share, place: Place) -> None:
    """No other ticket of the job is in flight. For whoever holds the door. Five listings.

    Copies lie in ``rejected/`` beside a text that says so. Raises TicketGone when this one is
    such a copy.
    """
    twins = [twin for twin in _others(share, place) if twin.path != place.path]
    # Looked for last: a ticket that somebody has moved meanwhile has no twin. Names are not
    # used twice, so one that still lies here was there beside what was seen before.
    if not twins or not lies_at(share, place.path):
        return
    if any(_standing(twin) > _standing(place) for twin in twins):
        set_aside(share, place)
        raise TicketGone(f"{place.name.job}: this ticket was a copy, and lies in rejected now")
    for twin in twins:
        set_aside(share, twin)


def _standing(place: Place) -> tuple[int, int, int]:
    return place.name.generation, 0 if place.moved_to else 1, _RANK.index(place.state)


def _others(share: Share, place: Place) -> list[Place]:
    found = []
    for state in (State.HELD, State.QUEUED, State.CLAIMED, State.RUNNING, State.QUEUED):
        for entry in share.list(FOLDERS[state]):
            name = parse_ticket_name(entry.name)
            if name and name.job == place.name.job:
                found.append(Place(state, name))
    return list(dict.fromkeys(found))


def set_aside(share: Share, place: Place) -> None:
    """The ticket lies in ``rejected/`` beside a text that says that it is a copy."""
    problem = BadInput(f"it is a copy of the ticket of {place.name.job}", cure=_CURE)
    reject(share, place.path, problem)
