"""``wam collect``: the results of several jobs as one table."""

from pathlib import Path
from typing import Annotated, Any

import typer

from client_tools.collecting import (
    Row,
    Take,
    as_csv,
    cells_of,
    header_of,
    parameters_of,
    row_of,
    run_s,
    takes_asked,
)
from client_tools.commands.options import (
    JobsArgument,
    JsonOption,
    MineOption,
    SpoolOption,
    StateOption,
)
from client_tools.documents import account_document
from client_tools.errors import LocalFile, WouldOverwrite
from client_tools.selecting import Selection, select
from client_tools.views.output import choose_output
from client_tools.views.screen import Column, Line, Screen, Table, Tone
from client_tools.which_spool import open_named_spool
from spool_layout.units import count
from wamspool.clock import Clock
from wamspool.errors import Exists
from wamspool.find import account_of
from wamspool.open_share import make_share
from wamspool.share import Share


def collect(
    job: JobsArgument = None,
    take: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=FILE:REGEX",
            help="A column: what the pattern finds last in the result, or 'max:FILE:REGEX', "
            "'min:', 'first:'; repeatable.",
        ),
    ] = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write the table there, as CSV.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it is there.")] = False,
    mine: MineOption = False,
    state: StateOption = None,
    spool: SpoolOption = None,
    as_json: JsonOption = False,
) -> None:
    r"""Collect the results of several jobs, or of a batch, in one table.

    A row a job: its parameters, how it ended, how long it ran, and what --take finds in its
    results, such as --take 'u3=max:*.dat:^ +2 .* (\S+)$'. A pattern is looked for in each line;
    its first group is the value. Exit code 1 while one of the jobs is not done.
    """
    takes = takes_asked(take or ())
    opened, output = open_named_spool(spool), choose_output(as_json=as_json)
    found = select(opened, Selection(job or (), mine, state))
    rows = []
    for number, one in enumerate(found, start=1):
        output.passing(f"reading {number} of {len(found)}: {one.job}")
        rows.append(row_of(opened.share, account_of(opened, one), takes))
    header, parameters = header_of(rows, takes), parameters_of(rows)
    cells = [cells_of(row, parameters) for row in rows]
    if csv is not None:
        _write(csv.expanduser(), as_csv(header, cells), opened.clock, force=force)
    documents = [_document(opened.share, row, takes) for row in rows]
    flying = sum(row.account.outcome is None for row in rows)
    table = Table(tuple(Column(name, gives_way=name == "job") for name in header), cells)
    words = f"{count(len(rows), 'job')} written to {csv}" if csv else count(len(rows), "job")
    said = [Line(f"{words}; {flying} not done yet" if flying else words, Tone.GOOD)]
    output.show(
        Screen(
            {"rows": documents, "csv": str(csv) if csv else None}, said if csv else [table, *said]
        )
    )
    if flying:
        raise typer.Exit(1)


def _write(file: Path, text: str, clock: Clock, *, force: bool) -> None:
    try:
        folder = make_share(str(file.parent), clock)
        if force:
            folder.replace(file.name, text.encode())
        else:
            folder.create(file.name, text.encode())
    except Exists:
        cure = "Name another file, or say --force to replace it."
        raise WouldOverwrite(f"{file} is there already", cure=cure) from None
    except OSError as error:
        raise LocalFile(f"{file}: {error.strerror or error}") from None


def _document(share: Share, row: Row, takes: list[Take]) -> dict[str, Any]:
    outcome = row.account.outcome
    return {
        "job": account_document(share, row.account),
        "parameters": dict(row.account.ticket.draft.parameters),
        "run_s": run_s(outcome) if outcome else None,
        "cpu_s": outcome.cpu_s if outcome else None,
        "taken": {take.name: value or None for take, value in zip(takes, row.taken, strict=True)},
    }
