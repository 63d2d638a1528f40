"""A share in which things go wrong where a test says so: crashes, lost replies, races."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks.counting import VERBS

CHANGING = frozenset(
    "create replace append write_at make_folder move remove copy_in duplicate".split()
)


class Crash(BaseException):
    """The process has ended here; no ``except`` of the product may notice."""


@dataclass
class _Fault:
    verb: str
    path: str
    before: Callable[[], None] | None
    after: Callable[[], None] | None
    times: int


class FaultyShare:
    """Passes everything on to another share, but for the faults that were asked for.

    After a crash nothing passes any more, as from a process that is dead. Calls count from 1;
    ``at_call`` and ``after_call`` do something before or after the one of that number.
    """

    def __init__(
        self,
        share: Any,
        *,
        crash_before: int | None = None,
        at_call: tuple[int, Callable[[], None]] | None = None,
        after_call: tuple[int, Callable[[], None]] | None = None,
    ) -> None:
        self._share = share
        self._at_call = at_call or (0, lambda: None)
        self._after_call = after_call or (0, lambda: None)
        self._faults: list[_Fault] = []
        self._crash_before = crash_before
        self.calls = 0
        self.dead = False

    def at(
        self,
        verb: str,
        path: str = "",
        *,
        before: Callable[[], None] | None = None,
        after: Callable[[], None] | None = None,
        times: int = 1,
    ) -> "FaultyShare":
        """At the next ``times`` calls of the verb on paths that contain ``path``, do that too."""
        self._faults.append(_Fault(verb, path, before, after, times))
        return self

    def crash(self) -> None:
        self.dead = True
        raise Crash

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._share, name)
        if name not in VERBS:
            return found

        def verb(*arguments: Any, **named: Any) -> Any:
            number = self._count()
            due = list(self._due(name, arguments))
            for fault in due:
                if fault.before:
                    fault.before()
            result = found(*arguments, **named)
            for fault in due:
                if fault.after:
                    fault.after()
            if number == self._after_call[0]:
                self._after_call[1]()
            return result

        return verb

    def _count(self) -> int:
        self.calls += 1
        if self.calls == self._crash_before:
            self.dead = True
        if self.dead:
            raise Crash
        number = self.calls
        if number == self._at_call[0]:
            self._at_call[1]()
        return number

    def _due(self, name: str, arguments: tuple[Any, ...]) -> Iterator[_Fault]:
        for fault in self._faults:
            hit = any(fault.path in str(argument) for argument in arguments)
            if fault.verb == name and hit and fault.times > 0:
                fault.times -= 1
                yield fault


def raising(error: BaseException) -> Callable[[], None]:
    """An action that fails so."""

    def fail() -> None:
        raise error

    return fail
