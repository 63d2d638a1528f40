"""What no event tells of: jobs that wait for long, and batches of which the last job has ended.

Every node could send such a letter. One does: whoever makes the mark, a file in the spool whose
name is the same for all. So it is sent at most once; a node that dies between mark and letter
sends none. For a job that waits, nodes come up in an order that all compute alike, a lease apart.
"""

import zlib
from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from itertools import islice
from typing import Final

from node_service.mail.wording import digest_lines, digest_subject, waiting_lines
from node_service.mailing import posts_of, tell_now
from node_service.node import Node
from spool_layout import folders
from spool_layout.errors import WamError
from spool_layout.mail import ADDRESSES_MAX, WAITING_AFTER_S
from spool_layout.mail_events import Told, addresses_told
from spool_layout.names import TicketName, stamp_of
from spool_layout.ticket import Ticket, format_time
from wamspool.batches import ended_batch
from wamspool.errors import Exists, Gone, ShareError
from wamspool.tree import make_folders

EVERY_S: Final = 30.0
READ_AT_ONCE: Final = 20
BATCH_QUIET_S: Final = 30.0
BATCH_MOST_S: Final = 600.0


class MailRounds:
    """Goes round every half minute, on a node that tells of jobs at all.

    ``ticket_of`` reads a waiting ticket, or gives None. A round costs no operation while no job
    has waited for long and no batch has an ended job; a job that has, a read for once, and a
    creation for once where somebody wants to be told.
    """

    def __init__(self, node: Node, ticket_of: Callable[[TicketName], Ticket | None]) -> None:
        self._node = node
        self._ticket_of = ticket_of
        self._due_s = node.spool.clock.monotonic_s() + EVERY_S
        self._settled: set[str] = set()
        self._batches: dict[str, tuple[float, float]] = {}

    def look(self, waiting: Collection[TicketName], *, nodes: Sequence[str]) -> None:
        """A round, if one is due. What fails is tried at the next."""
        now_s = self._node.spool.clock.monotonic_s()
        if now_s < self._due_s or not any(posts_of(self._node)):
            return
        self._due_s = now_s + EVERY_S
        try:
            self._tell_of_waiting(waiting, nodes)
            self.tell_of_batches()
        except WamError as error:
            self._node.log.warning("mail", extra={"why": error.message})

    def _tell_of_waiting(self, waiting: Collection[TicketName], nodes: Sequence[str]) -> None:
        mail = self._node.spool.settings.mail
        after_s = mail.waiting_after_s if mail else WAITING_AFTER_S
        now = self._node.spool.clock.utc_now()
        limit = stamp_of(now - timedelta(seconds=after_s))
        late = [name for name in waiting if name.stamp <= limit]
        self._settled &= {name.job for name in late}
        lease_s = self._node.spool.settings.lease_s
        for name in islice((n for n in late if n.job not in self._settled), READ_AT_ONCE):
            ticket = self._ticket_of(name)
            if ticket is None:
                continue
            waited = now - ticket.submitted
            if not self._wants(ticket):
                self._settled.add(name.job)
            elif waited.total_seconds() >= after_s + lease_s * self._rank(name.job, nodes):
                self._tell_of(ticket, waited)
                self._settled.add(name.job)

    def _wants(self, ticket: Ticket) -> bool:
        notices = self._node.notices
        told = frozenset({Told.WAITING})
        return bool(addresses_told(ticket.draft.email, told) or (notices and notices.told & told))

    def _rank(self, job: str, nodes: Sequence[str]) -> int:
        ranked = sorted({*nodes, self._node.name}, key=lambda n: zlib.crc32(f"{job}/{n}".encode()))
        return ranked.index(self._node.name)

    def _tell_of(self, ticket: Ticket, waited: timedelta) -> None:
        name = f"{ticket.job}.{Told.WAITING}"
        if self._mark(folders.month(ticket.submitted), name):
            tell_now(
                self._node,
                ticket.draft.email,
                Told.WAITING,
                name=name,
                subject=f"{ticket.job} waits for long",
                lines=waiting_lines(ticket, waited=waited),
            )

    def _mark(self, month: str, name: str) -> bool:
        """Whether this node is the one that tells: the first to make the mark."""
        share, path = self._node.spool.share, folders.mail_mark(month, name)
        text = f"{self._node.name} {format_time(self._node.spool.clock.utc_now())}\n".encode()
        try:
            try:
                share.create(path, text)
            except Gone:
                make_folders(share, path.rpartition("/")[0])
                share.create(path, text)
        except Exists:
            return False
        return True

    def tell_of_batches(self, *, at_once: bool = False) -> None:
        """Batches of which a job has ended here are told of once all of it has.

        Jobs that were submitted together may end before the last of them is queued: a batch is
        looked at when nothing has ended for a while; ``at_once`` for a service that ends. Raises
        ShareError.
        """
        now_s = self._node.spool.clock.monotonic_s()
        known = {batch for post in posts_of(self._node) for batch in post.outbox.batches()}
        for batch in sorted(known):
            due_s, pause_s = self._batches.setdefault(batch, (now_s + BATCH_QUIET_S, BATCH_QUIET_S))
            if due_s > now_s and not at_once:
                continue
            pause_s = min(BATCH_MOST_S, 2 * pause_s)
            self._batches[batch] = (now_s + pause_s, pause_s)
            self._tell_of_batch(batch)

    def _tell_of_batch(self, batch: str) -> None:
        accounts = ended_batch(self._node.spool, batch)
        if accounts is None:
            return
        outcomes = [account.outcome for account in accounts if account.outcome]
        if outcomes:
            month = folders.month(min(account.ticket.submitted for account in accounts))
            name = f"{batch}.{len(outcomes)}.digest"
            if self._mark(month, name):
                told = frozenset({Told.ENDED})
                asked = (addresses_told(a.ticket.draft.email, told) for a in accounts)
                addresses = list(dict.fromkeys(address for one in asked for address in one))
                tell_now(
                    self._node,
                    ",".join(addresses[:ADDRESSES_MAX]),
                    Told.ENDED,
                    name=name,
                    subject=digest_subject(batch, outcomes),
                    lines=digest_lines(batch, outcomes),
                )
        del self._batches[batch]
        for post in posts_of(self._node):
            try:
                post.outbox.forget_batch(batch)
            except OSError as error:
                self._node.log.warning("mail", extra={"batch": batch, "why": str(error)})

    def finish(self) -> None:
        """The service ends: batches that have ended are told of now."""
        try:
            self.tell_of_batches(at_once=True)
        except (ShareError, WamError) as error:
            self._node.log.warning("mail", extra={"why": error.message})
