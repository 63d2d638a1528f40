"""``wam priority``: a waiting job takes another place in the queue."""

from typing import Annotated

import typer

from client_tools.changing import note, patiently, waiting_place
from client_tools.commands.options import JsonOption, MineOption, SpoolOption, StateOption
from client_tools.documents import placed_document
from client_tools.holding import Held
from client_tools.requester import Requester, not_done_documents, on_each
from client_tools.selecting import Selection, select
from client_tools.views.output import choose_output
from client_tools.views.screen import Line, Screen, Tone
from client_tools.which_spool import open_named_spool
from spool_layout.states import Event, State
from spool_layout.units import parse_priority, priority_word
from wamspool.find import Found
from wamspool.transition import advance


def priority(
    to: Annotated[
        list[str],
        typer.Argument(metavar="[JOB]... PRIORITY", help="high, normal, low, or 0 (first) to 9."),
    ],
    mine: MineOption = False,
    state: StateOption = None,
    spool: SpoolOption = None,
    as_json: JsonOption = False,
) -> None:
    """Change the priority of jobs that wait or are held; jobs are named by parts or '@BATCH'.

    Among jobs of one priority those that were submitted first come first, as ever.
    """
    try:
        wanted = parse_priority(to[-1])
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

    def act(found: Found) -> Held:
        changed = patiently(opened, found, once)
        if not changed.was_so:
            note(opened, "reorder", changed.place, requester.writer, detail=f"priority {word}")
        return changed

    output = choose_output(as_json=as_json)
    acted, not_done = on_each(select(opened, Selection(to[:-1], mine, state)), act, output)
    document = {
        "jobs": [placed_document(one.place, one.ticket, None) for one in acted],
        "not_done": not_done_documents(not_done),
    }
    lines = [
        Line(f"{one.place.name.job} has the priority {word} {'already' if one.was_so else 'now'}",
             Tone.GOOD)
        for one in acted
    ]  # fmt: skip
    output.show(Screen(document, lines))
    if not_done:
        raise typer.Exit(1)
