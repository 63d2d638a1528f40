"""Queueing a done job anew: a job of its own, from the inputs that lie with the results."""

from dataclasses import replace

from client_tools.errors import NothingThere
from spool_layout import folders
from spool_layout.after import After
from spool_layout.ticket import InputFile, Ticket
from wamspool.adoption import DROPPED
from wamspool.dependencies import dependency
from wamspool.errors import AmbiguousJob, CopyDiffers, Gone
from wamspool.find import Account
from wamspool.share import Copied
from wamspool.spool import Spool
from wamspool.submit import queue_anew
from wamspool.tree import make_folders


def rerun(spool: Spool, account: Account, *, owner: str) -> Ticket:
    """A new job waits, with the same inputs and wishes; the done one stays as it is. It does not
    come after jobs that have been removed since: it would wait for ever.

    Each input is copied within the share, and must be what was submitted then. Raises
    NothingThere when inputs are gone, CopyDiffers when they were changed, and as ``submit`` does.
    """
    old = account.ticket
    extra = {key: value for key, value in old.draft.extra.items() if key != DROPPED}
    after = tuple(one for one in old.draft.after if _is_known(spool, one))
    draft = replace(old.draft, hold=False, extra=extra, after=after)

    def fill(job: str) -> tuple[InputFile, ...]:
        for item in old.inputs:
            _copy(spool, account, job, item)
        return old.inputs

    return queue_anew(spool, draft, fill, owner=owner, remarks=old.remarks)


def _is_known(spool: Spool, after: After) -> bool:
    try:
        return dependency(spool, after).state is not None
    except AmbiguousJob:
        return True


def _copy(spool: Spool, account: Account, job: str, item: InputFile) -> None:
    target = f"{folders.job(job)}/{item.name}"
    if "/" in item.name:
        make_folders(spool.share, target.rpartition("/")[0])
    source = f"{account.found.folder}/{folders.INPUTS}/{item.name}"
    try:
        copied = spool.share.duplicate(source, target)
    except Gone:
        raise NothingThere(
            f"{source} is gone, so the job cannot be run again",
            cure="Submit the deck anew: wam ticket DECK.inp.",
        ) from None
    if copied != Copied(item.size_bytes, item.sha256):
        raise CopyDiffers(
            f"{source} is not the file that was submitted",
            cure="Submit the deck anew: wam ticket DECK.inp.",
        )
