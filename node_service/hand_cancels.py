"""``cancel/``: whose ticket is moved or copied into it is cancelled.

Moved, the file there *is* the ticket: any node leads it through its door to its end. A node that
ran the job finds its ticket gone, and is fenced; what it had computed stays on its disk. Copied, it
is a request: a waiting job is cancelled by any node, a run by the node that holds it.

Looked at every half minute, and when the share tells of a change there. Who has moved a file no
share can tell: it keeps its owner. Who may move it may as well remove it.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress

from node_service.attempt import Attempt, Phase
from node_service.node import Node
from spool_layout import folders
from spool_layout.errors import FormatError
from spool_layout.names import TicketName, parse_ticket_name
from spool_layout.request import Verb
from spool_layout.states import Event, State
from spool_layout.ticket import Ticket, parse_ticket
from wamspool.asking import Granted, cancel_waiting, cancelled
from wamspool.drops import Drop, classify
from wamspool.errors import Denied, Exists, Gone, ShareError, TicketGone, Unreachable
from wamspool.find import Found, done_exactly, find_flying
from wamspool.rights import owner_of, shown, who_made, why_not_on_job
from wamspool.share import Entry
from wamspool.transition import Place
from wamspool.unrun import end_unrun

AT_ONCE = 50
MOVED = "the ticket was moved into cancel"
COPIED = "a copy of the ticket was put into cancel"
_NO_TICKET = "it is not the ticket of a job"
_CURE_NO_TICKET = (
    "Remove it. Put here the job's .yaml file from incoming, held, claimed or running, under the"
    " name that it has there."
)
_CURE_COPY = "Ask the owner of the job, or an operator (operators in spool.yaml)."
_CURE_MOVED = "Move the ticket back to incoming to have it run, or to held."


class HandCancels:
    """Ends the jobs whose tickets somebody puts into ``cancel/``."""

    def __init__(self, node: Node, attempts: Mapping[str, Attempt]) -> None:
        self._node = node
        self._share = node.spool.share
        self._attempts = attempts
        self.has_more = False  # the last look had no time for all

    def look(self) -> bool:
        """What lies there was dealt with as far as it could be; True when a run is to be ended.

        Costs one listing while nothing does. Raises ShareError.
        """
        try:
            entries = self._share.list(folders.CANCEL)
        except Gone:  # a spool of before there was such a folder
            with suppress(Exists, Denied):
                self._share.make_folder(folders.CANCEL)
            return False
        fresh = list(_untold(entries))
        self.has_more = False
        if not fresh:
            return False
        flying = find_flying(self._share)
        has_news = False
        for number, file_name in enumerate(fresh[:AT_ONCE], 1):
            has_news |= self._consider(file_name, flying)
            if number < len(fresh) and not self._node.turn.goes_on():
                self.has_more = True
                break
        return has_news

    def _consider(self, file_name: str, flying: Mapping[str, Found]) -> bool:
        name = parse_ticket_name(file_name)
        found = flying.get(name.job) if name else None
        try:
            if name is None:
                self._tell(file_name, _NO_TICKET, _CURE_NO_TICKET)
            elif found is not None and found.place is not None:
                return self._copied(name, found.place)
            else:
                self._moved(name)
        except (Gone, TicketGone):
            return False  # somebody was quicker: seen again if anything is left of it
        except Unreachable:
            raise
        except ShareError as error:
            extra = {"file": f"{folders.CANCEL}/{file_name}", "why": error.message}
            self._node.log.warning("cancel", extra=extra)
        return False

    def _copied(self, name: TicketName, place: Place) -> bool:
        path = _path(name)
        ticket = self._read(name, place.path)
        if ticket is None:
            return False
        who = who_made(self._share, path, said=ticket.owner)
        owner = owner_of(self._share, place, ticket)
        if why := why_not_on_job(self._node.spool, who, owner):
            self._tell(name.file_name, why, _CURE_COPY)
            with suppress(Denied, Gone):
                self._share.remove(path)
            return False
        by = shown(who, said=ticket.owner)
        if place.state in {State.QUEUED, State.HELD}:
            if cancel_waiting(self._node.spool, place, by=by, why=COPIED):
                self._note(name, by, COPIED)
                with suppress(Denied, Gone):
                    self._share.remove(path)
            return False
        return self._end_run(name, by)

    def _end_run(self, name: TicketName, by: str) -> bool:
        """The copy stays until the job is done: whoever takes it back finds it there."""
        attempt = self._attempts.get(name.job)
        if attempt is None or attempt.phase is Phase.OVER:
            return False  # another node's
        had = attempt.granted
        if had is not None and had.is_to_cancel:
            return False
        granted = Granted(Verb.CANCEL, by, COPIED)
        attempt.granted = had.and_also(granted) if had else granted
        attempt.try_again_s = 0.0
        self._note(name, by, COPIED)
        return True

    def _moved(self, name: TicketName) -> None:
        path, spool = _path(name), self._node.spool
        if done_exactly(self._share, name.job):  # a copy that has been answered, or came late
            self._share.remove(path)
            return
        place = Place(State.HELD, name, moved_to=folders.CANCEL)
        ticket = self._read(name, path)
        if ticket is None:
            return
        owner = owner_of(self._share, place, ticket)
        if why := why_not_on_job(spool, owner, owner):
            self._tell(name.file_name, why, _CURE_MOVED)
            return
        by = shown(owner, said=ticket.owner)
        sentence = f"It was running on {name.node}." if name.node else "It was waiting."
        record = cancelled(spool, place, by=by, why=MOVED, sentence=sentence)
        if end_unrun(spool, Event.CANCEL, place, record):
            self._note(name, by, MOVED)

    def _read(self, name: TicketName, path: str) -> Ticket | None:
        try:
            return parse_ticket(self._share.read(path), source=path)
        except FormatError as error:
            self._tell(name.file_name, error.message, f"{error.cure} {_CURE_MOVED}")
            return None

    def _tell(self, file_name: str, why: str, cure: str) -> None:
        """A text beside the file says why nothing comes of it; while it lies there, nobody asks."""
        text = (
            f"{folders.CANCEL}/{file_name} cancels no job.\r\n\r\n"
            f"Why:        {why}\r\n"
            f"What to do: {cure}\r\n\r\n"
            "Remove this text, too, before you try again.\r\n"
        )
        with suppress(Exists):
            self._share.create(f"{folders.CANCEL}/{file_name}{folders.WHY_SUFFIX}", text.encode())
            self._node.log.warning("refused", extra={"file": file_name, "why": why})
            self._node.journal.note("refused", file_name, detail=f"cancel by hand: {why}")

    def _note(self, name: TicketName, by: str, why: str) -> None:
        self._node.journal.note("cancel", name.job, detail=f"by {by or 'somebody unknown'}: {why}")


def _path(name: TicketName) -> str:
    return f"{folders.CANCEL}/{name.file_name}"


def _untold(entries: list[Entry]) -> Iterator[str]:
    """The names of what nobody has been told about yet; hidden and temporary files are nobody's."""
    names = {entry.name for entry in entries}
    for entry in sorted(entries):
        if entry.name.endswith(folders.WHY_SUFFIX) or classify(entry) is Drop.STRANGER:
            continue
        if f"{entry.name}{folders.WHY_SUFFIX}" not in names:
            yield entry.name
