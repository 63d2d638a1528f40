"""Hints of changes in folders of this machine, by the system's file events (watchdog)."""

from collections.abc import Callable
from contextlib import suppress

from watchdog.events import (
    DirCreatedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver

_TELLING: list[type[FileSystemEvent]] = [
    DirCreatedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileMovedEvent,
]


def _observer() -> BaseObserver:
    try:
        from watchdog.observers.inotify import InotifyEmitter  # noqa: PLC0415 - only on Linux
        from watchdog.observers.inotify_c import InotifyConstants, Mask  # noqa: PLC0415
    except ImportError:
        return Observer()

    class ArrivalEmitter(InotifyEmitter):
        """Asks for arrivals only. A departure, which each claim is, would be kept back half a
        second in the hope of its other half, and every event behind it with it.
        """

        def get_event_mask_from_filter(self) -> Mask:
            arrivals = (
                InotifyConstants.IN_CREATE
                | InotifyConstants.IN_CLOSE_WRITE
                | InotifyConstants.IN_MOVED_TO
                | InotifyConstants.IN_DELETE_SELF
            )
            return Mask(arrivals)

    return BaseObserver(ArrivalEmitter)


class _Hint(FileSystemEventHandler):
    def __init__(self, folder: str, changed: Callable[[str], None]) -> None:
        self._folder = folder
        self._changed = changed

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Tell of it; what happened is found by looking."""
        del event
        self._changed(self._folder)


class _FolderWatch:
    def __init__(self, root: str, folders: tuple[str, ...], changed: Callable[[str], None]) -> None:
        self._observer = _observer()
        for folder in folders:
            self._observer.schedule(
                _Hint(folder, changed), f"{root}/{folder}", recursive=False, event_filter=_TELLING
            )
        self._observer.start()

    def stop(self) -> None:
        """Nothing is told from now on."""
        self._observer.stop()
        with suppress(RuntimeError):
            self._observer.join(timeout=2)


def watch_folders(
    root: str, folders: tuple[str, ...], changed: Callable[[str], None]
) -> _FolderWatch | None:
    """A running watch, or None where the system refuses (no events, or no more of them)."""
    try:
        return _FolderWatch(root, folders, changed)
    except OSError:
        return None
