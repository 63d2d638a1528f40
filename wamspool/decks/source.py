"""Where a deck's bytes come from: the reader opens nothing itself."""

from collections.abc import Collection, Iterable
from typing import Protocol


class DeckSource(Protocol):
    """The files of one folder, named relative to it with '/' between folders."""

    def read(self, name: str) -> Iterable[bytes] | None:
        """The bytes of the file in pieces of any size, or None when there is no such file.

        Nothing is read before the first piece is asked for, so that a file's presence can be
        asked of a file of any size.
        """
        ...

    def names(self) -> Collection[str]:
        """The names of the files there; asked only to say 'did you mean'. May be large."""
        ...
