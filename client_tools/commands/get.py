"""``wam get``: a job's results are copied to this machine."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from client_tools.commands.options import JobArgument, JsonOption, SpoolOption
from client_tools.errors import NothingThere, NotInThisState
from client_tools.fetching import Fetched, Fetcher
from client_tools.phrases import outcome_line, where
from client_tools.results import files_matching, inputs_of, results_of
from client_tools.views.job import ResultFile
from client_tools.views.output import choose_output
from client_tools.views.screen import Line, Screen, Tone
from client_tools.views.text import count
from client_tools.which_spool import open_named_spool
from spool_layout.units import format_size
from wamspool.find import Account, Found, account_of, find_job
from wamspool.share import Share


def get(
    job: JobArgument,
    patterns: Annotated[
        list[str] | None,
        typer.Argument(metavar="PATTERN", help="Only files that fit, such as '*.frd'."),
    ] = None,
    spool: SpoolOption = None,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="DIR", help="Where to; else a folder ./JOB/.")
    ] = None,
    inputs: Annotated[bool, typer.Option("--inputs", help="The job's inputs too.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace files that differ.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Copy a done job's results to here; each is read back and compared.

    Files that are here already, with the same content, are left: after an interruption the same
    command goes on where it was.
    """
    opened = open_named_spool(spool)
    output = choose_output(as_json=as_json)
    found = find_job(opened, job)
    folder = _done_folder(found)
    account = account_of(opened, found)
    files = _wanted(opened.share, folder, patterns or [], inputs=inputs, job=found.job)
    target = (to or Path(found.job)).expanduser()
    fetcher = Fetcher(opened.share, folder, target, opened.clock)
    fetched = fetcher.fetch(files, force=force, output=output)
    output.show(_screen(account, target, fetched))


def _done_folder(found: Found) -> str:
    if found.folder is None:
        words = where(found.place, None).partition(",")[0] if found.place else str(found.state)
        raise NotInThisState(
            f"{found.job} {words}; there are results when it is done",
            cure=f"Follow it with 'wam log -f {found.job}'.",
        )
    return found.folder


def _wanted(
    share: Share, folder: str, patterns: list[str], *, inputs: bool, job: str
) -> list[ResultFile]:
    if not patterns:
        return results_of(share, folder) + (inputs_of(share, folder) if inputs else [])
    files = [
        file
        for file in files_matching(share, folder, patterns)
        if inputs or not file.name.startswith("inputs/")
    ]
    if not files:
        names = ", ".join(file.name for file in results_of(share, folder)[:8])
        raise NothingThere(
            f"{job} has no file that fits {' or '.join(patterns)}; it has {names or 'none'}"
        )
    return files


def _screen(account: Account, target: Path, fetched: Sequence[Fetched]) -> Screen:
    new = [one for one in fetched if one.copied]
    size_bytes = sum(one.held.size_bytes for one in new)
    words = f"{count(len(new), 'file')}, {format_size(size_bytes)}, copied to {target}"
    if left := len(fetched) - len(new):
        words += f"; {count(left, 'file')} there already"
    if fetched and not new:
        words = f"nothing to copy: {count(left, 'file is', 'files are')} in {target} already"
    if not fetched:
        words = "the job left no results"
    lines = [Line(words, Tone.GOOD if fetched else Tone.WARN)]
    if account.outcome:
        lines.insert(0, outcome_line(account.ticket.job, account.outcome))
    document = {
        "job": account.ticket.job,
        "to": str(target.resolve()),
        "files": [
            {
                "name": one.name,
                "size": one.held.size_bytes,
                "sha256": one.held.sha256,
                "copied": one.copied,
            }
            for one in fetched
        ],
    }
    return Screen(document, lines)
