"""Submission by a client: everything is copied and verified before the ticket exists."""

import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from spool_layout import folders
from spool_layout.errors import FormatError
from spool_layout.names import job_name, marked_suffix
from spool_layout.ticket import Draft, InputFile, Ticket, format_ticket
from spool_layout.ticket_check import refuse_unreadable
from wamspool.errors import BadInput, Denied, Exists, Full, Gone, ShareError, Unreachable
from wamspool.gather import Gathered, Item
from wamspool.share import Share, Transform
from wamspool.spool import Spool
from wamspool.tree import lies_at, make_folders, remove_tree

ATTEMPTS_AT_A_NAME = 20
AT_ONCE = 8
WAITING_MAX = 64


@dataclass(frozen=True, slots=True)
class Submission:
    """A job that could be queued: what to write and which local files to copy."""

    draft: Draft
    folder: Path
    items: tuple[Item, ...]
    owner: str
    remarks: tuple[str, ...] = ()
    transforms: Mapping[str, Transform] | None = None
    sources: Mapping[str, Path] | None = None


def submission_of(gathered: Gathered, folder: Path, *, owner: str) -> Submission:
    """The submission of a gathered deck that lies in a local folder."""
    return Submission(gathered.draft, folder, gathered.items, owner, gathered.remarks)


def submit_all(spool: Spool, submissions: Iterable[Submission]) -> Iterator[Ticket]:
    """Each job is queued as by ``submit``, several at a time; their order is that of the queue.

    Waiting for the disk or the network is most of a submission, so a few at once take little
    longer than one: a disk flushes several files as quickly as one. Where nothing waits, threads
    only get in each other's way. After one that fails no more are begun; those under way are
    ended and given, then its error is raised: whoever takes all knows all that is queued.
    """
    is_alone = isinstance(submissions, Sequence) and len(submissions) == 1
    if is_alone or spool.share.traits.answers_at_once:
        for submission in submissions:
            yield submit(spool, submission)
    else:
        yield from _submit_at_once(spool, iter(submissions))


def _submit_at_once(spool: Spool, submissions: Iterator[Submission]) -> Iterator[Ticket]:
    from concurrent.futures import Future, ThreadPoolExecutor  # noqa: PLC0415 - one job needs none

    def one(submission: Submission, submitted: datetime) -> Ticket:
        return submit(spool, submission, submitted=submitted)

    failed: BaseException | None = None
    waiting: deque[Future[Ticket]] = deque()
    with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="submit") as several:
        try:
            while failed is None or waiting:
                for submission in itertools.islice(submissions, WAITING_MAX - len(waiting)):
                    waiting.append(several.submit(one, submission, spool.share.now()))
                if not waiting:
                    return
                first = waiting.popleft()
                error = first.exception()
                if error is None:
                    yield first.result()
                elif failed is None:
                    failed, submissions = error, iter(())
                    waiting = deque(late for late in waiting if not late.cancel())
        finally:
            for late in waiting:
                late.cancel()
    raise failed


def submit(spool: Spool, submission: Submission, *, submitted: datetime | None = None) -> Ticket:
    """The job is queued (or held, if asked so), its inputs complete and verified on the share.

    When this raises, nothing is queued, and what was copied so far has been removed as far as
    the share let us; but after Unreachable, or an interrupt, at the last step the job may be
    queued. A crash leaves at most a folder in ``jobs/`` that no ticket names. ``submitted`` is
    the time that gives the place in the queue, if it is not now.
    """
    return queue_anew(
        spool,
        submission.draft,
        lambda job: tuple(_copy(spool.share, job, submission, item) for item in submission.items),
        owner=submission.owner,
        remarks=submission.remarks,
        submitted=submitted,
    )


def queue_anew(
    spool: Spool,
    draft: Draft,
    fill: Callable[[str], tuple[InputFile, ...]],
    *,
    owner: str,
    remarks: tuple[str, ...],
    submitted: datetime | None = None,
) -> Ticket:
    """As ``submit``, for a job whose inputs ``fill`` brings into its folder, and verifies."""
    share = spool.share
    job = _new_job(spool, draft)
    try:
        inputs = fill(job)
        when = submitted or share.now()
        ticket = Ticket(job, draft, when, owner, inputs, remarks)
        _enqueue(share, ticket)
    except _Unsure as unsure:
        # Inputs without a ticket are in nobody's way; a ticket without inputs is a lost job.
        raise unsure.error from None
    except BaseException:
        with suppress(ShareError):
            remove_tree(share, folders.job(job))
        raise
    return ticket


class _Unsure(Exception):
    """The ticket may be queued, and the share does not say."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


def _enqueue(share: Share, ticket: Ticket) -> None:
    try:
        enqueue(share, ticket)
    except (Gone, Denied, Full, BadInput):
        raise
    except Exists as error:
        # The name is this job's alone: if it exists, we have made it. A mount that has lost the
        # answer asks again by itself, and then says so.
        unclear = Unreachable(error.path, "it is not known whether the job is queued")
        _settle_doubt(share, ticket, unclear)
    except BaseException as error:  # noqa: BLE001 - an interrupt, too, may come when it was done
        _settle_doubt(share, ticket, error)


def _settle_doubt(share: Share, ticket: Ticket, error: BaseException) -> None:
    """Returns when the job is queued and its submitter may be told so. Raises _Unsure."""
    try:
        is_queued = lies_at(share, first_place(ticket))
    except (ShareError, KeyboardInterrupt):
        raise _Unsure(error) from error
    # Where it is not, it may have been queued and claimed meanwhile: a node needs but a moment.
    if not (is_queued and isinstance(error, Unreachable)):
        raise _Unsure(error) from error


def enqueue(share: Share, ticket: Ticket) -> None:
    """The ticket lies in the queue, or among the held ones when it says ``hold``."""
    share.create(first_place(ticket), ticket_text(ticket))


def ticket_text(ticket: Ticket) -> bytes:
    """The ticket as it is written. Raises BadInput for one that nobody could read back."""
    text = format_ticket(ticket)
    try:
        refuse_unreadable(ticket, text)
    except FormatError as error:
        raise BadInput(
            f"{ticket.draft.input} needs a ticket that {error.problem}",
            cure="Name fewer files, or merge them; use plain values.",
        ) from error
    return text.encode()


def first_place(ticket: Ticket) -> str:
    """Where a new ticket goes."""
    name = ticket.first_name
    return folders.held(name) if ticket.draft.hold else folders.queued(name)


def _new_job(spool: Spool, draft: Draft) -> str:
    stem = draft.name or draft.input.rpartition("/")[2].rpartition(".")[0] or draft.input
    for _ in range(ATTEMPTS_AT_A_NAME):
        job = job_name(stem, marked_suffix(spool.new_suffix(), draft.batch))
        with suppress(Exists):
            spool.share.make_folder(folders.job(job))
            return job
    raise Exists(folders.job(stem), "no free name was found; that should not happen")


def _copy(share: Share, job: str, submission: Submission, item: Item) -> InputFile:
    target = f"{folders.job(job)}/{item.name}"
    if "/" in item.name:
        make_folders(share, target.rpartition("/")[0])
    source = (submission.sources or {}).get(item.name, submission.folder / item.name)
    transform = (submission.transforms or {}).get(item.name)
    copied = share.copy_in(source, target, transform=transform)
    return InputFile(item.name, item.staged, copied.size_bytes, copied.sha256)
