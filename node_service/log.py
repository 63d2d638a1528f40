"""The service's log: a line of JSON an event in files bounded by size and age, and a short line on
the terminal or in systemd's journal.
"""

import json
import logging
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Final

LOG_SIZE_BYTES: Final = 5 << 20
LOG_FILES: Final = 5
LOG_AGE_S: Final = 90 * 86400.0
JOURNAL_VARIABLE: Final = "JOURNAL_STREAM"
# The first that the level reaches; numbers of syslog(3), as sd-daemon(3) has them before a line.
_PRIORITIES: Final = ((logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6), (0, 7))
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def _said(record: logging.LogRecord) -> dict[str, object]:
    return {name: value for name, value in vars(record).items() if name not in _STANDARD}


class JsonLines(logging.Formatter):
    """One JSON object a line: time (UTC), level, event, and what belongs to it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **_said(record),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str, ensure_ascii=False)


class ShortLines(logging.Formatter):
    """``12:03:11 start job=bracket-k7f3x cpus=2`` for whoever looks on."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        words = " ".join(f"{name}={value}" for name, value in _said(record).items())
        return f"{self.formatTime(record, '%H:%M:%S')} {record.getMessage()} {words}".rstrip()


class JournalLines(ShortLines):
    """The same for systemd's journal, which has the time itself and reads the level off ``<6>``."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        priority = next(p for least, p in _PRIORITIES if record.levelno >= least)
        said = super().format(record).partition(" ")[2].replace("\n", " ")
        return f"<{priority}>{said}"


@dataclass(frozen=True, slots=True)
class LogBounds:
    """How much a node's log may tell and keep: a file's size, how many older files, and for how
    long: lines as old as ``age_s`` go, at the latest when they are half as old again.
    """

    verbose: bool = False
    size_bytes: int = LOG_SIZE_BYTES
    files: int = LOG_FILES
    age_s: float = LOG_AGE_S


class BoundedFile(RotatingFileHandler):
    """A log file that makes room by size and by age. Times are those of its records."""

    def __init__(self, path: Path, bounds: LogBounds) -> None:
        # People drop files whose names are no text.
        super().__init__(path, encoding="utf-8", errors="backslashreplace")
        self._age_s = bounds.age_s
        self._began_s = _first_time_s(path)
        self.bound(bounds)

    def bound(self, bounds: LogBounds) -> None:
        """These bounds hold from the next line on."""
        self.maxBytes, self.backupCount = bounds.size_bytes, bounds.files
        self._age_s = bounds.age_s

    def emit(self, record: logging.LogRecord) -> None:
        """The line is in the file; files that are too old, or too many, are gone."""
        try:
            if self._began_s is None:
                self._began_s = record.created
                self._remove_old(record.created)
            # In pieces of a quarter, so that what is old enough goes soon after.
            if record.created - self._began_s > self._age_s / 4 or self.shouldRollover(record):
                self.doRollover()
                self._began_s = record.created
                self._remove_old(record.created)
            logging.FileHandler.emit(self, record)
        except OSError:
            self.handleError(record)

    def _remove_old(self, now_s: float) -> None:
        path = Path(self.baseFilename)
        for old in path.parent.glob(f"{path.name}.*"):
            with suppress(OSError):
                number = old.name.rpartition(".")[2]
                is_too_old = old.stat().st_mtime < now_s - self._age_s
                if number.isdecimal() and (is_too_old or int(number) > self.backupCount):
                    old.unlink()


def _first_time_s(path: Path) -> float | None:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return datetime.fromisoformat(json.loads(file.readline())["time"]).timestamp()
    except (OSError, ValueError, KeyError, TypeError):
        return None


def writes_to_journal(environment: Mapping[str, str]) -> bool:
    """Whether standard error is systemd's journal (systemd.exec(5), $JOURNAL_STREAM)."""
    try:
        status = os.fstat(sys.stderr.fileno())
    except (OSError, AttributeError, ValueError):
        return False
    return environment.get(JOURNAL_VARIABLE) == f"{status.st_dev}:{status.st_ino}"


def bound_log(log: logging.Logger, bounds: LogBounds) -> None:
    """These bounds hold from the next line on."""
    log.setLevel(logging.DEBUG if bounds.verbose else logging.INFO)
    for handler in log.handlers:
        if isinstance(handler, BoundedFile):
            handler.bound(bounds)


def node_log(
    folder: Path, name: str, bounds: LogBounds, *, to_journal: bool = False
) -> logging.Logger:
    """The node's logger, writing to ``<folder>/<name>.jsonl`` and to standard error.

    A file that cannot be written silences neither the terminal nor the service.
    """
    log = logging.getLogger(f"wam-node.{name}")
    log.propagate = False
    for old in list(log.handlers):
        log.removeHandler(old)
        old.close()
    file = BoundedFile(folder / f"{name}.jsonl", bounds)
    file.setFormatter(JsonLines())
    screen = logging.StreamHandler()
    screen.setFormatter(JournalLines() if to_journal else ShortLines())
    log.addHandler(file)
    log.addHandler(screen)
    bound_log(log, bounds)
    return log
