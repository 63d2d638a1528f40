"""``wam tokens``: the licence pools, and what jobs cost in tokens."""

from typing import Annotated

import typer

from client_tools.commands.options import JsonOption, SpoolOption
from client_tools.completing import complete_solvers
from client_tools.pools_shown import pools_now
from client_tools.token_costs import costs_of
from client_tools.views.output import choose_output
from client_tools.views.tokens import Asked, tokens_screen
from client_tools.which_spool import open_named_spool
from spool_layout.ticket import CPUS_MAX, GPUS_MAX
from wamspool.profiles.load import load_profiles
from wamspool.snapshot import take_snapshot


def tokens(
    cpus: Annotated[
        int | None,
        typer.Option(min=1, max=CPUS_MAX, metavar="N", help="What a job of so many cores takes."),
    ] = None,
    gpus: Annotated[
        int, typer.Option(min=0, max=GPUS_MAX, metavar="N", help="With --cpus: and GPUs.")
    ] = 0,
    solver: Annotated[
        str | None,
        typer.Option(
            metavar="PROFILE",
            help="Only what this solver's jobs cost.",
            autocompletion=complete_solvers,
        ),
    ] = None,
    spool: SpoolOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what is free of the licence pools, who uses the rest, and what jobs take."""
    if gpus and cpus is None:
        raise typer.BadParameter("--gpus asks for one job: say its --cpus, too")
    opened = open_named_spool(spool)
    snapshot = take_snapshot(opened)
    nodes = [sight.status for sight in snapshot.nodes]
    known = costs_of(nodes, load_profiles({}), asked_cpus=cpus or 1)
    costs = [one for one in known if solver is None or one.solver == solver.lower()]
    if solver and not costs:
        counted = ", ".join(dict.fromkeys(one.solver for one in known)) or "none"
        raise typer.BadParameter(f"'{solver}' takes no tokens; those that do: {counted}")
    asked = Asked(cpus, gpus) if cpus else None
    screen = tokens_screen(pools_now(snapshot, opened.settings.pools), costs, asked)
    choose_output(as_json=as_json).show(screen)
