"""What people ask of this node and for its jobs, by the request files that a look has found.

A request for a job is noted on its attempt; acting on it is decided with all else. It is removed
when it has been done (see ``Acting``), so that a service which is killed before finds it again.
One that is about nobody's job any more is answered by whichever node sees it for long enough.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial

from node_service.attempt import Attempt, Phase
from node_service.draining import Draining
from node_service.node import Node
from node_service.scratch import AttemptFolder
from node_service.solvers.evidence import StoppedFor
from node_service.suspending import take_requests
from spool_layout import folders
from spool_layout.errors import FormatError
from spool_layout.request import (
    ENDING,
    OF_JOBS,
    SUSPENDING,
    RequestName,
    Verb,
    parse_refusal_name,
    parse_request_name,
)
from spool_layout.ticket import Ticket, format_time, parse_ticket
from wamspool.asking import (
    Granted,
    Refused,
    cancel_waiting,
    judge,
    read_request,
    refuse,
    withdraw,
)
from wamspool.errors import Denied, Gone, ShareError, TicketGone, Unreachable
from wamspool.find import find_flying
from wamspool.rights import shown, why_not_on_node
from wamspool.transition import Place

AT_ONCE = 50
REFUSAL_KEPT_S = 600.0


def noted_granted(folder: AttemptFolder) -> Granted | None:
    """What an earlier service had begun to do for somebody, as its scratch tells."""
    note = folder.stop_note
    if note is None or note.reason not in {StoppedFor.CANCELLED, Verb.REQUEUE}:
        return None
    verb = Verb.CANCEL if note.reason == StoppedFor.CANCELLED else Verb.REQUEUE
    return Granted(verb, note.by, note.why)


def note_granted(folder: AttemptFolder, granted: Granted) -> None:
    """The attempt's scratch says for whom and for what its run is stopped. Raises OSError."""
    reason = StoppedFor.CANCELLED if granted.is_to_cancel else granted.verb
    folder.note_stop(reason, by=granted.by, why=granted.why)


def granted_for(
    node: Node, place: Place, names: Iterable[RequestName], ticket: Ticket
) -> Granted | None:
    """What is to be done for this job; requests of those who may not are refused."""
    judged = judge(node.spool, names, place, ticket)
    for refused in judged.refused:
        _refuse(node, refused)
    withdraw(node.spool.share, judged.moot)
    return judged.granted


def granted_for_ticket_of(node: Node, place: Place, names: list[RequestName]) -> Granted | None:
    """As ``granted_for``, the ticket read from where it lies; one that cannot be read has no request that may be granted."""
    if not names:
        return None
    with suppress(Gone, FormatError):
        ticket = parse_ticket(node.spool.share.read(place.path), source=place.path)
        return granted_for(node, place, names, ticket)
    return None


def _refuse(node: Node, refused: Refused) -> None:
    subject, verb = refused.name.subject, refused.name.verb
    if not refuse(node.spool.share, refused, node=node.name):
        return
    detail = f"{verb} asked by {refused.who or 'somebody unknown'}: {refused.why}"
    node.log.warning("refused", extra={"subject": subject, "why": detail})
    node.journal.note("refused", subject, detail=detail)


