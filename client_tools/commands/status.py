"""``wam status``: the spool at a glance."""

from typing import Annotated

import typer

from client_tools.commands.options import JsonOption, SpoolOption
from client_tools.tickets_shown import tickets_at
from client_tools.views.output import choose_output
from client_tools.views.status import Picture, status_screen
from client_tools.which_spool import open_named_spool
from spool_layout.states import State
from wamspool.snapshot import take_snapshot

SHOWN = 20
IN_JSON = 500


def status(
    spool: SpoolOption = None,
    limit: Annotated[
        int | None,
        typer.Option(min=0, metavar="N", help="Waiting jobs to show; 20, with --json 500."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show the nodes, what runs and what waits; on top, what needs attention.

    With --json all jobs in flight are listed; the owner is null where more than the limit wait.
    Jobs that are done are not looked at: see 'wam show JOB'.
    """
    opened = open_named_spool(spool)
    snapshot = take_snapshot(opened)
    most = limit if limit is not None else IN_JSON if as_json else SHOWN
    shown = list(snapshot.in_state(State.QUEUED)[:most])
    if as_json:
        # For people the nodes' own words are enough for what runs, and spare a read each.
        shown += snapshot.in_state(State.HELD, State.CLAIMED, State.RUNNING)
    screen = status_screen(
        Picture(snapshot, tickets_at(opened, shown), most, opened.settings.pools)
    )
    choose_output(as_json=as_json).show(screen)
