"""``wam watch``: a run as it converges."""

import typer

from client_tools.commands.options import JobArgument, JsonOption, SpoolOption
from client_tools.runs import RunTexts, RunWatch
from client_tools.views.output import choose_output
from client_tools.views.run import run_document
from client_tools.views.screen import Screen
from client_tools.which_spool import open_named_spool
from spool_layout.states import Outcome
from wamspool.find import account_of, find_job


def watch(job: JobArgument, spool: SpoolOption = None, as_json: JsonOption = False) -> None:
    """Show a run's increments and how it converges, as it goes; ends with the job.

    The exit code is 0 when the job has completed, else 1. In a pipe each increment is a line, as
    soon as it is known. With --json all that is known now is printed, and nothing waited for.
    """
    opened = open_named_spool(spool)
    output = choose_output(as_json=as_json)
    found = find_job(opened, job)
    if as_json:
        account = account_of(opened, found)
        texts = RunTexts(opened)
        texts.read(account.found)
        run = texts.run(found.job, "", account.on_node, "")
        ended = account.outcome.outcome if account.outcome else None
        document = run_document(run) | {"state": str(account.state), "outcome": ended}
        output.show(Screen(document))
        return
    if RunWatch(opened, found.job, output).follow() is not Outcome.COMPLETED:
        raise typer.Exit(1)
