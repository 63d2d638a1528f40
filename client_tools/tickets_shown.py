"""Tickets read for what is shown, and only for that."""

from collections.abc import Iterable, Mapping
from contextlib import suppress

from spool_layout.errors import FormatError
from spool_layout.ticket import Ticket, parse_ticket
from wamspool.errors import Denied, Gone
from wamspool.spool import Spool
from wamspool.transition import Place


def tickets_at(
    spool: Spool, places: Iterable[Place], known: Mapping[str, Ticket] | None = None
) -> dict[str, Ticket]:
    """The tickets by job; one that moved, or cannot be read, is left out.

    ``known`` were read before: what a job asks for does not change while it waits.
    """
    tickets: dict[str, Ticket] = {}
    for place in places:
        if known and place.name.job in known:
            tickets[place.name.job] = known[place.name.job]
            continue
        with suppress(Gone, Denied, FormatError):
            text = spool.share.read(place.path)
            tickets[place.name.job] = parse_ticket(text, source=place.path)
    return tickets
