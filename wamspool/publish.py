"""How a job enters ``done/``: prepared in a hidden folder, shown by the ticket's own move.

    1  done/<month>/.<job>.g<n>/           private to the generation that prepares it
    2    results, outcome.yaml             copied and verified; still harmless if left behind
    3  doors/<job>.g<n+1>                  the door: finish against expire, cancel against claim
    4  the ticket -> .../ticket.yaml       THE change: from here on the job is done
    5  jobs/<job>/ -> .../inputs/          tidying, by whoever comes first
    6  .<job>.g<n>/ -> <job>/              people see the job, complete
    7  doors/<job>.g* removed

A crash before 4 leaves a hidden folder without a ticket, and the job where it was. A crash after
4 leaves a hidden folder *with* a ticket: ``finish_publishing`` completes it, on any machine (see ``sweep``).
Who finds at step 4 that the ticket is gone was fenced, and shows nothing.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from spool_layout import folders
from spool_layout.records import OutcomeRecord, format_outcome
from spool_layout.states import Event
from wamspool.door import Doors
from wamspool.errors import Busy, Denied, Exists, Gone, ShareError, TicketGone
from wamspool.share import Kind, Share
from wamspool.transition import Place, advance_to
from wamspool.tree import lies_at, make_folders, remove_all_but, remove_tree

NEWEST, OLDEST = 12, 3


@dataclass(frozen=True, slots=True)
class Publication:
    """A hidden folder of ``done/`` in which one generation prepares a job's end."""

    job: str
    month: str
    generation: int

    @property
    def folder(self) -> str:
        """The hidden folder."""
        return folders.publishing(self.month, self.job, self.generation)

    @property
    def ticket(self) -> str:
        """Where the ticket lies once the job is done."""
        return f"{self.folder}/{folders.TICKET_FILE}"


def publication_of(place: Place, *, now: datetime) -> Publication:
    """Where this generation of the job prepares its end."""
    return Publication(place.name.job, folders.month(now), place.name.generation)


def holds_ticket(share: Share, publication: Publication) -> bool:
    """Whether the ticket has been moved there: then the job is done, if nobody sees it yet.

    By the folder's listing: a lookup that once said no may say so for a minute, and whoever
    believed it would clear the folder, with the ticket in it.
    """
    with suppress(Gone):
        return lies_at(share, publication.ticket)
    return False


def prepare(share: Share, place: Place, *, now: datetime) -> Publication:
    """An empty hidden folder for this generation; what an earlier try of it left is removed.

    Raises TicketGone when that try has made the job done (see ``finish_publishing``).
    """
    publication = publication_of(place, now=now)
    try:
        share.make_folder(publication.folder)
    except Exists:
        if holds_ticket(share, publication):
            # Our own move, whose answer was lost: what lies there is no leftover but the job.
            raise TicketGone(f"{publication.job}: is done already") from None
        remove_tree(share, publication.folder)
        share.make_folder(publication.folder)
    except Gone:
        make_folders(share, publication.folder)
    return publication


def take_up(share: Share, publication: Publication, sizes: Mapping[str, int]) -> frozenset[str]:
    """The names of those files of an earlier try that lie in the hidden folder with at least
    these sizes. Nothing else lies there.

    Raises TicketGone when that try has made the job done (see ``finish_publishing``).
    """
    if holds_ticket(share, publication):
        raise TicketGone(f"{publication.job}: is done already")
    make_folders(share, publication.folder)
    kept = set()
    for name, size_bytes in sizes.items():
        with suppress(Gone):
            if share.examine(f"{publication.folder}/{name}").size_bytes >= size_bytes:
                kept.add(name)
    remove_all_but(share, publication.folder, frozenset(kept))
    return frozenset(kept)


def record(share: Share, publication: Publication, outcome: OutcomeRecord) -> None:
    """The outcome lies with the results; the last thing to be prepared."""
    path = f"{publication.folder}/{folders.OUTCOME_FILE}"
    share.create(path, format_outcome(outcome).encode())


