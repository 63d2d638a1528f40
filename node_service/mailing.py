"""When the node writes a letter: before it publishes a job's end; and when it lets it go: after.

Whatever goes wrong here is logged, and nothing else: a job never waits or fails for its mail.
"""

from collections.abc import Collection
from contextlib import suppress

from node_service.mail.letter import compose
from node_service.node import Node
from spool_layout import folders
from spool_layout.errors import WamError
from spool_layout.names import door_name
from spool_layout.records import OutcomeRecord
from spool_layout.ticket import Ticket
from wamspool.errors import NoSuchJob, ShareError
from wamspool.find import account_of, find_job
from wamspool.publish import Publication


def write_letter(
    node: Node, ticket: Ticket, outcome: OutcomeRecord, publication: Publication
) -> None:
    """The letter that tells of this end lies on scratch, until it is known whether it holds true."""
    settings = node.spool.settings
    if node.post is None or settings.mail is None or not ticket.draft.email.strip():
        return
    folder = folders.done(publication.month, publication.job)
    try:
        letter = compose(
            settings.mail,
            ticket,
            outcome,
            mark=f"{door_name(publication.job, publication.generation)}.{settings.spool_id}",
            results=f"{node.spool.share.location}/{folder}",
            written=node.spool.clock.utc_now(),
        )
        node.post.outbox.keep(publication.job, publication.generation, letter)
    except (OSError, ValueError) as error:
        _complain(node, publication.job, error)


def let_go(node: Node, job: str, generation: int) -> None:
    """The job's end has been published by this node: its letter, if there is one, is sent."""
    if node.post is None:
        return
    try:
        name = node.post.outbox.release(job, generation)
    except OSError as error:
        _complain(node, job, error)
        return
    if name:
        node.post.send_soon(name)


def withdraw(node: Node, job: str, generation: int) -> None:
    """This node has not published the job's end after all: its letter is gone."""
    if node.post is None:
        return
    try:
        node.post.outbox.drop(job, generation)
    except OSError as error:
        _complain(node, job, error)


def take_up_letters(node: Node, held: Collection[tuple[str, int]]) -> None:
    """What an earlier service of this node has not sent is sent; the post is open.

    ``held``: the attempts that are yet to be published. Of the others' pending letters those are
    sent whose job's end was published by this node.
    """
    if node.post is None:
        return
    for job, generation in node.post.outbox.pending():
        if (job, generation) in held:
            continue
        try:
            mine = _was_published_here(node, job)
        except WamError as error:  # the next service of this node asks again
            _complain(node, job, error)
            continue
        (let_go if mine else withdraw)(node, job, generation)
    for name in node.post.outbox.letters():
        node.post.send_soon(name)
    node.post.start()


def _was_published_here(node: Node, job: str) -> bool:
    try:
        outcome = account_of(node.spool, find_job(node.spool, job)).outcome
    except NoSuchJob:
        return False
    return outcome is not None and outcome.node == node.name


def tell_of(node: Node, job: str, generation: int) -> None:
    """A job that this node has ended for another one is told of, by what lies in ``done/``."""
    if node.post is None:
        return
    with suppress(ShareError):
        account = account_of(node.spool, find_job(node.spool, job))
        if account.outcome and account.found.folder:
            month = account.found.folder.split("/")[1]
            publication = Publication(job, month, generation)
            write_letter(node, account.ticket, account.outcome, publication)
            let_go(node, job, generation)


def _complain(node: Node, job: str, error: Exception) -> None:
    node.log.warning("mail", extra={"job": job, "why": str(error)})
