"""Tokens kept for a job that takes many, so that an endless stream of small ones does not pass it.

A job that has found too few tokens of a pool for as long as ``keep_room_after`` of spool.yaml is
overdue. From then on a later job of the pool is begun only if the overdue one would still fit
beside it: what ends gives its tokens to nobody else. One job a pool, the first of the queue. Each
node does so for itself, for the jobs that it could run now; where nodes differ, one that could
never run the job may still let others pass it. In memory only: a new service counts anew.
"""

from collections.abc import Collection
from dataclasses import dataclass

from spool_layout.names import TicketName
from spool_layout.ticket import Ticket
from spool_layout.tokens import Need
from wamspool.ageing import Turn, turn_of


@dataclass(frozen=True, slots=True)
class _Short:
    """A job that was passed by for want of tokens; ``since_s`` on the node's own clock."""

    turn: Turn
    need: Need
    since_s: float


class TokenKeeping:
    """Which jobs have too few tokens, and since when. ``after_s`` None: nothing is ever kept."""

    def __init__(self, *, after_s: float | None, ageing_s: float | None) -> None:
        self._after_s = after_s
        self._ageing_s = ageing_s
        self._short: dict[str, _Short] = {}

    def note_look(self, waiting: Collection[TicketName]) -> None:
        """A new listing: what left the queue is forgotten."""
        if self._short:
            jobs = {name.job for name in waiting}
            self._short = {job: short for job, short in self._short.items() if job in jobs}

    def note_short(self, ticket: Ticket, need: Need, *, now_s: float) -> None:
        """The job found too few tokens, though the pool has room for as many at this hour."""
        turn = turn_of(ticket.first_name, self._ageing_s)
        self._short.setdefault(ticket.job, _Short(turn, need, now_s))

    def kept_from(self, ticket: Ticket, need: Need, *, now_s: float) -> int:
        """The tokens of the pool that this job must leave for one that is overdue."""
        if self._after_s is None:
            return 0
        overdue = [
            (short.turn, job, short.need.tokens)
            for job, short in self._short.items()
            if short.need.pool == need.pool and now_s - short.since_s >= self._after_s
        ]
        if not overdue:
            return 0
        turn, job, tokens = min(overdue)
        is_later = turn_of(ticket.first_name, self._ageing_s) > turn
        return tokens if job != ticket.job and is_later else 0
