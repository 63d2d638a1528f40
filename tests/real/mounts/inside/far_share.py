"""A share as another machine has mounted it: every verb is done there."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.real.mounts.inside.wire import Line

PASSED_ON = frozenset(
    "list examine read read_from create replace append make_folder move remove duplicate "
    "settled now".split()
)


class FarShare:
    """Fulfils ``wamspool.share.Share``, but for what needs files or functions of the caller."""

    def __init__(self, line: Line, location: str) -> None:
        self._line = line
        self.location = location
        self.traits = line.call("traits", location)

    def __getattr__(self, name: str) -> Any:
        if name not in PASSED_ON:
            raise AttributeError(name)

        def verb(*arguments: Any, **named: Any) -> Any:
            return self._line.call("verb", self.location, name, *arguments, **named)

        return verb

    def chunks(self, path: str) -> Iterator[bytes]:
        """See Share."""
        number, piece = self._line.call("first_of_chunks", self.location, path)
        while piece is not None:
            yield piece
            piece = self._line.call("next_of_chunks", number)

    @contextmanager
    def lock(self, path: str, *, timeout_s: float) -> Iterator[bool]:
        """See Share."""
        number, had = self._line.call("lock", self.location, path, timeout_s)
        try:
            yield had
        finally:
            self._line.call("unlock", number)
