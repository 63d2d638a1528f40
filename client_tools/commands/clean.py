"""``wam clean``: done jobs and their results are removed."""

import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from client_tools.cleaning import Chosen, Cleaning, Kept, Wanted, remove_empty_months
from client_tools.commands.options import JsonOption, SpoolOption, YesOption
from client_tools.completing import complete_jobs
from client_tools.confirming import is_wanted
from client_tools.requester import Requester
from client_tools.several import NotDone, not_done_documents
from client_tools.views.output import Output, choose_output
from client_tools.views.screen import Column, Line, Screen, Table, Tone
from client_tools.which_spool import open_named_spool
from spool_layout.errors import WamError
from spool_layout.states import Outcome
from spool_layout.ticket import format_time
from spool_layout.units import count, format_size, parse_duration_s
from wamspool.local_times import local_time

_COLUMNS = (
    Column("job"),
    Column("outcome"),
    Column("ended"),
    Column("owner", gives_way=True),
    Column("size", right=True),
)


def clean(
    job: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[JOB]...",
            help="Done jobs, by name; else what the options say.",
            autocompletion=complete_jobs,
        ),
    ] = None,
    older: Annotated[
        str | None,
        typer.Option("--older", metavar="TIME", help="Those that ended so long ago, as in 30d."),
    ] = None,
    outcome: Annotated[
        list[str] | None,
        typer.Option("--outcome", "--state", help="Those that ended so; may be repeated."),
    ] = None,
    mine: Annotated[bool, typer.Option("--mine", help="Of these only my own.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would go.")] = False,
    yes: YesOption = False,
    spool: SpoolOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove done jobs with their results; nothing brings them back.

    Without a job, --older or --outcome the site's policy decides (retention in spool.yaml). Only
    your own jobs go, or all if you are an operator of the spool. Jobs in flight are never
    touched, and a job that a waiting one needs is kept. What goes is shown first; a terminal is
    asked, a script must say --yes.
    """
    wanted = _wanted(job, older, outcome, mine=mine)
    opened, output = open_named_spool(spool), choose_output(as_json=as_json)
    if wanted.is_policy and not opened.settings.retention:
        raise typer.BadParameter(
            "the spool keeps done jobs for ever; name jobs, or say --older 90d or --outcome failed"
        )
    is_asked = sys.stdin.isatty() and sys.stdout.isatty() and not as_json
    if not (dry_run or yes or is_asked):
        raise typer.BadParameter("say --yes to remove, or --dry-run to see what would go")
    cleaning = Cleaning(opened, Requester(opened), output.passing)
    chosen, kept = cleaning.choose(wanted)
    freed_bytes = sum(one.size_bytes for one in chosen)
    if not dry_run and is_asked and chosen and not yes:
        output.show(_screen(chosen, kept, [], [], dry_run=True))
        if not is_wanted(f"Remove {format_size(freed_bytes)},", _names(chosen), yes=False):
            raise typer.Exit(1)
    removed, not_done = ([], []) if dry_run else _remove(cleaning, chosen, output)
    if not dry_run:
        cleaning.finish()
        remove_empty_months(opened)
    output.show(_screen(chosen, kept, removed, not_done, dry_run=dry_run))
    if not_done:
        raise typer.Exit(1)


def _wanted(
    jobs: list[str] | None, older: str | None, outcomes: list[str] | None, *, mine: bool
) -> Wanted:
    try:
        older_s = None if older is None else parse_duration_s(older)
        words = frozenset(Outcome(word.lower()) for word in outcomes or [])
    except ValueError as error:
        known = ", ".join(o for o in Outcome if o is not Outcome.REJECTED)
        raise typer.BadParameter(f"{error}; outcomes are {known}") from None
    if jobs and (older or words):
        raise typer.BadParameter("jobs that are named go with neither --older nor --outcome")
    return Wanted(names=tuple(jobs or ()), older_s=older_s, outcomes=words, mine=mine)


def _remove(
    cleaning: Cleaning, chosen: Sequence[Chosen], output: Output
) -> tuple[list[Chosen], list[NotDone]]:
    removed, not_done = [], []
    for one in chosen:
        try:
            if cleaning.remove(one):
                removed.append(one)
        except WamError as error:
            not_done.append(NotDone(one.done.job, error))
            output.warn(f"{error.message}\n  -> {error.cure}")
    return removed, not_done


def _names(chosen: Sequence[Chosen]) -> list[str]:
    return [one.done.job for one in chosen]


def _screen(
    chosen: Sequence[Chosen],
    kept: Sequence[Kept],
    removed: Sequence[Chosen],
    not_done: Sequence[NotDone],
    *,
    dry_run: bool,
) -> Screen:
    gone = set(_names(removed))
    freed_bytes = sum(one.size_bytes for one in (chosen if dry_run else removed))
    document: dict[str, Any] = {
        "dry_run": dry_run,
        "jobs": [_document(one, removed=one.done.job in gone) for one in chosen],
        "kept": [{"job": one.job, "why": one.why} for one in kept],
        "freed": freed_bytes,
        "not_done": not_done_documents(not_done),
    }
    verb = "would be removed" if dry_run else "removed"
    words = (
        f"{count(len(chosen if dry_run else removed), 'job')} {verb}, {format_size(freed_bytes)}"
    )
    rows = [
        (
            one.done.job,
            str(one.done.record.outcome),
            local_time(one.done.record.ended),
            one.owner or "-",
            format_size(one.size_bytes),
        )
        for one in chosen
    ]
    return Screen(
        document,
        [
            *([Table(_COLUMNS, rows)] if rows and dry_run else []),
            *(Line(f"kept {one.job}: {one.why}", Tone.QUIET) for one in kept),
            Line(words, Tone.GOOD if chosen and not not_done else Tone.WARN),
        ],
    )


def _document(one: Chosen, *, removed: bool) -> dict[str, Any]:
    ended = one.done.record.ended
    return {
        "job": one.done.job,
        "outcome": str(one.done.record.outcome),
        "ended": format_time(ended) if ended else None,
        "owner": one.owner or None,
        "size": one.size_bytes,
        "removed": removed,
    }
