"""``wam log``: what a job's solver has written, once or as it grows."""

from typing import Annotated

import typer

from client_tools.commands.options import JobArgument, JsonOption, SpoolOption
from client_tools.following import Follower, chosen, place_in_queue
from client_tools.live_texts import LiveTexts
from client_tools.logs import last_lines, log_folder
from client_tools.phrases import where
from client_tools.views.output import choose_output
from client_tools.views.screen import Line, Screen
from client_tools.which_spool import open_named_spool
from spool_layout.states import Outcome, State
from wamspool.find import Found, find_job
from wamspool.spool import Spool

LINES = 40


def log(
    job: JobArgument,
    spool: SpoolOption = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on until the job has ended.")
    ] = False,
    file: Annotated[
        str | None, typer.Option("--file", metavar="NAME", help="Another text, such as '.sta'.")
    ] = None,
    lines: Annotated[
        int, typer.Option(min=0, metavar="N", help="So many of the last lines; 0 for all.")
    ] = LINES,
    as_json: JsonOption = False,
) -> None:
    """Print the end of a job's output: the live copy while it runs, else the result.

    With -f the exit code is 0 when the job has completed, else 1.
    """
    if follow and as_json:
        raise typer.BadParameter("does not go with --json", param_hint="--follow")
    opened = open_named_spool(spool)
    output = choose_output(as_json=as_json)
    found = find_job(opened, job)
    if follow:
        outcome = Follower(opened, found.job, output, name=file, lines=lines).follow()
        if outcome is not Outcome.COMPLETED:
            raise typer.Exit(1)
        return
    LiveTexts(opened).fresh(found.place, output.warn)
    output.show(_screen(opened, found, file, lines))


def _screen(spool: Spool, found: Found, file: str | None, lines: int) -> Screen:
    there = log_folder(spool.share, found)
    if there is None or (not there.names and file is None):
        words = _no_text_yet(spool, found)
        return Screen({"job": found.job, "file": None, "lines": []}, [Line(words)])
    name = chosen(there, file, found.job)
    text, _ = last_lines(spool.share, f"{there.folder}/{name}", lines)
    document = {"job": found.job, "file": name, "texts": list(there.names), "lines": text}
    return Screen(document, [Line(line) for line in text])


def _no_text_yet(spool: Spool, found: Found) -> str:
    if found.place is None:
        return f"{found.job} has left no text"
    if found.place.state is State.QUEUED:
        return f"{found.job} {place_in_queue(spool, found.place)}"
    return f"{found.job} {where(found.place, None).partition(',')[0]}; it has written nothing yet"
