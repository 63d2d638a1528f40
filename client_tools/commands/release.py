"""``wam release``: held jobs take their places in the queue again."""

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


def release(
    job: JobsArgument = None,
    mine: MineOption = False,
    state: StateOption = None,
    spool: SpoolOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let held jobs start; their place in the queue is that of the time of submission."""
    opened = open_named_spool(spool)
    changing = Changing(opened, Requester(opened))

    def act(found: Found) -> Told:
        changed, job = changing.release(found), found.job
        done = f"{job} is not held, it waits already" if changed.was_so else f"released {job}"
        line = Line(f"{done}; follow it with: wam log -f {job}", Tone.GOOD)
        return Told(placed_document(changed.place, changed.ticket, None), line)

    found = select(opened, Selection(job or (), mine, state))
    act_on_jobs(found, act, choose_output(as_json=as_json))
