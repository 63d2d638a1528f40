"""Ending a job without a run's results, for whoever is not the claim's owner."""

from contextlib import suppress

from spool_layout import folders
from spool_layout.records import OutcomeRecord
from spool_layout.states import Event, permits
from wamspool.errors import Exists, Gone, ShareError, TicketGone
from wamspool.find import done_exactly
from wamspool.publish import Publication, finish_publishing, record
from wamspool.share import Share
from wamspool.spool import Spool
from wamspool.transition import Place, lead, move_ticket
from wamspool.tree import make_folders, remove_tree
from wamspool.twins import set_aside


def end_unrun(spool: Spool, event: Event, place: Place, outcome: OutcomeRecord) -> str | None:
    """The job is done without results of a run; its folder. None: another's door, try later.

    For whoever is not the claim's owner: the door comes first, and what is prepared bears its
    generation, so that neither the owner nor another outsider prepares in the same folder.
    Raises TicketGone when somebody else changed the ticket first, or when this is a copy of it
    that was kept by hand until the job was done; then nothing is shown.
    """
    share, job = spool.share, place.name.job
    if not permits(event, place.state):
        raise ValueError(f"{event} does not happen to a {place.state} job")
    generation = lead(share, spool.doors, place)
    if generation is None:
        return None
    _refuse_copy(share, place)
    publication = Publication(job, folders.month(share.now()), generation)
    make_folders(share, publication.folder)
    with suppress(Gone, Exists):
        live = folders.live(job, place.name.generation)
        share.move(live, f"{publication.folder}/{folders.LIVE}")
    record(share, publication, outcome)
    try:
        move_ticket(share, place.path, publication.ticket, job=job)
    except TicketGone:
        with suppress(ShareError):
            remove_tree(share, publication.folder)
        raise
    return finish_publishing(share, publication)


def _refuse_copy(share: Share, place: Place) -> None:
    """A job that is done has taken its inputs with it: where there are none, that is looked for."""
    job = place.name.job
    with suppress(Gone):
        share.examine(folders.job(job))
        return
    if done_exactly(share, job):
        set_aside(share, place)
        raise TicketGone(f"{job}: is done already; this ticket was a copy, and lies in rejected")
