"""What a running service is told from outside, and how it says that it cannot go on."""

import threading
from collections.abc import Callable

from spool_layout.errors import WamError


class Told:
    """To end, or to read its settings file anew; ``ended`` is set from the first on."""

    def __init__(self) -> None:
        self.ended = threading.Event()
        self.stops: list[Callable[[], None]] = [self.ended.set]
        self.reloads: list[Callable[[], None]] = []

    def stop(self) -> None:
        """The service will end soon; may be called from any thread, and from a signal's code."""
        for listener in self.stops:
            listener()

    def reload(self) -> None:
        """The settings file will be read soon; called as ``stop`` is."""
        for listener in self.reloads:
            listener()


def ending(error: WamError | OSError) -> tuple[str, int]:
    """What people are told of the error, and the program's exit code."""
    if isinstance(error, WamError):
        return f"{error.message}\n  -> {error.cure}", error.exit_code
    place = f"{error.filename}: " if error.filename else ""
    return f"{place}{error.strerror or error}", 3
