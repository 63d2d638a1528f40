"""The tickets that wait, in the order of the queue, as one listing showed them.

A hundred thousand may wait while a node has room for one job. So a name is only looked at closely
when its turn comes, and what was learnt of it is kept from listing to listing: a name never
changes its meaning.
"""

from collections.abc import Collection, Iterable, Iterator

from spool_layout.names import TicketName, parse_ticket_name


class Waiting(Collection[TicketName]):
    """The names of waiting tickets, sorted as the queue is: by priority, time, then job.

    The same object for as long as the queue stays as it is.
    """

    def __init__(self, file_names: Iterable[str] = (), *, before: "Waiting | None" = None) -> None:
        self.file_names = frozenset(file_names)
        self._parsed: dict[str, TicketName] = {}
        if before is None:
            self._order = sorted(self.file_names)
            return
        # What is nearly in order already takes little longer to sort than to look through.
        self._order = [name for name in before._order if name in self.file_names]
        self._order += self.file_names - before.file_names
        self._order.sort()
        known = before._parsed.items()
        self._parsed = {name: parsed for name, parsed in known if name in self.file_names}

    def __len__(self) -> int:
        return len(self._order)

    def __iter__(self) -> Iterator[TicketName]:
        for file_name in self._order:
            name = self._parsed.get(file_name)
            if name is None:
                name = parse_ticket_name(file_name)
                if name is None:  # pragma: no cover - only names of tickets are given
                    continue
                self._parsed[file_name] = name
            yield name

    def __contains__(self, name: object) -> bool:
        return isinstance(name, TicketName) and name.file_name in self.file_names
