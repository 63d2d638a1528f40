"""``wam why``: why a job does not run, or how it ended."""

from client_tools.commands.options import JobArgument, JsonOption, SpoolOption
from client_tools.reasons import why_waits
from client_tools.views.output import choose_output
from client_tools.views.screen import Screen
from client_tools.views.why import done_screen, moving_screen, waiting_screen
from client_tools.which_spool import open_named_spool
from spool_layout.states import State
from wamspool.find import account_of, find_job
from wamspool.snapshot import take_snapshot
from wamspool.spool import Spool


def why(job: JobArgument, spool: SpoolOption = None, as_json: JsonOption = False) -> None:
    """Tell why a job waits: what each node lacks for it, its place, what it comes after.

    Of a job that runs it says where, and of one that is done how it ended.
    """
    opened = open_named_spool(spool)
    choose_output(as_json=as_json).show(_screen(opened, job))


def _screen(spool: Spool, text: str) -> Screen:
    account = account_of(spool, find_job(spool, text))
    place = account.found.place
    if account.outcome is not None:
        return done_screen(spool.share, account)
    if place is None or place.state not in {State.QUEUED, State.HELD}:
        return moving_screen(spool.share, account)
    return waiting_screen(
        spool.share, account, why_waits(spool, account, take_snapshot(spool), place)
    )
