"""``wam requeue``: a job runs again, from the beginning."""

import typer

from client_tools import wiring
from client_tools.coming_after import warnings_anew
from client_tools.commands.kill import document_of
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
from client_tools.documents import placed_document
from client_tools.killing import Acted, Killing
from client_tools.phrases import outcome_line, where
from client_tools.requester import Requester
from client_tools.rerun import rerun
from client_tools.selecting import Selection, select
from client_tools.several import Told, act_on_jobs
from client_tools.views.output import choose_output
from client_tools.views.screen import Line, Tone
from client_tools.which_spool import open_named_spool
from spool_layout.states import State
from wamspool.find import Found, account_of
from wamspool.transition import Place


def requeue(
    job: JobsArgument = None,
    mine: MineOption = False,
    state: StateOption = None,
    why: WhyOption = "",
    yes: YesOption = False,
    no_wait: NoWaitOption = False,
    spool: SpoolOption = None,
    as_json: JsonOption = False,
) -> None:
    """Have jobs run again from the beginning.

    A running job is stopped, what it has computed is thrown away, and it waits again; that run
    counts as an attempt. A done job is queued anew, as a new job with a name of its own, from
    the inputs that lie with its results, which stay as they are.
    """
    opened, output = open_named_spool(spool), choose_output(as_json=as_json)
    found = select(opened, Selection(job or (), mine, state))
    running = [one.job for one in found if one.state is not State.DONE]
    if running and not is_wanted("Throw away what was computed of", running, yes=yes or as_json):
        raise typer.Exit(1)
    killing = Killing(opened, Requester(opened), why, not no_wait, output.passing)

    def act(one: Found) -> Told:
        if one.state is State.DONE:
            account = account_of(opened, one)
            ticket = rerun(opened, account, owner=wiring.user_name())
            for words in warnings_anew(opened, account.ticket.draft, ticket.draft):
                output.warn(words)
            place = Place(State.QUEUED, ticket.first_name)
            line = f"{one.job} is done; queued anew as {ticket.job}, a job of its own"
            return Told(placed_document(place, ticket, None), Line(line, Tone.GOOD))
        acted = killing.requeue(one)
        return Told(document_of(opened.share, acted), _line(acted), acted.asked)

    act_on_jobs(found, act, output, tells_asked=True)


def _line(acted: Acted) -> Line:
    job, place = acted.found.job, acted.found.place
    if acted.asked and place is not None:
        return Line(f"asked {place.name.node} to stop {job}; see how it goes: wam show {job}")
    if acted.account and acted.account.outcome:
        ended = outcome_line(job, acted.account.outcome).text
        return Line(f"ended before it was stopped, {ended}", Tone.WARN)
    assert place is not None  # noqa: S101 - a job that is not done has a ticket
    return Line(f"stopped {job}; it {where(place, None).partition(',')[0]}", Tone.GOOD)
