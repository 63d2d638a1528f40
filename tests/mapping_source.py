"""Decks in memory, where the reader and the submission read from files or from the share."""

from collections.abc import Collection, Iterable, Mapping


class MappingSource:
    """Files held in memory, given out in pieces of ``chunk_bytes``."""

    def __init__(self, files: Mapping[str, bytes], *, chunk_bytes: int = 1 << 20) -> None:
        self._files = files
        self._chunk_bytes = chunk_bytes

    def read(self, name: str) -> Iterable[bytes] | None:
        content = self._files.get(name)
        if content is None:
            return None
        step = self._chunk_bytes
        return (content[at : at + step] for at in range(0, len(content), step))

    def names(self) -> Collection[str]:
        return self._files.keys()