class JobRequests:
    """Follows the requests that are for this node, or for nobody else."""

    def __init__(self, node: Node, draining: Draining, attempts: Mapping[str, Attempt]) -> None:
        self._node = node
        self._share = node.spool.share
        self._draining = draining
        self._attempts = attempts
        self._seen_s: dict[str, float] = {}
        self._done: set[str] = set()
        self._absent: set[str] = set()

    def take(self, file_names: Collection[str]) -> bool:
        """These lie there now. True when something is to be done about an attempt at once.

        Raises ShareError; what was not come to is seen again.
        """
        self._forget_all_but(file_names)
        names = [name for text in sorted(file_names) if (name := parse_request_name(text))]
        has_news = False
        for job, requests in _by_job(names).items():
            attempt = self._attempts.get(job)
            if attempt is not None and attempt.phase is not Phase.OVER:
                with self._apart(job):
                    has_news |= self._note(attempt, [r for r in requests if r.verb in ENDING])
                    has_news |= self._suspend_or_resume(attempt, requests)
        mine = [n for n in names if n.verb not in OF_JOBS and n.subject == self._node.name]
        for name in mine[:AT_ONCE]:
            with self._apart(name.file_name):
                self._drain_or_resume(name)
        self._answer_orphans([name for name in names if name.verb in OF_JOBS])
        self._remove_old_refusals(file_names)
        return has_news

    @contextmanager
    def _apart(self, what: str) -> Iterator[None]:
        """What one request meets keeps nobody from the next; a share that is away does."""
        try:
            yield
        except Unreachable:
            raise
        except (ShareError, OSError) as error:  # of scratch: a thread may just let go of the job
            self._node.log.warning("request", extra={"about": what, "why": str(error)})

    def _note(self, attempt: Attempt, requests: list[RequestName]) -> bool:
        had = attempt.granted
        new = [name for name in requests if had is None or name not in had.requests]
        granted = granted_for(self._node, attempt.place, new, attempt.ticket) if new else None
        if granted is None:
            return False
        granted = had.and_also(granted) if had else granted
        is_other = had is None or had.verb is not granted.verb
        if is_other and attempt.folder.stopped_for == Verb.REQUEUE:
            # The run is being stopped already, for another end. Where that cannot be noted, the
            # request is seen again.
            note_granted(attempt.folder, granted)
        attempt.granted = granted
        attempt.try_again_s = 0.0
        if is_other:
            self._node.journal.note(
                f"{granted.verb}_asked",
                attempt.job,
                generation=attempt.generation,
                detail=_asked_by(granted.by, granted.why),
            )
        return True

    def _suspend_or_resume(self, attempt: Attempt, requests: list[RequestName]) -> bool:
        """One that cannot be removed is followed once: a later one may ask for the contrary."""
        names = {r for r in requests if r.verb in SUSPENDING and r.file_name not in self._done}
        try:
            has_news = take_requests(self._node, attempt, names, partial(_refuse, self._node))
        except OSError as error:  # what cannot be noted is not promised: tried again, and again
            self._node.log.warning("suspend", extra={"job": attempt.job, "why": str(error)})
            return False
        if has_news:
            self._done.update(name.file_name for name in names)
        return has_news

    def _drain_or_resume(self, name: RequestName) -> None:
        if name.file_name in self._done:  # and cannot be removed
            return
        try:
            request, who = read_request(self._share, name)
            if why := why_not_on_node(self._node.spool, who, self._node.name):
                _refuse(self._node, Refused(name, who, why))
                return
            self._set_draining(name.verb, by=shown(who, said=request.by), why=request.why)
        except Gone:
            return
        except (Denied, FormatError) as error:
            _refuse(self._node, Refused(name, "", f"it cannot be read: {error.message}"))
        except OSError as error:  # what cannot be noted is not promised: tried again, and again
            self._node.log.warning(str(name.verb), extra={"why": str(error)})
        else:
            self._done.add(name.file_name)
            withdraw(self._share, (name,))

    def _set_draining(self, verb: Verb, *, by: str, why: str) -> None:
        if verb is Verb.DRAIN:
            since = format_time(self._node.spool.clock.utc_now())
            self._draining.begin(by=by, why=why, since=since)
        else:
            self._draining.end()
        self._node.log.info(str(verb), extra={"by": by, "why": why})
        self._node.journal.note(str(verb), self._node.name, detail=_asked_by(by, why))

    # ---------------------------------------------------- requests that nobody answers

    def _answer_orphans(self, names: list[RequestName]) -> None:
        """Whose node died, or whose job has moved meanwhile. Who asked gets a grace to do it."""
        due = [name for name in names if self._is_due(name)]
        if not due:
            return
        flying = find_flying(self._share)
        for name in due[:AT_ONCE]:
            self._seen_s.pop(name.file_name)  # looked at again after another grace
            found = flying.get(name.subject)
            with self._apart(name.file_name):
                self._answer_orphan(name, found.place if found else None)
            if not self._node.turn.goes_on():
                break  # the others are due still

    def _answer_orphan(self, name: RequestName, place: Place | None) -> None:
        if place is None:
            # Seen nowhere twice: one that moves fast can slip through the listings of one look.
            if name.file_name in self._absent:
                withdraw(self._share, (name,))
            self._absent.add(name.file_name)
        elif place.name.node is None and name.verb is not Verb.CANCEL:
            withdraw(self._share, (name,))  # it waits, and has no run that could be meant
        elif place.name.node is None:
            self._cancel(place, name)
        if place is not None:
            self._absent.discard(name.file_name)

    def _is_due(self, name: RequestName) -> bool:
        if name.subject in self._attempts:
            return False
        now_s, grace_s = self._now_s(), 2 * self._node.spool.settings.door_grace_s
        return self._seen_for_s(name.file_name, now_s) >= grace_s

    def _cancel(self, place: Place, name: RequestName) -> None:
        node = self._node
        with suppress(TicketGone, Gone):
            granted = granted_for_ticket_of(node, place, [name])
            if granted and cancel_waiting(node.spool, place, by=granted.by, why=granted.why):
                node.journal.note("cancel", name.subject, detail=_asked_by(granted.by, granted.why))
                withdraw(self._share, granted.requests)

    def _remove_old_refusals(self, file_names: Collection[str]) -> None:
        """Who was refused reads why, and removes it; but perhaps he looks no more."""
        now_s = self._now_s()
        for text in file_names:
            if parse_refusal_name(text) and self._seen_for_s(text, now_s) >= REFUSAL_KEPT_S:
                with suppress(Gone, Denied):
                    self._share.remove(folders.request(text))

    def _seen_for_s(self, text: str, now_s: float) -> float:
        return now_s - self._seen_s.setdefault(text, now_s)

    def _forget_all_but(self, file_names: Collection[str]) -> None:
        self._seen_s = {text: seen for text, seen in self._seen_s.items() if text in file_names}
        self._done.intersection_update(file_names)
        self._absent.intersection_update(file_names)

    def _now_s(self) -> float:
        return self._node.spool.clock.monotonic_s()


def _by_job(names: list[RequestName]) -> dict[str, list[RequestName]]:
    found: dict[str, list[RequestName]] = {}
    for name in names:
        if name.verb in OF_JOBS:
            found.setdefault(name.subject, []).append(name)
    return found


def _asked_by(by: str, why: str) -> str:
    return f"by {by or 'somebody unknown'}{f': {why}' if why else ''}"
