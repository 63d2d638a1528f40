"""Which deck a dropped ticket means: the two are one job, and neither goes anywhere alone."""

from collections.abc import Iterable

from spool_layout.errors import WamError
from spool_layout.names import DECK_SUFFIX
from spool_layout.yaml_text import load_mapping
from wamspool.drops import TICKET_SUFFIXES
from wamspool.share import Share


class Pairs:
    """Tickets that people have dropped, and the decks that they name. Each is read once."""

    def __init__(self, share: Share) -> None:
        self._share = share
        self._decks: dict[str, str] = {}

    def ticket_of(self, folder: str, deck: str, names: Iterable[str]) -> str | None:
        """The ticket among ``names`` that means this deck, by its name in the folder."""
        for name in sorted(names):
            if name.lower().endswith(TICKET_SUFFIXES) and self.deck_of(folder, name) == deck:
                return name
        return None

    def deck_of(self, folder: str, ticket: str) -> str:
        """The deck that the ticket names; of one that does not say so (yet), that of its name."""
        path = f"{folder}/{ticket}"
        if path in self._decks:
            return self._decks[path]
        try:
            named = load_mapping(self._share.read(path), source=ticket).get("input")
        except WamError:
            named = None
        if isinstance(named, str) and named:
            self._decks[path] = named
            return named
        return ticket.rpartition(".")[0] + DECK_SUFFIX

    def forget(self, path: str) -> None:
        """The ticket is gone, or was written again."""
        self._decks.pop(path, None)
