"""Holding jobs and releasing them, several at once; what is so already is no error."""

from collections.abc import Callable
from dataclasses import dataclass

import typer

from client_tools.changing import note, patiently, waiting_place
from client_tools.documents import placed_document
from client_tools.requester import Requester, not_done_documents, on_each
from client_tools.selecting import Selection, select
from client_tools.views.output import choose_output
from client_tools.views.screen import Line, Screen, Tone
from client_tools.which_spool import open_named_spool
from spool_layout.states import Event, State
from spool_layout.ticket import Ticket
from wamspool.find import Found
from wamspool.transition import Place, advance


@dataclass(frozen=True, slots=True)
class Held:
    """A job as it is now. ``was_so``: nothing had to be changed."""

    place: Place
    ticket: Ticket | None
    was_so: bool = False


Said = Callable[[str, bool], str]
"""The sentence about a job; the flag: it was so already."""


def hold_or_release(
    event: Event,
    target: State,
    asked: Selection,
    spool: str | None,
    *,
    as_json: bool,
    said: Said,
) -> None:
    """The jobs are in that state, and it is shown. Exit code 1 when one of several is not."""
    opened, output = open_named_spool(spool), choose_output(as_json=as_json)
    requester = Requester(opened)

    def once(found: Found) -> Held | None:
        ticket = requester.check(found.place, str(event)) if found.place else None
        if found.place is not None and found.state is target:
            return Held(found.place, ticket, was_so=True)
        moved = advance(opened.share, opened.doors, event, waiting_place(found, event))
        return Held(moved, ticket) if moved else None

    def act(found: Found) -> Held:
        held = patiently(opened, found, once)
        if not held.was_so:
            note(opened, str(event), held.place, requester.writer)
        return held

    acted, not_done = on_each(select(opened, asked), act, output)
    document = {
        "jobs": [placed_document(one.place, one.ticket, None) for one in acted],
        "not_done": not_done_documents(not_done),
    }
    lines = [Line(said(one.place.name.job, one.was_so), Tone.GOOD) for one in acted]
    output.show(Screen(document, lines))
    if not_done:
        raise typer.Exit(1)
