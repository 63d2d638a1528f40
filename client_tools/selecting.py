"""Which jobs a command is to act on: parts of names, batches, one's own, those in a state."""

from collections.abc import Sequence
from dataclasses import dataclass

import typer

from client_tools import wiring
from client_tools.tickets_shown import tickets_at
from spool_layout.errors import FormatError
from spool_layout.states import State
from spool_layout.ticket import Ticket
from wamspool.errors import Gone, NoSuchJob
from wamspool.find import Found, find_flying, find_jobs
from wamspool.rights import owner_of, owner_of_done, who_am_i
from wamspool.spool import Spool
from wamspool.transition import Place


@dataclass(frozen=True, slots=True)
class Selection:
    """What the command line says: all of the texts' jobs that are also mine, and in that state.

    Without texts all jobs in flight are meant; what is done must be named, or its batch.
    """

    texts: Sequence[str]
    mine: bool = False
    state: str | None = None


def select(spool: Spool, asked: Selection) -> list[Found]:
    """The jobs, at least one. Costs a read a job in flight with ``mine``.

    Raises typer.BadParameter when nothing says which, NoSuchJob, AmbiguousJob.
    """
    if not asked.texts and not asked.mine and asked.state is None:
        raise typer.BadParameter(
            "name jobs or '@BATCH', or say --mine or --state", param_hint="JOB"
        )
    found = find_jobs(spool, asked.texts) if asked.texts else _flying(spool)
    if asked.state is not None:
        found = [one for one in found if one.state is State(asked.state)]
    if asked.mine:
        found = _mine(spool, found)
    if not found:
        whose = " of yours" if asked.mine else ""
        where = f" is {asked.state}" if asked.state else " is there"
        among = "of those named" if asked.texts else "in flight"
        raise NoSuchJob(f"no job{whose} {among}{where}")
    return found


def _flying(spool: Spool) -> list[Found]:
    found = find_flying(spool.share).values()
    return sorted(found, key=lambda one: one.place.name.key if one.place else "")


def _mine(spool: Spool, found: Sequence[Found]) -> list[Found]:
    tickets = tickets_at(spool, [one.place for one in found if one.place])
    me = who_am_i(spool, said=wiring.user_name())
    return [
        one
        for one in found
        if (one.place and _owner(spool, one.place, tickets.get(one.job)) == me)
        or (one.folder and _owner_of_done(spool, one.folder) == me)
    ]


def _owner_of_done(spool: Spool, folder: str) -> str | None:
    try:
        return owner_of_done(spool.share, folder)
    except (Gone, FormatError):
        return None


def _owner(spool: Spool, place: Place, ticket: Ticket | None) -> str | None:
    try:
        return owner_of(spool.share, place, ticket) if ticket else None
    except Gone:
        return None
