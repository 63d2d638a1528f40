"""The jobs of a batch, found by the mark in their names."""

from spool_layout import folders
from spool_layout.errors import FormatError
from spool_layout.names import may_be_of_batch
from spool_layout.states import State
from spool_layout.ticket import parse_ticket
from wamspool.errors import Gone
from wamspool.find import Account, Found, account_of, find_flying
from wamspool.publish import months
from wamspool.share import Kind
from wamspool.spool import Spool


def ended_batch(spool: Spool, batch: str) -> list[Account] | None:
    """Its jobs, in the order of their names, once all have ended; None while one has not.

    Costs six listings; when nothing of it is in flight one more a month, and two reads a job.
    Raises ShareError.
    """
    for job, found in find_flying(spool.share).items():
        if may_be_of_batch(job, batch) and _is_of(spool, found, batch):
            return None
    accounts = [
        account
        for month in months(spool.share)
        for entry in spool.share.list(folders.done_month(month))
        if entry.kind is Kind.FOLDER and may_be_of_batch(entry.name, batch)
        if (account := _done(spool, month, entry.name)) and account.ticket.draft.batch == batch
    ]
    return sorted(accounts, key=lambda account: account.ticket.job)


def _is_of(spool: Spool, found: Found, batch: str) -> bool:
    """Whether the job in flight is of the batch; one that moves at this moment may be."""
    if found.place is None:
        return False
    try:
        ticket = parse_ticket(spool.share.read(found.place.path), source=found.place.path)
    except Gone:
        return True
    except FormatError:
        return False
    return ticket.draft.batch == batch


def _done(spool: Spool, month: str, job: str) -> Account | None:
    if job.startswith("."):
        return None
    try:
        return account_of(spool, Found(job, State.DONE, folder=folders.done(month, job)))
    except FormatError:
        return None
