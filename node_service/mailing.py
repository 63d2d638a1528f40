"""When the node writes a letter: before it publishes a job's end; and when it lets it go: after.

Whatever goes wrong here is logged, and nothing else: a job never waits or fails for its mail.
A letter goes to the site's mail server, for who is named in the ticket, and to the node's own
notification addresses, if it has any.
"""

from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from typing import Final

from node_service.attempt import Attempt
from node_service.mail.letter import Letter, compose
from node_service.mail.post import Post
from node_service.mail.wording import end_lines, lost_lines, start_lines
from node_service.node import Node
from node_service.solvers.output import last_lines
from spool_layout import folders
from spool_layout.errors import WamError
from spool_layout.mail_events import Told, addresses_told, told_of_end
from spool_layout.names import door_name
from spool_layout.records import Evidence, OutcomeRecord
from spool_layout.states import Outcome
from spool_layout.ticket import Ticket
from wamspool.errors import NoSuchJob, ShareError
from wamspool.find import account_of, find_job
from wamspool.publish import Publication

TAIL_LINES: Final = 10
TAIL_SUFFIXES: Final = (".msg", ".sta")
NO_SENDER: Final = "wam@localhost"


def posts_of(node: Node) -> Iterator[Post]:
    """Each way by which this node tells of jobs."""
    if node.post:
        yield node.post
    if node.notices:
        yield node.notices.post


def _ways(node: Node, email: str, told: frozenset[Told]) -> Iterator[tuple[Post, tuple[str, ...]]]:
    """The ways that such a letter goes, and to whom on each."""
    if node.post and node.spool.settings.mail and (to := addresses_told(email, told)):
        yield node.post, to
    if node.notices and node.notices.told & told:
        yield node.notices.post, ()


def _text(node: Node, letter: Letter, to: Iterable[str]) -> bytes:
    mail = node.spool.settings.mail
    return compose(letter, sender=mail.sender if mail else NO_SENDER, to=to)


def told_alone(ticket: Ticket, told: frozenset[Told]) -> frozenset[Told]:
    """What of it is told in a letter of its own: the ends of a batch's jobs are told in one."""
    return told - {Told.ENDED} if ticket.draft.batch else told


def make_letter(node: Node, subject: str, lines: Iterable[str], *, mark: str) -> Letter:
    """The letter of now; its identifier is one for the spool."""
    return Letter(
        subject=subject,
        lines=tuple(lines),
        mark=f"{mark}.{node.spool.settings.spool_id}",
        written=node.spool.clock.utc_now(),
    )


def write_letter(
    node: Node,
    ticket: Ticket,
    outcome: OutcomeRecord,
    publication: Publication,
    tails: tuple[Evidence, ...] = (),
) -> None:
    """The letter that tells of this end lies on scratch, until it is known whether it holds true."""
    told = told_of_end(outcome.outcome)
    results = f"{node.spool.share.location}/{folders.done(publication.month, publication.job)}"
    mark = door_name(publication.job, publication.generation)
    try:
        for post, to in _ways(node, ticket.draft.email, told_alone(ticket, told)):
            lines = end_lines(ticket, outcome, results=results, tails=tails)
            letter = make_letter(node, f"{ticket.job} {outcome.outcome}", lines, mark=mark)
            post.outbox.keep(publication.job, publication.generation, _text(node, letter, to))
        if ticket.draft.batch:
            for post, _ in _ways(node, ticket.draft.email, frozenset({Told.ENDED})):
                post.outbox.note_batch(ticket.draft.batch)
    except (OSError, ValueError) as error:
        _complain(node, publication.job, error)


def tails_of(attempt: Attempt, outcome: OutcomeRecord) -> tuple[Evidence, ...]:
    """The last lines of what people look at first; nothing of a run that has completed."""
    if outcome.outcome is Outcome.COMPLETED:
        return ()
    found: list[Evidence] = []
    for suffix in TAIL_SUFFIXES:
        with suppress(OSError):
            quoted = last_lines(attempt.folder.run / f"{attempt.stem}{suffix}", TAIL_LINES)
            found += [Evidence(line.file, None, line.text) for line in quoted]
    return tuple(found)


def tell_now(
    node: Node, email: str, told: Told, *, name: str, subject: str, lines: Iterable[str]
) -> None:
    """A letter under this name, which is its mark too, is sent as soon as may be.

    Nothing is sent, and ``lines`` are not asked for, where nobody wants to be told.
    """
    letter: Letter | None = None
    for post, to in _ways(node, email, frozenset({told})):
        letter = letter or make_letter(node, subject, lines, mark=name)
        try:
            post.outbox.put(name, _text(node, letter, to))
        except (OSError, ValueError) as error:
            _complain(node, name, error)
            continue
        post.send_soon(name)


def tell_start(node: Node, attempt: Attempt) -> None:
    """Who wants to know is told that the solver was started; at most once for a claim."""
    ticket = attempt.ticket
    tell_now(
        node,
        ticket.draft.email,
        Told.STARTED,
        name=f"{door_name(attempt.job, attempt.generation)}.{Told.STARTED}",
        subject=f"{attempt.job} started",
        lines=start_lines(
            ticket,
            node=node.name,
            attempt=attempt.place.name.attempt,
            waited=node.spool.clock.utc_now() - ticket.submitted,
        ),
    )


def tell_loss(node: Node, ticket: Ticket, *, generation: int, owner: str, why: str) -> None:
    """Who wants to know is told that a run was lost, and that the job waits again; at most once."""
    tell_now(
        node,
        ticket.draft.email,
        Told.LOST,
        name=f"{door_name(ticket.job, generation)}.{Told.LOST}",
        subject=f"{ticket.job} lost on {owner}, waits again",
        lines=lost_lines(ticket, node=owner, why=why),
    )


def let_go(node: Node, job: str, generation: int) -> None:
    """The job's end has been published by this node: its letters, if there are any, are sent."""
    for post in posts_of(node):
        try:
            name = post.outbox.release(job, generation)
        except OSError as error:
            _complain(node, job, error)
            continue
        if name:
            post.send_soon(name)


def withdraw(node: Node, job: str, generation: int) -> None:
    """This node has not published the job's end after all: its letters are gone."""
    for post in posts_of(node):
        try:
            post.outbox.drop(job, generation)
        except OSError as error:
            _complain(node, job, error)


def take_up_letters(node: Node, held: Collection[tuple[str, int]]) -> None:
    """What an earlier service of this node has not sent is sent; the post is open.

    ``held``: the attempts that are yet to be published. Of the others' pending letters those are
    sent whose job's end was published by this node.
    """
    for post in posts_of(node):
        for job, generation in post.outbox.pending():
            if (job, generation) in held:
                continue
            try:
                mine = _was_published_here(node, job)
            except WamError as error:  # the next service of this node asks again
                _complain(node, job, error)
                continue
            (let_go if mine else withdraw)(node, job, generation)
        for name in post.outbox.letters():
            post.send_soon(name)
        post.start()


def _was_published_here(node: Node, job: str) -> bool:
    try:
        outcome = account_of(node.spool, find_job(node.spool, job)).outcome
    except NoSuchJob:
        return False
    return outcome is not None and outcome.node == node.name


def tell_of(node: Node, job: str, generation: int) -> None:
    """A job that this node has ended for another one is told of, by what lies in ``done/``."""
    if not any(posts_of(node)):
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
