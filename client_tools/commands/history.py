"""``wam history``: the jobs that have ended."""

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated

import typer

from client_tools import wiring
from client_tools.commands.options import JsonOption, SpoolOption
from client_tools.completing import complete_nodes
from client_tools.views.history import csv_lines, done_document, history_screen
from client_tools.views.output import choose_output
from client_tools.which_spool import open_named_spool
from spool_layout.names import may_be_of_batch
from spool_layout.states import Outcome
from spool_layout.units import parse_duration_s
from wamspool.errors import Denied, Gone
from wamspool.find import BATCH
from wamspool.history import EndedJob, History, newest
from wamspool.rights import owner_of_done, who_am_i
from wamspool.spool import Spool

SHOWN = 20
LOOKED_AT_MAX = 1000
TagOption = Annotated[
    list[str] | None, typer.Option(metavar="TAG", help="Only those that asked for it.")
]
NameOption = Annotated[
    str | None, typer.Option(metavar="TEXT", help="Only those with it in their name.")
]
BatchOption = Annotated[str | None, typer.Option(metavar="NAME", help="Only those of this batch.")]
NodeOption = Annotated[
    list[str] | None,
    typer.Option(metavar="NODE", help="Only those that ran there.", autocompletion=complete_nodes),
]


def history(
    spool: SpoolOption = None,
    limit: Annotated[
        int, typer.Option("--limit", "-n", min=1, metavar="N", help="So many.")
    ] = SHOWN,
    since: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Those that ended so long ago, as in '48 h', or since."),
    ] = None,
    mine: Annotated[bool, typer.Option("--mine", help="Only your own.")] = False,
    outcome: Annotated[
        list[Outcome] | None,
        typer.Option("--outcome", "--state", help="Only those that ended so; may be repeated."),
    ] = None,
    node: NodeOption = None,
    tag: TagOption = None,
    name: NameOption = None,
    batch: BatchOption = None,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="Comma-separated: times in UTC, durations in seconds.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List the jobs that have ended, the newest first.

    'eff' is the processor time by cores x wall time: 100 % means that all cores were busy. At most
    1,000 jobs are looked at for filters; --name, --batch and --outcome look further.
    """
    if as_csv and as_json:
        raise typer.BadParameter("does not go with --json", param_hint="--csv")
    opened = open_named_spool(spool)
    walk = History(opened.share)
    if since is not None:
        walk.since = opened.share.now() - timedelta(seconds=_duration_s(since))
    outcomes, wanted = set(outcome or Outcome), (name or "").lower()
    of_batch = (batch or "").lstrip(BATCH).lower()
    is_mine = _mine(opened) if mine else None

    def fits(job: EndedJob) -> bool:
        draft = job.ticket.draft
        return (
            job.outcome.outcome in outcomes
            and (not node or job.outcome.node in node)
            and set(tag or ()) <= set(draft.tags)
            and of_batch in {"", draft.batch}
            and (is_mine is None or is_mine(job))
        )

    def may_fit(job: str, ended: str) -> bool:
        is_named = wanted in job and (not of_batch or may_be_of_batch(job, of_batch))
        return is_named and (not ended or ended in outcomes)

    jobs, is_cut = newest(
        walk,
        limit=limit,
        may_fit=may_fit,
        fits=fits,
        looked_at_max=max(limit, LOOKED_AT_MAX),
    )
    if as_csv:
        print("\n".join(csv_lines(jobs)))
        return
    documents = [done_document(opened.share, job) for job in jobs]
    screen = history_screen(jobs, documents, looked_at=walk.looked_at if is_cut else None)
    choose_output(as_json=as_json).show(screen)


def _mine(spool: Spool) -> Callable[[EndedJob], bool]:
    """Whether a job is this account's, by whoever made its files; costs a trip a job.

    Who may not write in the spool cannot learn how the share names him: then by what tickets say.
    """
    said = wiring.user_name()
    try:
        me = who_am_i(spool, said=said)
    except Denied:
        return lambda job: job.ticket.owner == said

    def is_mine(job: EndedJob) -> bool:
        try:
            return owner_of_done(spool.share, job.folder, job.ticket) == me
        except Gone:
            return False

    return is_mine


def _duration_s(text: str) -> float:
    try:
        return parse_duration_s(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--since") from None
