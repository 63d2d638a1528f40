"""``wam show``: all about a job."""

from collections.abc import Callable, Sequence
from functools import cache

from client_tools.commands.options import (
    JobsArgument,
    JsonOption,
    MineOption,
    SpoolOption,
    StateOption,
)
from client_tools.pending import pending_of
from client_tools.pools_shown import licences_of_job
from client_tools.results import results_of
from client_tools.selecting import Selection, select
from client_tools.views.job import job_screen
from client_tools.views.output import choose_output
from client_tools.views.screen import Line, Screen
from client_tools.which_spool import open_named_spool
from spool_layout.request import RequestName
from wamspool.asking import requests_now
from wamspool.find import Found, account_of
from wamspool.offers import nodes_of
from wamspool.snapshot import NodeSight
from wamspool.spool import Spool


def show(
    job: JobsArgument = None,
    mine: MineOption = False,
    state: StateOption = None,
    spool: SpoolOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell all about a job: where it is, how it ended and why, its files, what to type next.

    Of several jobs, JSON is an object with the list 'shown'.
    """
    opened = open_named_spool(spool)
    found = select(opened, Selection(job or (), mine, state))
    # Each is read once for all jobs, and only where it matters.
    nodes, requests = cache(lambda: nodes_of(opened)), cache(lambda: requests_now(opened.share))
    screens = [_screen(opened, one, nodes, requests) for one in found]
    choose_output(as_json=as_json).show(screens[0] if len(screens) == 1 else _all_of(screens))


def _all_of(screens: Sequence[Screen]) -> Screen:
    parts = [part for screen in screens for part in (*screen.parts, Line(""))]
    return Screen({"shown": [screen.document for screen in screens]}, parts[:-1])


def _screen(
    opened: Spool,
    found: Found,
    nodes: Callable[[], Sequence[NodeSight]],
    requests: Callable[[], Sequence[RequestName]],
) -> Screen:
    account = account_of(opened, found)
    folder = account.found.folder
    files = results_of(opened.share, folder) if folder else []
    licences = licences_of_job(opened, account, nodes)
    pending = pending_of(opened, account.found, requests)
    return job_screen(opened.share, account, files, licences, pending)
