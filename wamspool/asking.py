"""Asking nodes to end a job's run or to take no more, and the rules by which they answer.

    1  requests/<job>.<mark>.cancel.yaml   created by who asks, whose file it is
    2  read and judged                     by the node that holds the job: may he? Else
                                           <request>.refused.yaml says why, and the request goes
    3  noted on the node's scratch         before anything is stopped: a service that is killed
                                           in between goes on where it was
    4  the job is done, or waits again     through the door, like every end of a run
    5  the request is removed              last: whatever dies before leaves it to be answered

A request outlives its node: whoever takes a dead node's job back does as it says, and one whose
job waits again meanwhile is answered by any node, after a grace for the one who asked.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace

from spool_layout import folders
from spool_layout.errors import FormatError
from spool_layout.records import OutcomeRecord
from spool_layout.request import (
    ENDING,
    OF_JOBS,
    SUSPENDING,
    Refusal,
    Request,
    RequestName,
    Verb,
    format_refusal,
    format_request,
    parse_refusal,
    parse_request,
    parse_request_name,
)
from spool_layout.states import Event, Outcome
from spool_layout.ticket import Ticket
from wamspool.errors import Denied, Exists, Gone
from wamspool.rights import owner_of, shown, who_made, why_not_on_job
from wamspool.share import Share
from wamspool.spool import Spool
from wamspool.transition import Place
from wamspool.unrun import end_unrun

CANCELLED = "cancelled"
REQUEST_BYTES_MAX = 64 << 10
READ_FOR_A_JOB = 40


@dataclass(frozen=True, slots=True)
class Granted:
    """What somebody who may has asked for; ``requests`` are the files that say so."""

    verb: Verb
    by: str
    why: str = ""
    requests: tuple[RequestName, ...] = ()

    def and_also(self, other: "Granted") -> "Granted":
        """Both: to cancel wins over to run again, else who came first is named."""
        first, second = self, other
        if other.verb is Verb.CANCEL and self.verb is not Verb.CANCEL:
            first, second = other, self
        return replace(first, requests=tuple(dict.fromkeys(first.requests + second.requests)))

    @property
    def is_to_cancel(self) -> bool:
        """Whether the job is to end."""
        return self.verb is Verb.CANCEL


@dataclass(frozen=True, slots=True)
class Refused:
    """A request that will not be followed."""

    name: RequestName
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class Judged:
    """What comes of the requests for one job."""

    granted: Granted | None
    refused: tuple[Refused, ...]
    moot: tuple[RequestName, ...] = ()


def ask(
    spool: Spool, verb: Verb, subject: str, *, by: str, why: str, generation: int = 0
) -> RequestName:
    """The request lies in the spool. Raises ShareError."""
    name = RequestName(subject, spool.new_suffix(), verb)
    job, node = (subject, "") if verb in OF_JOBS else ("", subject)
    request = Request(verb, job, spool.share.now(), by, why, node=node, generation=generation)
    spool.share.create(folders.request(name.file_name), format_request(request).encode())
    return name


def requests_now(share: Share) -> list[RequestName]:
    """All that lie there and act on a job or a node, by one listing."""
    parsed = (parse_request_name(entry.name) for entry in share.list(folders.REQUESTS))
    return sorted((name for name in parsed if name), key=lambda name: name.file_name)


def read_request(share: Share, name: RequestName) -> tuple[Request, str]:
    """The request, and who has made it. Raises Gone, Denied, FormatError.

    What it says must be what its name says: a file is easily given another name.
    """
    path = folders.request(name.file_name)
    request = parse_request(share.read(path, most_bytes=REQUEST_BYTES_MAX), source=path)
    if (request.verb, request.subject) != (name.verb, name.subject):
        raise FormatError("asks for something else than its name says", source=path)
    return request, who_made(share, path, said=request.by)


def judge(spool: Spool, names: Iterable[RequestName], place: Place, ticket: Ticket) -> Judged:
    """What the requests to end this job's run come to. Raises ShareError: look again later."""
    each, judged = _judge_each(spool, [n for n in names if n.verb in ENDING], place, ticket)
    for _, also in each:
        granted = judged.granted.and_also(also) if judged.granted else also
        judged = replace(judged, granted=granted)
    return judged


