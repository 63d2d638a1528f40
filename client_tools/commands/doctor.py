"""``wam doctor``: what this share does, measured, and whether WAM may be used on it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated

import typer

from client_tools import config, wiring
from client_tools.commands.options import JsonOption, SpoolOption
from client_tools.completing import complete_nodes
from client_tools.doctoring import answer_from, last_records
from client_tools.errors import NoSpoolNamed
from client_tools.views.doctor import examination_screen, records_screen
from client_tools.views.output import Output, choose_output
from spool_layout.probe_record import Mark
from wamspool.open_share import open_share
from wamspool.probe.ground import THOROUGH
from wamspool.probe.report import examine_share
from wamspool.share import Share


def doctor(
    folder: Annotated[
        str | None,
        typer.Argument(
            metavar="FOLDER", help="A folder that is no spool yet, or smb://; else the spool."
        ),
    ] = None,
    spool: SpoolOption = None,
    node: Annotated[
        str | None,
        typer.Option(
            "--with",
            metavar="NODE",
            help="Measure together with this node's machine.",
            autocompletion=complete_nodes,
        ),
    ] = None,
    last: Annotated[
        bool, typer.Option("--last", help="Show what was measured before; measure nothing.")
    ] = False,
    rounds: Annotated[
        int, typer.Option(min=1, max=20_000, metavar="N", help="Races for one door.")
    ] = THOROUGH.rounds,
    as_json: JsonOption = False,
) -> None:
    """Measure what the share does, and say whether WAM may be used on it.

    Takes some seconds, and leaves nothing but its findings in the spool. Nodes and jobs go on.
    Exit code 1 when a check failed: then nodes must not be started on this share.
    """
    output = choose_output(as_json=as_json)
    opening = _opening(folder, spool)
    if last:
        records = last_records(opening())
        output.show(records_screen(records, mine=wiring.journal_writer()))
        verdicts = [record.verdict for record in records]
    else:
        effort = replace(THOROUGH, rounds=rounds)
        begins = _telling(output)
        if node is not None:
            examination = answer_from(opening(), node, effort, begins)
        else:
            examination = examine_share(
                opening,
                wiring.system_clock(),
                effort,
                by=wiring.journal_writer(),
                version=wiring.version(),
                begins=begins,
            )
        output.show(examination_screen(examination))
        verdicts = [examination.record.verdict]
    if Mark.FAILED in verdicts:
        raise typer.Exit(1)


def _opening(folder: str | None, spool: str | None) -> Callable[[], Share]:
    location = folder or config.configured_spool(spool)
    if not location:
        raise NoSpoolNamed(
            "which share? None is named",
            cure="Name a folder (wam doctor FOLDER), or the spool with --spool or WAM_SPOOL.",
        )
    clock, environment = wiring.system_clock(), wiring.environment()
    return lambda: open_share(location, clock, environment=environment)


def _telling(output: Output) -> Callable[[str], None]:
    return lambda check: output.passing(f"measuring: {check} ...")
