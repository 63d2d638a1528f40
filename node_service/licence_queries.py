"""What people use of a licence pool, as the licence server tells: asked by a command of this node.

The command is the administrator's, in the node's own settings; nothing of it is in the spool. It
is run only while jobs wait for tokens of its pool, at most once in ``every``, on a thread. While no
figure is known, or the last is older than five times that, the pool has no room on this node.
"""

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from node_service.node import Node
from node_service.processes.asking import Said, all_said
from node_service.settings import LicenceQuery
from spool_layout.states import State
from spool_layout.ticket import format_time
from spool_layout.units import format_duration
from wamspool.errors import ShareError
from wamspool.expire import claims
from wamspool.pools import use_of

STANDS_TIMES: Final = 5


def figure_of(query: LicenceQuery, said: Said) -> int | str:
    """The figure: the sum of what the pattern finds; else why there is none."""
    if said.problem:
        return said.problem
    found = re.findall(query.pattern, said.text)
    if not found:
        return "its pattern finds nothing in what the command printed"
    try:
        return sum(int(one if isinstance(one, str) else one[0]) for one in found)
    except ValueError:
        return "its pattern finds something that is no number"


@dataclass(slots=True)
class _Asked:
    """One pool's query. ``said`` is set by the thread, and taken away by the loop."""

    query: LicenceQuery
    due_s: float = float("-inf")
    is_wanted: bool = False
    is_asking: bool = False
    held_before: int = 0
    said: Said | None = None
    outside: int | None = None
    seen_s: float = float("-inf")
    seen_at: str = ""
    problem: str = ""


class LicenceQueries:
    """The queries of one node. ``wake`` asks for another turn; it is called from a thread."""

    def __init__(
        self,
        node: Node,
        wake: Callable[[], None],
        ask: Callable[[tuple[str, ...], float], Said] = all_said,
    ) -> None:
        self._node = node
        self._wake = wake
        self._ask = ask
        self._asked: dict[str, _Asked] = {}

    def _known(self, pool: str) -> _Asked | None:
        """By the settings of now, which may change while the service runs."""
        query = self._node.settings.licences.get(pool)
        if query is None:
            return None
        asked = self._asked.get(pool)
        if asked is None or asked.query != query:
            asked = self._asked[pool] = _Asked(query)
        return asked

    def outside(self, pool: str) -> int | None:
        """What others use of the pool; 0 where this node has no query, None while not known."""
        asked = self._known(pool)
        if asked is None:
            return 0
        asked.is_wanted = True
        age_s = self._node.spool.clock.monotonic_s() - asked.seen_s
        return asked.outside if age_s <= STANDS_TIMES * asked.query.every_s else None

    def look(self) -> None:
        """Answers that have come are taken; queries that are wanted and due are begun."""
        now_s = self._node.spool.clock.monotonic_s()
        for pool, asked in list(self._asked.items()):  # threads that begin jobs add to it
            if asked.said is not None:
                self._take(pool, asked, asked.said)
            if asked.is_wanted and not asked.is_asking and now_s >= asked.due_s:
                self._begin(pool, asked)

    def _held(self, pool: str) -> int:
        """What running jobs of the spool hold: those have their licences, if they ever had any."""
        running = (p for p in claims(self._node.spool.share) if p.state is State.RUNNING)
        return use_of(running).get(pool, 0)

    def _begin(self, pool: str, asked: _Asked) -> None:
        try:
            asked.held_before = self._held(pool)
        except ShareError:
            return  # the next turn tries again
        asked.due_s = self._node.spool.clock.monotonic_s() + asked.query.every_s
        asked.is_asking, asked.is_wanted = True, False

        def ask() -> None:
            asked.said = self._ask(asked.query.command, asked.query.limit_s)
            self._wake()

        threading.Thread(target=ask, name=f"licences of {pool}", daemon=True).start()

    def _take(self, pool: str, asked: _Asked, said: Said) -> None:
        figure = figure_of(asked.query, said)
        if isinstance(figure, int) and asked.query.counts_all:
            try:
                # A job that has begun or ended meanwhile may be in the figure, or not: the smaller
                # share of WAM's jobs leaves the larger one for others.
                figure = max(0, figure - min(asked.held_before, self._held(pool)))
            except ShareError:
                return
        asked.said, asked.is_asking = None, False
        if isinstance(figure, str):
            if figure != asked.problem:
                extra = {"pool": pool, "why": figure}
                self._node.log.warning("licence query fails", extra=extra)
            asked.problem = figure
            return
        clock = self._node.spool.clock
        asked.problem, asked.outside = "", figure
        asked.seen_s, asked.seen_at = clock.monotonic_s(), format_time(clock.utc_now())

    def announced(self) -> Mapping[str, Mapping[str, Any]]:
        """By pool what others were last seen to use, as the node's status says it."""
        return {
            pool: {"outside": asked.outside, "at": asked.seen_at}
            for pool, asked in sorted(self._asked.items())
            if asked.outside is not None
        }

    def problems(self) -> tuple[str, ...]:
        """What people have to know: queries that fail, and what follows from it."""
        stands = {
            pool: format_duration(STANDS_TIMES * asked.query.every_s)
            for pool, asked in list(self._asked.items())
        }
        return tuple(
            f"the licence query of the pool {pool} fails: {asked.problem}; its last figure counts "
            f"for {stands[pool]}, then no job of this pool begins here"
            for pool, asked in sorted(self._asked.items())
            if asked.problem
        )
