"""``wam hold``: a waiting job does not start until it is released."""

from client_tools import wiring
from client_tools.changing import change
from client_tools.commands.options import JobArgument, JsonOption, SpoolOption
from client_tools.documents import placed_document
from client_tools.tickets_shown import tickets_at
from client_tools.views.output import choose_output
from client_tools.views.screen import Line, Screen, Tone
from client_tools.which_spool import open_named_spool
from spool_layout.states import Event


def hold(job: JobArgument, spool: SpoolOption = None, as_json: JsonOption = False) -> None:
    """Keep a waiting job from starting; it keeps its place for when it is released."""
    opened = open_named_spool(spool)
    place = change(opened, job, Event.HOLD, writer=wiring.journal_writer())
    name = place.name
    document = placed_document(place, tickets_at(opened, [place]).get(name.job), None)
    line = Line(f"held {name.job}; let it start with: wam release {name.job}", Tone.GOOD)
    choose_output(as_json=as_json).show(Screen({"jobs": [document]}, [line]))
