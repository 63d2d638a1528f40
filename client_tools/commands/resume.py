"""``wam resume``: suspended jobs go on, or nodes that were drained take jobs again."""

from typing import Annotated

import typer

from client_tools.commands.options import JsonOption, NoWaitOption, SpoolOption, WhyOption
from client_tools.commands.suspend import told
from client_tools.completing import complete_jobs_and_nodes
from client_tools.draining import drain_or_resume
from client_tools.errors import NodeOrJob
from client_tools.requester import Requester
from client_tools.selecting import Selection, select
from client_tools.several import act_on_jobs
from client_tools.suspending import Suspending
from client_tools.views.output import choose_output
from client_tools.which_spool import open_named_spool
from spool_layout.request import Verb
from wamspool.find import find_flying
from wamspool.snapshot import newest_beats
from wamspool.spool import Spool

SHOWN_MAX = 8
NamesArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="JOB|NODE...",
        help="Jobs' names, or parts that fit no other; or nodes' names.",
        autocompletion=complete_jobs_and_nodes,
    ),
]
NodeOption = Annotated[bool, typer.Option("--node", help="The names are nodes'.")]


def resume(
    name: NamesArgument,
    node: NodeOption = False,
    why: WhyOption = "",
    no_wait: NoWaitOption = False,
    spool: SpoolOption = None,
    as_json: JsonOption = False,
) -> None:
    """Have suspended jobs go on, or drained nodes take jobs again.

    Jobs and nodes are not mixed in one call; a name that fits both is refused, unless --node says
    which is meant.
    """
    opened, output = open_named_spool(spool), choose_output(as_json=as_json)
    if node or _are_nodes(opened, name):
        drain_or_resume(Verb.RESUME, name, spool, why=why, wait=not no_wait, as_json=as_json)
    else:
        suspending = Suspending(opened, Requester(opened), why, not no_wait, output.passing)
        found = select(opened, Selection(name))
        act_on_jobs(found, lambda one: told(suspending.resume(one), Verb.UNSUSPEND), output)


def _are_nodes(spool: Spool, names: list[str]) -> bool:
    """Whether all are nodes; False: none is. Raises NodeOrJob."""
    known, flying = newest_beats(spool.share), find_flying(spool.share)
    for name in names:
        jobs = sorted(job for job in flying if name.strip().lower() in job)
        if name in known and jobs:
            some = ", ".join(jobs[:SHOWN_MAX])
            more = f" and {len(jobs) - SHOWN_MAX} more" * (len(jobs) > SHOWN_MAX)
            raise NodeOrJob(f"'{name}' is a node, and fits a job: {some}{more}")
    nodes = [name for name in names if name in known]
    if nodes and len(nodes) < len(names):
        others = ", ".join(name for name in names if name not in known)
        raise NodeOrJob(f"{', '.join(nodes)}: nodes; {others}: not", cure="Name either alone.")
    return bool(nodes)
