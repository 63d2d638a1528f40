"""``wam demo``: WAM at work on this machine, for somebody who has just installed it."""

from pathlib import Path
from typing import Annotated

import typer

from client_tools import wiring
from client_tools.commands.options import JsonOption
from client_tools.demo.scene import Staging, play
from client_tools.views.output import choose_output


def demo(
    folder: Annotated[
        Path | None,
        typer.Option("--dir", metavar="FOLDER", help="Play here, in a new or an empty folder."),
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep the temporary folder after Ctrl-C too.")
    ] = False,
    quick: Annotated[bool, typer.Option("--quick", help="Leave out the long job.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Run the example decks on two nodes of this machine, in a spool of their own.

    The spool stays, to be looked at, when all has ended. Ctrl-C ends everything and removes it.
    One deck is made to fail. The exit code is 0 when all went as expected.
    """
    staging = Staging(folder=folder, keep=keep, quick=quick)
    output = choose_output(as_json=as_json)
    code = play(staging, clock=wiring.system_clock(), output=output, owner=wiring.user_name())
    if code:
        raise typer.Exit(code)
