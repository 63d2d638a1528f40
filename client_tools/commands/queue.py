"""``wam queue``: what waits, what is held, and what was rejected with the reason why."""

from dataclasses import replace
from enum import StrEnum
from typing import Annotated

import typer

from client_tools.commands.options import JsonOption, SpoolOption
from client_tools.documents import placed_document, rejected_document
from client_tools.tickets_shown import tickets_at
from client_tools.views.output import choose_output
from client_tools.views.screen import Line, Screen, Table
from client_tools.views.status import Picture, waiting_table
from client_tools.which_spool import open_named_spool
from spool_layout import folders
from spool_layout.states import State
from spool_layout.units import count
from wamspool.errors import Denied, Gone
from wamspool.snapshot import take_snapshot
from wamspool.spool import Spool

WHY_BYTES_MAX = 16 * 1024


class Shown(StrEnum):
    """Which of them."""

    QUEUED = "queued"
    HELD = "held"
    REJECTED = "rejected"


def queue(
    spool: SpoolOption = None,
    state: Annotated[
        Shown | None, typer.Option(help="Only these; without it, queued and held.")
    ] = None,
    limit: Annotated[
        int, typer.Option(min=0, metavar="N", help="Show so many at most; 0 shows all.")
    ] = 0,
    as_json: JsonOption = False,
) -> None:
    """List the jobs that wait, in their order, and those that are held."""
    opened = open_named_spool(spool)
    output = choose_output(as_json=as_json)
    if state is Shown.REJECTED:
        output.show(_rejected_screen(opened, limit))
        return
    wanted = (State(state.value),) if state else (State.QUEUED, State.HELD)
    output.show(_waiting_screen(opened, wanted, limit))


def _waiting_screen(spool: Spool, states: tuple[State, ...], limit: int) -> Screen:
    snapshot = take_snapshot(spool)
    by_state = {state: snapshot.in_state(state) for state in states}
    shown = {state: places[: limit or None] for state, places in by_state.items()}
    tickets = tickets_at(spool, [place for places in shown.values() for place in places])
    picture = Picture(snapshot, tickets, limit, spool.settings.pools)
    parts: list[Line | Table] = []
    for state, places in shown.items():
        title = "waiting" if state is State.QUEUED else "held"
        if places:
            starts = picture.starts if state is State.QUEUED else None
            more = len(by_state[state]) - len(places)
            parts.append(replace(waiting_table(picture, places, title, starts), beyond=more))
    if not parts:
        parts.append(Line("nothing " + " or ".join(_WORDS[state] for state in states)))
    jobs = [
        placed_document(place, tickets.get(place.name.job), None)
        for places in shown.values()
        for place in places
    ]
    return Screen({"jobs": jobs}, parts)


_WORDS = {State.QUEUED: "waits", State.HELD: "is held"}


def _rejected_screen(spool: Spool, limit: int) -> Screen:
    names = take_snapshot(spool).rejected
    shown = names[: limit or None]
    reasons = {name: why_rejected(spool, name) for name in shown}
    parts: list[Line | Table] = []
    for name, (why, cure) in reasons.items():
        parts += [Line(name), Line(f"  {why}", folds=True)]
        parts += [Line(f"  -> {cure}", folds=True)] if cure else []
    if len(names) > len(shown):
        parts.append(Line(f"... and {len(names) - len(shown)} more"))
    if names:
        place = f"{spool.share.location}/{folders.REJECTED}"
        parts.append(Line(f"{count(len(names), 'file')} in {place}; remove what is dealt with."))
    else:
        parts.append(Line("nothing was rejected"))
    jobs = [rejected_document(name, why) for name, (why, _) in reasons.items()]
    return Screen({"jobs": jobs}, parts)


def why_rejected(spool: Spool, name: str) -> tuple[str, str]:
    """Why the file was rejected and what to do, from the text beside it."""
    path = f"{folders.REJECTED}/{name}{folders.WHY_SUFFIX}"
    try:
        text = spool.share.read(path, most_bytes=WHY_BYTES_MAX).decode("utf-8", "replace")
    except (Gone, Denied):
        return "no reason lies beside it", ""
    said: dict[str, list[str]] = {}
    word = ""
    for line in text.splitlines():
        found, colon, rest = line.partition(":")
        if colon and found in {"Why", "What to do"}:
            word = found
            said[word] = [rest.strip()]
        elif not line.strip():
            word = ""
        elif word:
            said[word].append(line.strip())
    why = " ".join(said.get("Why", [text.strip().split("\n")[0]]))
    return why, " ".join(said.get("What to do", []))
