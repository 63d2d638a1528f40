"""``wam ticket``: decks of this machine become jobs in the queue."""

import typer

from client_tools import wiring
from client_tools.asked_options import Asked, section_asked
from client_tools.commands import ticket_options as opt
from client_tools.commands.options import JsonOption, SpoolOption
from client_tools.config_settings import usual_wishes
from client_tools.submitting import Wishes, submit_decks
from client_tools.sweeping import cases_asked
from client_tools.views.output import choose_output
from client_tools.which_spool import open_named_spool


def ticket(
    decks: opt.Decks,
    spool: SpoolOption = None,
    priority: opt.Priority = None,
    cpus: opt.Cpus = None,
    gpus: opt.Gpus = None,
    memory: opt.Memory = None,
    walltime: opt.Walltime = None,
    scratch: opt.Scratch = None,
    tokens: opt.Tokens = None,
    node: opt.Node = None,
    tag: opt.Tag = None,
    solver: opt.Solver = None,
    name: opt.Name = None,
    note: opt.Note = None,
    batch: opt.Batch = None,
    email: opt.Email = None,
    after: opt.After = None,
    hold: opt.Hold = False,
    retries: opt.Retries = None,
    option: opt.ProfileOption = None,
    sweep: opt.Sweep = None,
    sweep_file: opt.SweepFile = None,
    yes: opt.Yes = False,
    include_outside: opt.IncludeOutside = False,
    keep_going: opt.KeepGoing = False,
    dry_run: opt.DryRun = False,
    wait: opt.Wait = False,
    as_json: JsonOption = False,
) -> None:
    """Queue decks as jobs; files that they include are found and travel along.

    All decks are read first: when one of them is refused, none is queued.
    """
    texts = {"solver": solver, "name": name, "note": note, "batch": batch, "email": email}
    amounts = {"memory": memory, "walltime": walltime, "scratch": scratch, "tokens": tokens}
    asked = Asked(
        priority=priority,
        cpus=cpus,
        gpus=gpus,
        nodes=node or (),
        tags=tag or (),
        after=after or (),
        hold=hold,
        retries=retries,
        options=option or (),
        **texts,
        **amounts,
    )
    section = section_asked(asked)
    _refuse_endless(wait=wait, hold=hold, dry_run=dry_run)
    wishes = Wishes(
        include_outside=include_outside,
        keep_going=keep_going,
        dry_run=dry_run,
        wait=wait,
        usual=usual_wishes(),
        cases=cases_asked(sweep or (), sweep_file, wiring.system_clock(), yes=yes),
    )
    output = choose_output(as_json=as_json)
    owner = wiring.user_name()
    opened = open_named_spool(spool)
    if code := submit_decks(opened, decks, section, wishes, output=output, owner=owner):
        raise typer.Exit(code)


def _refuse_endless(*, wait: bool, hold: bool, dry_run: bool) -> None:
    if wait and hold:
        raise typer.BadParameter("a held job does not end by itself", param_hint="--wait")
    if wait and dry_run:
        raise typer.BadParameter("with --dry-run there is nothing to wait for", param_hint="--wait")
