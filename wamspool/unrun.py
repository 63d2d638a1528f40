"""Ending a job without a run's results, for whoever is not the claim's owner."""

from contextlib import suppress

from spool_layout import folders
from spool_layout.records import OutcomeRecord
from spool_layout.states import Event, permits
from wamspool.errors import Exists, Gone, ShareError, TicketGone
from wamspool.publish import Publication, finish_publishing, record
from wamspool.spool import Spool
from wamspool.transition import Place, lead, move_ticket
from wamspool.tree import make_folders, remove_tree


def end_unrun(spool: Spool, event: Event, place: Place, outcome: OutcomeRecord) -> str | None:
    """The job is done without results of a run; its folder. None: another's door, try later.

    For whoever is not the claim's owner: the door comes first, and what is prepared bears its
    generation, so that neither the owner nor another outsider prepares in the same folder.
    Raises TicketGone when somebody else changed the ticket first; then nothing is shown.
    """
    share, job = spool.share, place.name.job
    if not permits(event, place.state):
        raise ValueError(f"{event} does not happen to a {place.state} job")
    generation = lead(share, spool.doors, place)
    if generation is None:
        return None
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
