"""``wam priority``: a waiting job takes another place in the queue."""

from typing import Annotated

import typer

from client_tools.changing import note, patiently, waiting_place
from client_tools.commands.options import JobArgument, JsonOption, SpoolOption
from client_tools.documents import placed_document
from client_tools.holding import Held
from client_tools.requester import Requester
from client_tools.views.output import choose_output
from client_tools.views.screen import Line, Screen, Tone
from client_tools.which_spool import open_named_spool
from spool_layout.states import Event, State
from spool_layout.units import parse_priority, priority_word
from wamspool.find import Found, find_job
from wamspool.transition import advance


def priority(
    job: JobArgument,
    to: Annotated[
        str, typer.Argument(metavar="PRIORITY", help="high, normal, low, or 0 (first) to 9.")
    ],
    spool: SpoolOption = None,
    as_json: JsonOption = False,
) -> None:
    """Change the priority of a job that waits or is held.

    Among jobs of one priority those that were submitted first come first, as ever.
    """
    try:
        wanted = parse_priority(to)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    opened = open_named_spool(spool)
    requester, word = Requester(opened), priority_word(wanted)

    def once(found: Found) -> Held | None:
        place = found.place
        ticket = requester.check(place, "reorder") if place else None
        event = Event.REORDER_HELD if found.state is State.HELD else Event.REORDER
        lies = waiting_place(found, event)
        if lies.name.priority == wanted:
            return Held(lies, ticket, was_so=True)
        moved = advance(opened.share, opened.doors, event, lies, priority=wanted)
        return Held(moved, ticket) if moved else None

    changed = patiently(opened, find_job(opened, job), once)
    name = changed.place.name
    if not changed.was_so:
        note(opened, "reorder", changed.place, requester.writer, detail=f"priority {word}")
    said = f"{name.job} has the priority {word} {'already' if changed.was_so else 'now'}"
    document = placed_document(changed.place, changed.ticket, None)
    choose_output(as_json=as_json).show(Screen({"jobs": [document]}, [Line(said, Tone.GOOD)]))
