"""``wam page``: the spool at a glance as an HTML file, for those who have only a browser."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from client_tools.commands.options import JsonOption, SpoolOption
from client_tools.errors import LocalFile
from client_tools.tickets_shown import tickets_at
from client_tools.views.history import history_table
from client_tools.views.output import choose_output
from client_tools.views.page import html_page
from client_tools.views.screen import Line, Screen, Table, Tone
from client_tools.views.status import Picture, status_screen
from client_tools.which_spool import open_named_spool
from spool_layout import folders
from spool_layout.states import State
from wamspool.errors import Busy, Unreachable
from wamspool.history import History, newest
from wamspool.local_times import local_time
from wamspool.open_share import make_share
from wamspool.share import Share
from wamspool.snapshot import take_snapshot
from wamspool.spool import Spool

WAITING_SHOWN = 100
ENDED_SHOWN = 20


def page(
    to: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="This file; else index.html of the spool."),
    ] = None,
    every: Annotated[
        float | None,
        typer.Option(min=5, metavar="SECONDS", help="Write it again so often, until Ctrl-C."),
    ] = None,
    spool: SpoolOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write nodes, jobs and what has ended lately as one HTML page that a double-click opens.

    It needs no server, and shows what was so when it was written. With --every the browser loads
    it again as often.
    """
    if every is not None and as_json:
        raise typer.BadParameter("does not go with --json", param_hint="--every")
    opened, output = open_named_spool(spool), choose_output(as_json=as_json)
    write, place = _place(opened, to)
    text = page_text(opened, refresh_s=every).encode()
    write(text)
    document = {"page": place, "size": len(text)}
    again = f", again every {every:g} s; Ctrl-C ends" if every else ""
    output.show(Screen(document, [Line(f"wrote {place}{again}", Tone.GOOD)]))
    with suppress(KeyboardInterrupt):
        while every is not None:
            opened.clock.sleep(every)
            with suppress(Busy, Unreachable):  # somebody reads it, or the share is away
                write(page_text(opened, refresh_s=every).encode())


def _place(spool: Spool, to: Path | None) -> tuple[Callable[[bytes], None], str]:
    """What puts a page into its place, and that place for people."""
    if to is None:
        place = f"{spool.share.location}/{folders.PAGE}"
        return lambda text: spool.share.replace(folders.PAGE, text), place
    file = to.expanduser()
    try:
        folder: Share = make_share(str(file.parent), spool.clock)
    except OSError as error:
        raise LocalFile(f"{file}: {error.strerror or error}") from None
    return lambda text: folder.replace(file.name, text), str(file)


def page_text(spool: Spool, *, refresh_s: float | None) -> str:
    """The page as it is now. Costs what ``wam status`` and a short ``wam history`` cost."""
    snapshot = take_snapshot(spool)
    shown = snapshot.in_state(State.QUEUED)[:WAITING_SHOWN]
    tickets = tickets_at(spool, shown)
    now = status_screen(Picture(snapshot, tickets, WAITING_SHOWN, spool.settings.pools))
    jobs, _ = newest(
        History(spool.share),
        limit=ENDED_SHOWN,
        may_fit=lambda *_: True,
        fits=lambda _: True,
        looked_at_max=ENDED_SHOWN,
    )
    ended: list[Line | Table] = [Line("ended lately", Tone.TITLE)]
    ended.append(history_table(jobs) if jobs else Line("no job has ended"))
    made = local_time(snapshot.taken)
    title = f"WAM: {spool.share.location}"
    return html_page(title, [*now.parts, *ended], made=made, refresh_s=refresh_s)
