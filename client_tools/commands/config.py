"""``wam config``: your own settings on this machine."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from client_tools import config as files
from client_tools.commands.options import JsonOption
from client_tools.config_settings import KEYS, SPOOL, change, check, refuse_unknown
from client_tools.views.output import Output, choose_output
from client_tools.views.screen import Line, Screen, Tone
from client_tools.which_spool import open_named_spool
from spool_layout.errors import WamError


class Deed(StrEnum):
    """What to do with the settings."""

    SHOW = "show"
    GET = "get"
    SET = "set"
    UNSET = "unset"
    PATH = "path"


def config(
    deed: Annotated[Deed, typer.Argument(metavar="[show|get|set|unset|path]")] = Deed.SHOW,
    key: Annotated[str, typer.Argument(metavar="KEY", help=", ".join(KEYS))] = "",
    value: Annotated[str, typer.Argument(metavar="VALUE", help="With set.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Show or change your settings: the spool, your address, and what your jobs usually ask for.

    Decks and the command line win over them.
    """
    output = choose_output(as_json=as_json)
    if deed in {Deed.GET, Deed.UNSET}:
        refuse_unknown(key)
    if deed is Deed.SET:
        wanted = check(key, value)
        if key == SPOOL:
            wanted = _as_path(wanted)
        change(key, wanted)
        if key == SPOOL:
            _try(wanted, output)
    elif deed is Deed.UNSET:
        change(key, None)
    _show(deed, key, output)


def _show(deed: Deed, key: str, output: Output) -> None:
    said, file = files.settings_now(), files.config_file()
    document = {"file": str(file), "settings": said}
    if deed is Deed.PATH:
        output.show(Screen(document, [Line(str(file))]))
    elif deed is Deed.GET:
        output.show(Screen(document, [Line(said[key])] if key in said else []))
        if key not in said:
            raise typer.Exit(1)
    else:
        lines = [Line(f"{name}: {value}") for name, value in said.items()]
        nothing = Line(f"nothing is set; such as: wam config set {SPOOL} FOLDER", Tone.QUIET)
        output.show(Screen(document, [Line(f"# {file}", Tone.QUIET), *(lines or [nothing])]))


def _as_path(location: str) -> str:
    is_address = "://" in location or location.startswith("\\\\")
    return location if is_address else str(Path(location).expanduser().absolute())


def _try(location: str, output: Output) -> None:
    try:
        open_named_spool(location)
    except WamError as error:
        output.warn(f"it is set, and cannot be used now: {error.message}")
