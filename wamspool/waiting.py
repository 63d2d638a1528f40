"""The tickets that wait, in the order of the queue, as one listing showed them.

A hundred thousand may wait while a node has room for one job. So a name is only looked at closely
when its turn comes, and what was learnt of it is kept from listing to listing: a name never
changes its meaning. With ageing the priorities are runs that are each in order already; they are
merged as far as somebody looks.
"""

import bisect
import heapq
import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping

from spool_layout.names import TicketName, parse_ticket_name
from wamspool.ageing import Turn, turn_of


class Waiting(Collection[TicketName]):
    """The names of waiting tickets in the order of the queue (see ``wamspool.ageing``).

    The same object for as long as the queue stays as it is.
    """

    def __init__(
        self,
        file_names: Iterable[str] = (),
        parsed: Mapping[str, TicketName] | None = None,
        *,
        ageing_s: float | None = None,
    ) -> None:
        self.ageing_s = ageing_s
        # What is nearly in order already takes little longer to sort than to look through.
        self._order = sorted(file_names)
        self._parsed = dict(parsed or {})
        self.file_names = frozenset(self._order)

    def followed_by(self, file_names: frozenset[str]) -> "Waiting":
        """The queue with these names now; what is known of those that stayed is kept."""
        stayed = [name for name in self._order if name in file_names]
        parsed = {name: of for name, of in self._parsed.items() if name in file_names}
        names = [*stayed, *(file_names - self.file_names)]
        return Waiting(names, parsed, ageing_s=self.ageing_s)

    def turn(self, name: TicketName) -> Turn:
        """What these are in the order of."""
        return turn_of(name, self.ageing_s)

    def __len__(self) -> int:
        return len(self._order)

    def __iter__(self) -> Iterator[TicketName]:
        if self.ageing_s is None:
            return self._names(self._order)
        cuts = [bisect.bisect_left(self._order, digit) for digit in "0123456789:"]
        runs = (self._names(self._order[i:j]) for i, j in itertools.pairwise(cuts) if i < j)
        return heapq.merge(*runs, key=self.turn)

    def _names(self, file_names: Iterable[str]) -> Iterator[TicketName]:
        for file_name in file_names:
            name = self._parsed.get(file_name)
            if name is None:
                name = parse_ticket_name(file_name)
                if name is None:  # pragma: no cover - only names of tickets are given
                    continue
                self._parsed[file_name] = name
            yield name

    def __contains__(self, name: object) -> bool:
        return isinstance(name, TicketName) and name.file_name in self.file_names
