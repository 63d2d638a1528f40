"""``wam batch``: pick decks of a folder from a numbered list."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from client_tools import wiring
from client_tools.asked_options import Asked, section_asked
from client_tools.commands import ticket_options as opt
from client_tools.commands.options import JsonOption, SpoolOption
from client_tools.config_settings import usual_wishes
from client_tools.confirming import somebody_is_there
from client_tools.decks_named import decks_named
from client_tools.picking import Choice, ask_which, ask_wishes, choices_of, list_screen, picked
from client_tools.pools_shown import pools_now
from client_tools.submitting import Wishes, submit_decks
from client_tools.tickets_shown import tickets_at
from client_tools.token_costs import costs_of
from client_tools.views.output import Output, choose_output
from client_tools.views.status import Picture, status_screen
from client_tools.views.tokens import tokens_screen
from client_tools.which_spool import open_named_spool
from spool_layout.states import State
from spool_layout.yaml_text import Section
from wamspool.errors import BadInput
from wamspool.profiles.load import load_profiles
from wamspool.snapshot import take_snapshot
from wamspool.spool import Spool

SHOWN = 10
PickOption = Annotated[
    str | None,
    typer.Option(
        "--pick",
        metavar="WHICH",
        help="Numbers such as 1-4,7, or parts of names; no question.",
    ),
]
ChangedOption = Annotated[
    bool, typer.Option("--changed", help="Those changed since their last run; no question.")
]
ListOption = Annotated[bool, typer.Option("--list", help="Show the list, and queue nothing.")]
AskOption = Annotated[
    bool, typer.Option("--ask", help="Ask for cpus, gpus, priority and email, too.")
]


def batch(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the decks lie.")] = Path(),
    pick: PickOption = None,
    all_: Annotated[bool, typer.Option("--all", help="All decks; no question.")] = False,
    changed: ChangedOption = False,
    only_list: ListOption = False,
    ask: AskOption = False,
    priority: opt.Priority = None,
    cpus: opt.Cpus = None,
    gpus: opt.Gpus = None,
    memory: opt.Memory = None,
    walltime: opt.Walltime = None,
    scratch: opt.Scratch = None,
    node: opt.Node = None,
    tag: opt.Tag = None,
    solver: opt.Solver = None,
    note: opt.Note = None,
    name: opt.Batch = None,
    email: opt.Email = None,
    after: opt.After = None,
    hold: opt.Hold = False,
    include_outside: opt.IncludeOutside = False,
    keep_going: opt.KeepGoing = False,
    dry_run: opt.DryRun = False,
    wait: opt.Wait = False,
    spool: SpoolOption = None,
    as_json: JsonOption = False,
) -> None:
    """Pick decks of this folder from a numbered list, and queue them as one batch.

    At the prompt 'list' shows the nodes and 'tc' the tokens; scripts say --pick, --all or
    --changed. Nothing is written into the folder.
    """
    given = {"cpus": cpus, "gpus": gpus, "priority": priority, "email": email}
    _refuse_questions(is_asked=ask or not (pick or all_ or changed or only_list))
    opened, output = open_named_spool(spool), choose_output(as_json=as_json)
    family = opened.settings.default_solver
    choices = choices_of(opened, decks_named([str(folder)], opened.clock, family=family))
    if only_list:
        output.show(list_screen(choices, opened.clock.utc_now()))
        return
    tables = _tables(opened, output)
    words = pick or ("changed" if changed else "all" if all_ else None)
    chosen = picked(words, choices) if words else _picked_by_hand(choices, output, tables)
    given = ask_wishes(given, _ask, tables) if ask and chosen else given
    texts = {"walltime": walltime, "scratch": scratch, "note": note, "solver": solver, **given}
    asked = Asked(
        nodes=node or (), tags=tag or (), after=after or (), options=(), hold=hold,
        batch=name, memory=memory, **texts,
    )  # fmt: skip
    wishes = Wishes(
        include_outside=include_outside, keep_going=keep_going, dry_run=dry_run, wait=wait,
        usual=usual_wishes(),
    )  # fmt: skip
    _submit(opened, chosen, section_asked(asked), wishes, output)


def _refuse_questions(*, is_asked: bool) -> None:
    if is_asked and not somebody_is_there():
        raise BadInput(
            "there is no terminal to ask on",
            cure="Say which decks: --pick 1-4,7, --pick NAME, --all or --changed, without --ask;"
            " --list shows them.",
        )


def _picked_by_hand(
    choices: list[Choice], output: Output, tables: dict[str, Callable[[], None]]
) -> list[Choice]:
    output.show(list_screen(choices, wiring.system_clock().utc_now()))
    return ask_which(choices, _ask, lambda line: output.line(line.text, line.tone), tables)


def _ask(question: str) -> str:
    return str(typer.prompt(question, default="", show_default=False))


def _tables(spool: Spool, output: Output) -> dict[str, Callable[[], None]]:
    def nodes() -> None:
        snapshot = take_snapshot(spool)
        shown = snapshot.in_state(State.QUEUED)[:SHOWN]
        tickets = tickets_at(spool, shown)
        output.show(status_screen(Picture(snapshot, tickets, SHOWN, spool.settings.pools)))

    def costs() -> None:
        snapshot = take_snapshot(spool)
        known = costs_of(
            [sight.status for sight in snapshot.nodes], load_profiles({}), asked_cpus=1
        )
        output.show(tokens_screen(pools_now(snapshot, spool.settings.pools), known, None))

    return {"list": nodes, "tc": costs}


def _submit(
    spool: Spool, chosen: list[Choice], asked: Section, wishes: Wishes, output: Output
) -> None:
    if not chosen:
        output.warn("nothing was picked, and nothing queued")
        raise typer.Exit(1)
    if wishes.wait and asked.get("hold"):
        raise typer.BadParameter("a held job does not end by itself", param_hint="--wait")
    words = [str(one.path) for one in chosen]
    if code := submit_decks(spool, words, asked, wishes, output=output, owner=wiring.user_name()):
        raise typer.Exit(code)
