"""Hidden names that a failure has left behind: removed at once, or when the server is back."""

from collections.abc import Iterator
from contextlib import contextmanager

from wamspool.errors import Gone, ShareError, Unreachable
from wamspool.shares.smb import writing
from wamspool.shares.smb.lines import Lines


class Strays:
    """The hidden names of one client. One that is killed leaves its own to those who sweep."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._names: list[str] = []

    @contextmanager
    def tidied(self, path: str, hidden: str, *, goes_by_itself: bool) -> Iterator[None]:
        """The hidden name is not there any more; after an outage, at the next such verb.

        ``goes_by_itself``: with its handle, but not when the server itself was killed.
        """
        try:
            yield
        except BaseException as error:
            is_outage = isinstance(error, Unreachable)
            if is_outage or not goes_by_itself:
                self._names.append(hidden)
            if not is_outage:  # then it would have to be waited for once more
                self._remove(path)
            raise
        self._remove(path)

    def _remove(self, path: str) -> None:
        while self._names:
            hidden = self._names.pop()
            try:
                writing.remove(self._lines, path, hidden)
            except Gone:
                continue
            except ShareError:
                self._names.append(hidden)
                return
