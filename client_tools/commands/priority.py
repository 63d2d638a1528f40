"""``wam priority``: a waiting job takes another place in the queue."""

from typing import Annotated

import typer

from client_tools.changing import Changing
from client_tools.commands.options import JsonOption, MineOption, SpoolOption, StateOption
from client_tools.completing import complete_jobs
from client_tools.documents import placed_document
from client_tools.requester import Requester
from client_tools.selecting import Selection, select
from client_tools.several import Told, act_on_jobs
from client_tools.views.output import choose_output
from client_tools.views.screen import Line, Tone
from client_tools.which_spool import open_named_spool
from spool_layout.units import parse_priority, priority_word
from wamspool.find import Found


def priority(
    to: Annotated[
        list[str],
        typer.Argument(
            metavar="[JOB]... PRIORITY",
            help="high, normal, low, or 0 (first) to 9.",
            autocompletion=complete_jobs,
        ),
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
    opened, word = open_named_spool(spool), priority_word(wanted)
    changing = Changing(opened, Requester(opened))

    def act(found: Found) -> Told:
        changed = changing.reorder(found, wanted)
        now = "already" if changed.was_so else "now"
        line = Line(f"{found.job} has the priority {word} {now}", Tone.GOOD)
        return Told(placed_document(changed.place, changed.ticket, None), line)

    found = select(opened, Selection(to[:-1], mine, state))
    act_on_jobs(found, act, choose_output(as_json=as_json))
