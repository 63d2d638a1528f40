"""The only code that moves a ticket from one state to another, by the table of states."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from spool_layout.names import TicketName
from spool_layout.states import FOLDERS, MOVES, Event, State, permits
from wamspool.door import Doors
from wamspool.errors import Exists, Gone, TicketGone, Unreachable
from wamspool.share import Share


@dataclass(frozen=True, slots=True)
class Place:
    """A ticket where it lies."""

    state: State
    name: TicketName

    @property
    def path(self) -> str:
        """The ticket's file; tickets of done jobs lie in their own folders, not here."""
        return f"{FOLDERS[self.state]}/{self.name.file_name}"


def advance(
    share: Share,
    doors: Doors,
    event: Event,
    place: Place,
    *,
    node: str | None = None,
    attempt: int | None = None,
    priority: int | None = None,
) -> Place | None:
    """The ticket lies where the event leads, under its new name; None: another's door, wait.

    Raises TicketGone when somebody else changed the ticket first.
    """
    named = replace(
        place.name,
        node=node,
        attempt=place.name.attempt if attempt is None else attempt,
        priority=place.name.priority if priority is None else priority,
    )
    target = Place(MOVES[event].target, named)
    moved = advance_to(share, doors, event, place, lambda g: _generation(target, g).path)
    return None if moved is None else _generation(target, moved)


def _generation(place: Place, generation: int) -> Place:
    return Place(place.state, replace(place.name, generation=generation))


def advance_to(
    share: Share, doors: Doors, event: Event, place: Place, target: Callable[[int], str]
) -> int | None:
    """As ``advance``, to the path that ``target`` gives for the new generation, which is returned.

    An event without a door keeps its generation: only the claim's owner can cause it.
    """
    if not permits(event, place.state):
        raise ValueError(f"{event} does not happen to a {place.state} job")
    generation: int | None = place.name.generation
    if MOVES[event].door:
        generation = doors.lead(place.name)
    if generation is None:
        return None
    move_ticket(share, place.path, target(generation), job=place.name.job)
    return generation


def move_ticket(share: Share, source: str, target: str, *, job: str) -> None:
    """The ticket lies at ``target``. Raises TicketGone when another was first.

    After an unclear answer the target's own name tells: nobody else uses it.
    """
    try:
        share.move(source, target)
    except (Gone, Exists, Unreachable) as error:
        if _lies_at(share, target) and not _lies_at(share, source):
            return
        if isinstance(error, Unreachable):
            raise
        raise TicketGone(f"{job}: somebody else changed it first ({source} is gone)") from error


def _lies_at(share: Share, path: str) -> bool:
    folder, _, name = path.rpartition("/")
    try:
        return any(entry.name == name for entry in share.list(folder))
    except Gone:
        return False


def claim(share: Share, doors: Doors, place: Place, node: str) -> Place | None:
    """The ticket is this node's, in ``claimed/``; None or TicketGone as in ``advance``."""
    return advance(share, doors, Event.CLAIM, place, node=node)


def start(share: Share, place: Place) -> Place:
    """The owner's ticket lies in ``running/`` and counts one attempt more."""
    named = replace(place.name, attempt=place.name.attempt + 1)
    target = Place(State.RUNNING, named)
    move_ticket(share, place.path, target.path, job=named.job)
    return target


def hand_back(share: Share, doors: Doors, place: Place) -> Place | None:
    """The claim is given up unstarted; the ticket waits again."""
    return advance(share, doors, Event.HAND_BACK, place)


def requeue(share: Share, doors: Doors, place: Place) -> Place | None:
    """The attempt is over without a result; the ticket waits again, its attempts counted."""
    return advance(share, doors, Event.EXPIRE, place)