def publish(
    share: Share, doors: Doors, event: Event, place: Place, publication: Publication
) -> bool:
    """The job is done, with what was prepared; False: another's door is in the way, wait.

    Raises TicketGone when the caller was fenced; then nothing is shown.
    """
    return advance_to(share, doors, event, place, lambda _: publication.ticket) is not None


def finish_publishing(share: Share, publication: Publication) -> str:
    """People see the done job under its name; returns its folder. May be called again and again.

    Where somebody has a file of it open, the inputs or the whole stay under their earlier names
    for now, and the doors with them: by these ``sweep`` finds the job and comes back.
    """
    are_brought = _bring_inputs(share, publication)
    shown = _show(share, publication)
    _remove_earlier(share, publication)
    if are_brought and shown:
        _close_doors(share, publication)
    return shown or publication.folder


def _bring_inputs(share: Share, publication: Publication) -> bool:
    """Whether the inputs lie with the results, or are in others' hands no more."""
    with suppress(Exists, Busy, Denied):
        remove_tree(share, f"{folders.job(publication.job)}/{folders.LIVE}")
    try:
        share.move(folders.job(publication.job), f"{publication.folder}/{folders.INPUTS}")
    except (Busy, Denied):
        return False
    except (Gone, Exists):
        # They are gone, or the folder is: another has shown it while we were at it.
        return not lies_at(share, folders.job(publication.job))
    return True


def _remove_earlier(share: Share, publication: Publication) -> None:
    """What earlier generations, or earlier tries of this one, had prepared is gone.

    A month may have ended in between.
    """
    began = datetime.fromisoformat(f"{publication.month}-01")
    for generation in range(1, publication.generation + 1):
        for month in recent_months(began):
            other = Publication(publication.job, month, generation)
            if other != publication:
                remove_tree(share, other.folder)


def discard_prepared(share: Share, job: str, generation: int) -> None:
    """What this generation had prepared is gone, unless the ticket lies there: that is the job.

    For whoever held that generation, and has lost it: nobody else finds these folders, once the
    job is done, and they may hold gigabytes. What the share refuses stays. Its live copies go from
    the done job's inputs, too: an NFS client that knew ``jobs/<job>/`` may have gone on writing
    there after others had moved it.
    """
    for month in months_at_hand(share):
        folder = folders.publishing(month, job, generation)
        with suppress(ShareError):
            if not holds_ticket(share, Publication(job, month, generation)):
                remove_tree(share, folder)
        live = f"{folders.done(month, job)}/{folders.INPUTS}/{folders.LIVE}"
        with suppress(ShareError):
            remove_tree(share, f"{live}/g{generation}")
            share.remove(live)


def _show(share: Share, publication: Publication) -> str | None:
    """The folder that people see; None while somebody keeps it from getting its name."""
    job = publication.job
    for name in (job, f"{job}~g{publication.generation}"):
        shown = folders.done(publication.month, name)
        try:
            share.move(publication.folder, shown)
        except Exists:
            continue
        except (Busy, Denied):
            return None
        except Gone:
            break
        return shown
    return folders.done(publication.month, job)


def _close_doors(share: Share, publication: Publication) -> None:
    for generation in range(1, publication.generation + 2):
        with suppress(Gone, Exists, Busy):
            share.remove(folders.door(publication.job, generation))


def months(share: Share) -> list[str]:
    """The months of ``done/``, newest first."""
    entries = share.list(folders.DONE)
    return sorted((e.name for e in entries if e.kind is Kind.FOLDER), reverse=True)


def months_at_hand(share: Share) -> list[str]:
    """The months in which another may have put what it was at when it was cut off.

    It names the month by its own clock. That may be a little ahead of ours at the end of a month,
    or wrong by years; then its months are the first or the last of all.
    """
    known = months(share)
    return known if len(known) <= NEWEST + OLDEST else known[:NEWEST] + known[-OLDEST:]


def recent_months(now: datetime) -> tuple[str, str]:
    """This month and the last one: where the same clock has put what it was at lately."""
    return folders.month(now), folders.month(now.replace(day=1) - timedelta(days=1))