def judge_suspending(
    spool: Spool, names: Iterable[RequestName], place: Place, ticket: Ticket
) -> Judged:
    """What the requests to suspend this job's run and to resume it come to: whichever was asked
    last, by the share's clock, is granted, and answers all of them. Raises ShareError.
    """
    each, judged = _judge_each(spool, [n for n in names if n.verb in SUSPENDING], place, ticket)
    if not each:
        return judged
    requests = tuple(name for _, also in each for name in also.requests)
    _, last = max(each, key=lambda one: one[0].asked)
    return replace(judged, granted=replace(last, requests=requests))


def _judge_each(
    spool: Spool, names: Iterable[RequestName], place: Place, ticket: Ticket
) -> tuple[list[tuple[Request, Granted]], Judged]:
    """Each that may be followed; and the others.

    Of very many only some are read; the others' turn comes when these are answered.
    """
    each: list[tuple[Request, Granted]] = []
    refused: list[Refused] = []
    moot: list[RequestName] = []
    owner: str | None = None
    for name in list(names)[:READ_FOR_A_JOB]:
        try:
            request, who = read_request(spool.share, name)
        except Gone:
            continue
        except (Denied, FormatError) as error:
            refused.append(Refused(name, "", f"it cannot be read: {error.message}"))
            continue
        if name.verb is not Verb.CANCEL and request.generation not in {0, place.name.generation}:
            moot.append(name)  # that run has ended; this one was not meant
            continue
        owner = owner_of(spool.share, place, ticket) if owner is None else owner
        if why := why_not_on_job(spool, who, owner, owner_says=ticket.owner):
            refused.append(Refused(name, who, why))
            continue
        by = shown(who, said=request.by)
        each.append((request, Granted(name.verb, by, request.why, (name,))))
    return each, Judged(None, tuple(refused), tuple(moot))


def refuse(share: Share, refused: Refused, *, node: str) -> bool:
    """Why it is not done lies beside where the request was; whether that is new.

    A request that this account may not remove stays, and stays refused. Raises ShareError.
    """
    text = format_refusal(Refusal(node, refused.who, refused.why))
    is_new = True
    try:
        share.create(folders.request(refused.name.refusal), text.encode())
    except Exists:
        is_new = False
    withdraw(share, (refused.name,))
    return is_new


def refusal_of(share: Share, name: RequestName) -> Refusal | None:
    """Why the request was refused, told once; None where it was not. Raises ShareError."""
    path = folders.request(name.refusal)
    try:
        refusal = parse_refusal(share.read(path), source=path)
    except Gone:
        return None
    with suppress(Gone, Denied):
        share.remove(path)
    return refusal


def withdraw(share: Share, names: Iterable[RequestName]) -> None:
    """These requests are gone, as far as this account may remove them. Raises ShareError."""
    for name in names:
        with suppress(Gone, Denied):
            share.remove(folders.request(name.file_name))


def cancelled(
    spool: Spool, place: Place, *, by: str, why: str, sentence: str = "", node: str | None = None
) -> OutcomeRecord:
    """The outcome of a job that was ended by somebody's granted, and of whose run nothing is known."""
    return OutcomeRecord(
        job=place.name.job,
        outcome=Outcome.CANCELLED,
        reason=CANCELLED,
        sentence=f"{cancelled_words(by, why)} {sentence}".strip(),
        attempt=place.name.attempt,
        node=node,
        ended=spool.share.now(),
        by=by,
    )


def cancelled_words(by: str, why: str) -> str:
    """Who has ended the job, and why, as a sentence."""
    reason = f": {why.rstrip('.')}" if why else ""
    return f"Cancelled by {by or 'somebody unknown'}{reason}."


def cancel_waiting(spool: Spool, place: Place, *, by: str, why: str) -> str | None:
    """A job that nobody holds is done, cancelled; its folder. None: another's door, try later.

    Raises TicketGone when somebody else changed the ticket first.
    """
    runs = "It had not been started." if not place.name.attempt else "It was waiting to run again."
    record = cancelled(spool, place, by=by, why=why, sentence=runs)
    return end_unrun(spool, Event.CANCEL, place, record)
