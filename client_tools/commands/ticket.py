"""``wam ticket``: decks of this machine become jobs in the queue."""

from typing import Annotated

import typer

from client_tools import wiring
from client_tools.asked_options import Asked, section_asked
from client_tools.commands.options import JsonOption, SpoolOption
from client_tools.submitting import Wishes, submit_decks
from client_tools.views.output import choose_output
from client_tools.which_spool import open_named_spool

Text = str | None


def ticket(
    decks: Annotated[
        list[str],
        typer.Argument(metavar="DECK...", help="Decks, tickets, patterns, or folders of decks."),
    ],
    spool: SpoolOption = None,
    priority: Annotated[Text, typer.Option(help="high, normal, low, or 0 (first) to 9.")] = None,
    cpus: Annotated[int | None, typer.Option(help="Processor cores.")] = None,
    gpus: Annotated[int | None, typer.Option(help="Graphics processors.")] = None,
    memory: Annotated[Text, typer.Option(metavar="SIZE", help="Such as '16 GB'.")] = None,
    walltime: Annotated[
        Text, typer.Option(metavar="TIME", help="Stop it after so long, such as '12 h'.")
    ] = None,
    scratch: Annotated[Text, typer.Option(metavar="SIZE", help="Room on the node's disk.")] = None,
    tokens: Annotated[
        Text, typer.Option(metavar="N", help="Licence tokens, a number or 'auto'.")
    ] = None,
    node: Annotated[
        list[str] | None, typer.Option(help="Only on this node; may be given again.")
    ] = None,
    tag: Annotated[
        list[str] | None, typer.Option(help="Only where this tag is; may be given again.")
    ] = None,
    solver: Annotated[Text, typer.Option(metavar="PROFILE", help="The solver profile.")] = None,
    name: Annotated[Text, typer.Option(help="What the job is called; else as its deck.")] = None,
    note: Annotated[Text, typer.Option(help="A remark, shown with the job.")] = None,
    email: Annotated[Text, typer.Option(help="Whom to tell.")] = None,
    after: Annotated[
        list[str] | None,
        typer.Option(metavar="JOB", help="Only when that job has completed; may be given again."),
    ] = None,
    hold: Annotated[bool, typer.Option("--hold", help="Wait for 'wam release'.")] = False,
    retries: Annotated[int | None, typer.Option(help="Runs again after a lost node.")] = None,
    option: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="An option that the solver profile permits."),
    ] = None,
    include_outside: Annotated[
        bool,
        typer.Option("--include-outside", help="Copy files from outside the deck's folder too."),
    ] = False,
    keep_going: Annotated[
        bool, typer.Option("--keep-going", help="Queue the good decks though others are refused.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the tickets and files; write nothing.")
    ] = False,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait for the outcome; exit code 0 if all completed.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Queue decks as jobs; files that they include are found and travel along.

    All decks are read first: when one of them is refused, none is queued.
    """
    section = section_asked(
        Asked(
            priority=priority,
            cpus=cpus,
            gpus=gpus,
            memory=memory,
            walltime=walltime,
            scratch=scratch,
            tokens=tokens,
            nodes=node or (),
            tags=tag or (),
            solver=solver,
            name=name,
            note=note,
            email=email,
            after=after or (),
            hold=hold,
            retries=retries,
            options=option or (),
        )
    )
    if hold and wait:
        raise typer.BadParameter("a held job does not end by itself", param_hint="--wait")
    if dry_run and wait:
        raise typer.BadParameter("with --dry-run there is nothing to wait for", param_hint="--wait")
    output = choose_output(as_json=as_json)
    wishes = Wishes(
        include_outside=include_outside, keep_going=keep_going, dry_run=dry_run, wait=wait
    )
    code = submit_decks(
        open_named_spool(spool), decks, section, wishes, output=output, owner=wiring.user_name()
    )
    if code:
        raise typer.Exit(code)
