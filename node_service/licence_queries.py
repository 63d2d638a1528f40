"""What people use of a licence pool, as the licence server tells: asked by a command of this node.

The command is the administrator's, in the node's own settings; nothing of it is in the spool. It
is run only while jobs wait, at most once in ``every``, on a thread. The figure stands in the node's
status, and holds for all nodes: the newest counts, whoever has asked. Of several nodes that could
ask the first by its name does; the next only when it hears nothing for a while.

While no figure is known, or the newest is older than five times ``every``, the pool has no room on a
node that asks. One that does not ask gives those that do some time, and then goes by what the spool
declares: no node is alive of which it could be known.
"""

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from node_service.licence_hearing import HEAR_S, Figure, LicenceHearing
from node_service.node import Node
from node_service.processes.asking import Said, all_said
from node_service.settings import LicenceQuery
from spool_layout.states import State
from spool_layout.ticket import format_time
from spool_layout.units import format_duration
from wamspool.errors import ShareError
from wamspool.expire import claims
from wamspool.pools import STANDS_TIMES, use_of

NEXT_S: Final = 10.0
"""So long a node waits for each that comes before it to ask."""
HEARD_S: Final = 2.0
LACKING_S: Final = 3.0
GRACE_S: Final = 60.0


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
    wanted_s: float | None = None
    is_asking: bool = False
    held_before: int = 0
    said: Said | None = None
    outside: int | None = None
    seen_s: float = float("-inf")
    seen_at: str = ""
    problem: str = ""


def _want(asked: _Asked, now_s: float) -> None:
    if asked.wanted_s is None:
        asked.wanted_s = now_s


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
        self._hearing = LicenceHearing(node)
        self._lacking: dict[str, tuple[float, float]] = {}

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
        """What others use of the pool, as any node has seen it; None while that is to be waited
        for, 0 where no node asks.
        """
        now_s, asked = self._node.spool.clock.monotonic_s(), self._known(pool)
        figure = self._newest(pool, asked, now_s)
        if asked is not None:
            _want(asked, now_s)
            return figure.outside if figure else None
        if figure is not None:
            return figure.outside
        if not self._hearing.askers(pool):
            return 0
        since_s, last_s = self._lacking.get(pool, (now_s, now_s))
        if now_s - last_s > GRACE_S:  # of another time, long over
            since_s = now_s
        self._lacking[pool] = (since_s, now_s)
        return None if now_s - since_s < GRACE_S else 0

    def _newest(self, pool: str, asked: _Asked | None, now_s: float) -> Figure | None:
        heard = self._hearing.newest(pool)
        if asked is None or asked.outside is None:
            return heard
        own = Figure(asked.outside, asked.seen_s)
        if now_s - own.seen_s > STANDS_TIMES * asked.query.every_s:
            return heard
        return own if heard is None else max(own, heard, key=lambda figure: figure.seen_s)

    def note_look(self, *, waits: bool) -> None:
        """A look has shown whether anything waits. While it does, pools are asked about, though this
        very node may have no room: others go by its figure.
        """
        now_s = self._node.spool.clock.monotonic_s()
        for pool in self._node.spool.settings.pools:
            if asked := self._known(pool):
                if waits:
                    _want(asked, now_s)
                else:
                    asked.wanted_s = None
        if waits:
            lacking = list(self._lacking.items())  # threads that begin jobs add to it
            is_lacking = any(now_s - last_s < GRACE_S for _, (_, last_s) in lacking)
            self._hearing.look_now_and_then(LACKING_S if is_lacking else HEAR_S)
            self._lacking = {pool: lack for pool, lack in lacking if not self._heard(pool)}
            self.look()

    def _heard(self, pool: str) -> bool:
        return self._hearing.newest(pool) is not None

    def look(self) -> None:
        """Answers that have come are taken; queries that are wanted and due are begun."""
        now_s = self._node.spool.clock.monotonic_s()
        for pool, asked in list(self._asked.items()):  # threads that begin jobs add to it
            if asked.said is not None:
                self._take(pool, asked, asked.said)
            if asked.is_asking or not self._is_its_turn(pool, asked, now_s):
                continue
            self._hearing.look(every_s=HEARD_S)
            if self._is_its_turn(pool, asked, now_s):
                self._begin(pool, asked)

    def _is_its_turn(self, pool: str, asked: _Asked, now_s: float) -> bool:
        """Whether the figure is wanted and old, and those had time that come before this node."""
        if asked.wanted_s is None:
            return False
        heard = self._hearing.newest(pool)
        fresh_s = heard.seen_s + asked.query.every_s if heard else asked.wanted_s
        before = sum(name < self._node.name for name in self._hearing.askers(pool))
        return now_s >= max(asked.due_s, fresh_s, asked.wanted_s) + before * NEXT_S

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
        asked.is_asking, asked.wanted_s = True, None

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
        """By pool that this node asks about what others were last seen to use, as its status says it.

        What was heard of others is not repeated: it would never grow old.
        """
        known = ((pool, self._known(pool)) for pool in sorted(self._node.settings.licences))
        return {
            pool: {"outside": asked.outside, "at": asked.seen_at, "every": asked.query.every_s}
            for pool, asked in known
            if asked is not None
        }

    def problems(self) -> tuple[str, ...]:
        """What people have to know: queries that fail, and what follows from it."""
        stands = {
            pool: format_duration(STANDS_TIMES * asked.query.every_s)
            for pool, asked in list(self._asked.items())
        }
        return tuple(
            f"the licence query of the pool {pool} fails: {asked.problem}; its last figure, or a newer "
            f"one of another node, counts for {stands[pool]}, then no job of this pool begins here"
            for pool, asked in sorted(self._asked.items())
            if asked.problem
        )
