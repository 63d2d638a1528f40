"""``wam monitor``: a job's status files come here, and it is said where the job stands."""

from pathlib import Path
from typing import Annotated, Any

import typer

from client_tools.choosing import find_done
from client_tools.commands.get import snapshot_documents
from client_tools.commands.options import JobArgument, JsonOption, SpoolOption
from client_tools.documents import account_document
from client_tools.live_texts import LiveTexts
from client_tools.monitoring import Monitor, Monitored
from client_tools.phrases import outcome_line, where
from client_tools.views.output import choose_output
from client_tools.views.screen import Line, Screen, Tone
from client_tools.which_spool import open_named_spool
from spool_layout.states import Outcome
from spool_layout.units import count, format_size
from wamspool.find import account_of
from wamspool.share import Share


def monitor(
    job: JobArgument,
    spool: SpoolOption = None,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FOLDER", help="Where to; else right here.")
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on until the job has ended.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace files that differ.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Copy a job's status files (.sta, .msg, .dat, .cvg, solver.out ...) to the current folder.

    Of a running job come the texts that its node shows, as far as they are; of a done one all. A
    file of an earlier call is added to. With --follow the exit code is 0 when the job has
    completed, else 1.
    """
    opened, output = open_named_spool(spool), choose_output(as_json=as_json)
    found = find_done(opened, job, asks=False, even_running=True)
    target = (to or Path()).expanduser()
    watcher = Monitor(opened, target, force, output.line, output.passing)
    if follow:
        monitored = watcher.follow(found.job)
    else:
        LiveTexts(opened).fresh(found.place, output.warn)
        taken = watcher.take(found)
        monitored = Monitored(account_of(opened, found), taken)
    output.show(_screen(opened.share, monitored, target))
    outcome = monitored.account.outcome
    if follow and not (outcome and outcome.outcome is Outcome.COMPLETED):
        raise typer.Exit(1)


def _screen(share: Share, monitored: Monitored, target: Path) -> Screen:
    account, taken = monitored.account, monitored.taken
    if account.outcome:
        line = outcome_line(account.found.job, account.outcome)
    elif account.found.place:
        line = Line(f"{account.found.job} {where(account.found.place, account.on_node)}")
    else:
        line = Line(account.found.job)
    size_bytes = sum(one.size_bytes for one in taken)
    words = f"{count(len(taken), 'file')}, {format_size(size_bytes)}, in {target.resolve()}"
    document: dict[str, Any] = {
        **account_document(share, account),
        "to": str(target.resolve()),
        "files": snapshot_documents(taken),
    }
    if not taken:
        return Screen(document, [line, Line("it has shown no status file yet", Tone.QUIET)])
    return Screen(document, [line, Line(words, Tone.GOOD)])
