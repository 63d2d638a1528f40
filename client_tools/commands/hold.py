"""``wam hold``: waiting jobs do not start until they are released."""

from client_tools.changing import Changing
from client_tools.commands.options import (
    JobsArgument,
    JsonOption,
    MineOption,
    SpoolOption,
    StateOption,
)
from client_tools.documents import placed_document
from client_tools.requester import Requester
from client_tools.selecting import Selection, select
from client_tools.several import Told, act_on_jobs
from client_tools.views.output import choose_output
from client_tools.views.screen import Line, Tone
from client_tools.which_spool import open_named_spool
from wamspool.find import Found


def hold(
    job: JobsArgument = None,
    mine: MineOption = False,
    state: StateOption = None,
    spool: SpoolOption = None,
    as_json: JsonOption = False,
) -> None:
    """Keep waiting jobs from starting; they keep their places for when they are released."""
    opened = open_named_spool(spool)
    changing = Changing(opened, Requester(opened))

    def act(found: Found) -> Told:
        changed = changing.hold(found)
        done = f"{found.job} is held already" if changed.was_so else f"held {found.job}"
        line = Line(f"{done}; let it start with: wam release {found.job}", Tone.GOOD)
        return Told(placed_document(changed.place, changed.ticket, None), line)

    found = select(opened, Selection(job or (), mine, state))
    act_on_jobs(found, act, choose_output(as_json=as_json))
