"""``wam status``: the spool at a glance."""

from typing import Annotated

import typer

from client_tools.commands.options import JsonOption, SpoolOption
from client_tools.tickets_shown import tickets_at
from client_tools.views.output import choose_output
from client_tools.views.screen import Screen
from client_tools.views.status import Picture, status_screen
from client_tools.which_spool import open_named_spool
from spool_layout.states import State
from spool_layout.ticket import Ticket
from wamspool.snapshot import take_snapshot
from wamspool.spool import Spool

SHOWN = 20
IN_JSON = 500
EVERY_S = 2.0


def status(
    spool: SpoolOption = None,
    limit: Annotated[
        int | None,
        typer.Option(min=0, metavar="N", help="Waiting jobs to show; 20, with --json 500."),
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="Show it again and again; Ctrl-C ends.")
    ] = False,
    every: Annotated[
        float, typer.Option(min=0.5, metavar="SECONDS", help="With --watch: how often.")
    ] = EVERY_S,
    as_json: JsonOption = False,
) -> None:
    """Show the nodes, what runs and what waits; on top, what needs attention.

    ~left and ~start are estimates: ~12 min by the progress in proportion, <2 h at most, to the end
    of the walltime; when a job may start follows from that and from the queue. ?: nobody can say.

    With --json all jobs in flight are listed; the owner is null where more than the limit wait.
    Jobs that are done are not looked at: see 'wam show JOB'.
    """
    if watch and as_json:
        raise typer.BadParameter("does not go with --json", param_hint="--watch")
    opened = open_named_spool(spool)
    output = choose_output(as_json=as_json)
    most = limit if limit is not None else IN_JSON if as_json else SHOWN
    known: dict[str, Ticket] = {}
    if not watch:
        output.show(_look(opened, most, known, as_json=as_json))
        return
    from client_tools.watching import show_again  # noqa: PLC0415 - for --watch alone

    show_again(
        lambda: _look(opened, most, known, as_json=False, is_passing=output.is_live),
        every_s=every,
        clock=opened.clock,
        output=output,
    )


def _look(
    spool: Spool,
    most: int,
    known: dict[str, Ticket],
    *,
    as_json: bool,
    is_passing: bool = False,
) -> Screen:
    """The picture now. ``known`` are the tickets that were read for the last one."""
    snapshot = take_snapshot(spool)
    shown = list(snapshot.in_state(State.QUEUED)[:most])
    if as_json:
        # For people the nodes' own words are enough for what runs, and spare a read each.
        shown += snapshot.in_state(State.HELD, State.CLAIMED, State.RUNNING)
    tickets = tickets_at(spool, shown, known)
    known.clear()
    known.update(tickets)
    return status_screen(Picture(snapshot, tickets, most, spool.settings.pools, is_passing))
