"""``wam init``: a folder of a shared drive becomes a spool."""

from typing import Annotated

import typer

from client_tools import wiring
from client_tools.commands.options import JsonOption
from client_tools.errors import LocalFile
from client_tools.views.output import choose_output
from client_tools.views.screen import Line, Screen, Tone
from spool_layout import folders
from wamspool.clock import Clock
from wamspool.errors import UnfitFolder
from wamspool.open_share import is_a_file, make_share, place_of, shares_from
from wamspool.probe.quick import refuse_unfit_share
from wamspool.spool import create_spool, refuse_synchronised


def init(
    folder: Annotated[
        str, typer.Argument(metavar="FOLDER", help="An empty or a new folder on a shared drive.")
    ],
    as_json: JsonOption = False,
) -> None:
    """Make a spool: the folder through which all machines share jobs.

    A folder that is a spool already stays as it is; one that holds anything else is refused.
    """
    clock = wiring.system_clock()
    _refuse_unfit(folder, clock)
    try:
        share = make_share(folder, clock, environment=wiring.environment())
    except OSError as error:
        raise LocalFile(f"{folder}: {error.strerror or error}") from None
    existed = any(entry.name == folders.SETTINGS for entry in share.list(""))
    refuse_unfit_share(share, clock, base=folders.LOCKS if existed else "")
    settings = create_spool(share, clock)
    document = {"spool": share.location, "spool_id": settings.spool_id, "made": not existed}
    choose_output(as_json=as_json).show(Screen(document, _lines(share.location, existed=existed)))


def _refuse_unfit(folder: str, clock: Clock) -> None:
    place = place_of(folder)
    if is_a_file(folder):
        raise UnfitFolder(f"{folder} is a file")
    parents = tuple(shares_from(folder, clock, environment=wiring.environment()))
    for where, share in parents:
        if where != place and any(e.name == folders.SETTINGS for e in share.list("")):
            raise UnfitFolder(f"{folder} lies inside a spool, {where}")
    refuse_synchronised(place, parents)


def _lines(location: str, *, existed: bool) -> list[Line]:
    if existed:
        return [
            Line(f"{location} is a spool already; its settings are as they were."),
            Line("Next: wam status --spool " + _quoted(location)),
        ]
    return [
        Line(f"Made a spool in {location}", Tone.GOOD),
        Line("  spool.yaml   its settings, each explained"),
        Line("  incoming     copy decks into it, and they become jobs"),
        Line("  done         where results will lie, by month"),
        Line("Next, on each machine that is to solve:"),
        Line(f"  wam-node run --spool {_quoted(location)} --scratch FOLDER"),
        Line("and where you work, the first line once:"),
        Line(f"  wam config set spool {_quoted(location)}"),
        Line("  wam ticket DECK.inp"),
    ]


def _quoted(path: str) -> str:
    return f'"{path}"' if " " in path else path
