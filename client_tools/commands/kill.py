"""``wam kill``: jobs end, whether they wait or run."""

from typing import Any

import typer

from client_tools.commands.options import (
    JobsArgument,
    JsonOption,
    MineOption,
    NoWaitOption,
    SpoolOption,
    StateOption,
    WhyOption,
    YesOption,
)
from client_tools.confirming import is_wanted
from client_tools.documents import account_document, placed_document
from client_tools.killing import Acted, Killing
from client_tools.phrases import outcome_line
from client_tools.requester import Requester
from client_tools.selecting import Selection, select
from client_tools.several import Told, act_on_jobs
from client_tools.views.output import choose_output
from client_tools.views.screen import Line, Tone
from client_tools.which_spool import open_named_spool
from spool_layout.states import Outcome
from wamspool.find import Found
from wamspool.share import Share


def kill(
    job: JobsArgument = None,
    mine: MineOption = False,
    state: StateOption = None,
    why: WhyOption = "",
    yes: YesOption = False,
    no_wait: NoWaitOption = False,
    spool: SpoolOption = None,
    as_json: JsonOption = False,
) -> None:
    """End jobs: those that wait at once, those that run by the node that runs them.

    The solver is asked to end in its own way, then terminated, then killed with all that it has
    started; what it had written by then is with the results. Only for your own jobs, or for an
    operator of the spool. Exit code 1 when one of several could not be ended.
    """
    opened, output = open_named_spool(spool), choose_output(as_json=as_json)
    found = select(opened, Selection(job or (), mine, state))
    if not is_wanted("End", [one.job for one in found], yes=yes or as_json):
        raise typer.Exit(1)
    killing = Killing(opened, Requester(opened), why, not no_wait, output.passing)

    def act(one: Found) -> Told:
        acted = killing.kill(one)
        return Told(document_of(opened.share, acted), _line(acted), acted.asked)

    act_on_jobs(found, act, output, tells_asked=True)


def document_of(share: Share, acted: Acted) -> dict[str, Any]:
    """The job as it is now."""
    if acted.account is not None:
        return account_document(share, acted.account)
    place = acted.found.place
    assert place is not None  # noqa: S101 - a job without an account has a ticket
    return placed_document(place, None, None)


def _line(acted: Acted) -> Line:
    job = acted.found.job
    if acted.asked or acted.account is None or acted.account.outcome is None:
        node = acted.found.place.name.node if acted.found.place else ""
        return Line(f"asked {node} to end {job}; see how it goes: wam show {job}")
    line = outcome_line(job, acted.account.outcome)
    if acted.account.outcome.outcome is Outcome.CANCELLED:
        return Line(line.text, Tone.GOOD)
    return Line(f"ended by itself, {line.text}", Tone.WARN)
