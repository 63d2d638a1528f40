"""Where a deck's bytes come from: the reader opens nothing itself."""

from collections.abc import Collection, Iterable, Mapping
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


class MappingSource:
    """Files held in memory, given out in pieces of ``chunk_bytes``."""

    def __init__(self, files: Mapping[str, bytes], *, chunk_bytes: int = 1 << 20) -> None:
        self._files = files
        self._chunk_bytes = chunk_bytes

    def read(self, name: str) -> Iterable[bytes] | None:
        """The file's bytes in pieces, or None when the mapping has no such name."""
        content = self._files.get(name)
        if content is None:
            return None
        step = self._chunk_bytes
        return (content[at : at + step] for at in range(0, len(content), step))

    def names(self) -> Collection[str]:
        """All names of the mapping."""
        return self._files.keys()
