"""Small spools to test with, and what lies in them."""

from pathlib import Path
from typing import Any

from spool_layout.names import TicketName, stamp_of
from spool_layout.ticket import Draft, InputFile, Resources, Ticket, format_ticket
from tests.clocks import START, FakeClock
from wamspool.shares.local import LocalShare
from wamspool.spool import Spool, create_spool, open_spool
from wamspool.transition import Place

JOB = "bracket-k7f3x"
DECK = b"*NODE, NSET=NALL\n1, 0., 0., 0.\n*STEP\n*STATIC\n*END STEP\n"


def new_spool(folder: Path, clock: FakeClock | None = None) -> Spool:
    """A fresh spool, nothing in it."""
    clock = clock or FakeClock()
    folder.mkdir(exist_ok=True)
    share = LocalShare(folder, clock, durable=False)
    create_spool(share, clock)
    return open_spool(share, clock)


def as_seen_by(spool: Spool, clock: FakeClock, share: Any = None) -> Spool:
    """The same spool as another process sees it: its own clock, its own memory."""
    return open_spool(share if share is not None else spool.share, clock)


def ticket_for(
    job: str = JOB, *, solver: str = "calculix", resources: Resources | None = None, **draft: Any
) -> Ticket:
    """A complete ticket of one deck."""
    asked = Draft("bracket.inp", solver=solver, resources=resources or Resources(), **draft)
    inputs = (InputFile("bracket.inp", "bracket.inp", len(DECK), "0" * 64),)
    return Ticket(job, asked, START, "jo", inputs)


def put(spool: Spool, place: Place, ticket: Ticket | None = None) -> Place:
    """The ticket lies there."""
    text = format_ticket(ticket or ticket_for(place.name.job))
    spool.share.create(place.path, text.encode())
    return place


def named(job: str = JOB, **said: Any) -> TicketName:
    """The name of a ticket of normal priority."""
    return TicketName(said.pop("priority", 5), said.pop("stamp", stamp_of(START)), job, **said)


def tree(folder: Path) -> set[str]:
    """All plain files below a folder, hidden ones too, as paths relative to it."""
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
