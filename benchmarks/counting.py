"""A share that counts the verbs asked of it: what each costs is about one network round trip."""

from collections import Counter
from collections.abc import Callable

VERBS = frozenset(
    "list examine read read_from chunks create replace append write_at make_folder move remove copy_in "
    "copy_out duplicate settled lock".split()
)


class CountingShare:
    """Passes everything on to another share, and counts."""

    def __init__(self, share: object) -> None:
        self._share = share
        self.counts: Counter[str] = Counter()
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> object:
        found = getattr(self._share, name)
        if name not in VERBS:
            return found
        verb: Callable[..., object] = found

        def counted(*arguments: object, **named: object) -> object:
            self.counts[name] += 1
            self.calls.append(f"{name} {arguments[0] if arguments else ''}")
            return verb(*arguments, **named)

        return counted

    def total(self) -> int:
        """All operations so far."""
        return self.counts.total()
