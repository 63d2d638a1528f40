"""``wam suspend``: running jobs stand still."""

from client_tools.commands.options import (
    JobsArgument,
    JsonOption,
    MineOption,
    NoWaitOption,
    SpoolOption,
    StateOption,
    WhyOption,
)
from client_tools.documents import placed_document
from client_tools.requester import Requester
from client_tools.selecting import Selection, select
from client_tools.several import Told, act_on_jobs
from client_tools.suspending import Stands, Suspending
from client_tools.views.output import choose_output
from client_tools.views.screen import Line, Tone
from client_tools.which_spool import open_named_spool
from spool_layout.request import Verb


def suspend(
    job: JobsArgument = None,
    mine: MineOption = False,
    state: StateOption = None,
    why: WhyOption = "",
    no_wait: NoWaitOption = False,
    spool: SpoolOption = None,
    as_json: JsonOption = False,
) -> None:
    """Have running jobs stand still, until 'wam resume JOB'.

    The solver is asked in its own way where it has one; then its processes are stopped, with all
    that they have started. They keep their memory, and the job keeps its cores and its licence
    tokens as WAM counts them. Neither walltime nor stall counts meanwhile. It lasts over restarts
    of the node's service, not of its machine. Only for your own jobs, or for an operator.
    """
    opened, output = open_named_spool(spool), choose_output(as_json=as_json)
    suspending = Suspending(opened, Requester(opened), why, not no_wait, output.passing)
    found = select(opened, Selection(job or (), mine, state))
    act_on_jobs(found, lambda one: told(suspending.suspend(one), Verb.SUSPEND), output)


def told(stands: Stands, verb: Verb) -> Told:
    """The job as it is now."""
    place = stands.found.place
    assert place is not None  # noqa: S101 - who has no ticket in flight was refused
    return Told(placed_document(place, None, stands.said), _line(stands, verb))


def _line(stands: Stands, verb: Verb) -> Line:
    job, said = stands.found.job, stands.said
    if said is None:
        node = stands.found.place.name.node if stands.found.place else ""
        return Line(f"asked {node} about {job}; see how it goes: wam show {job}")
    already = "already " if stands.was_so else ""
    if verb is Verb.SUSPEND:
        return Line(f"{job} {already}stands still; have it go on with: wam resume {job}", Tone.GOOD)
    if said.suspended:
        return Line(f"{job} still stands still: {said.suspended_why}", Tone.WARN)
    return Line(f"{job} {'runs already' if stands.was_so else 'goes on'}", Tone.GOOD)
