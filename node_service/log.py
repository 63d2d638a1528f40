"""The service's log: a line of JSON an event in a rotating file, a short line on the terminal."""

import json
import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

MOST_BYTES = 5 << 20
KEPT = 5
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


def set_verbose(log: logging.Logger, *, verbose: bool) -> None:
    """From now on the log tells more, or what it usually does."""
    log.setLevel(logging.DEBUG if verbose else logging.INFO)


def node_log(folder: Path, name: str, *, verbose: bool) -> logging.Logger:
    """The node's logger, writing to ``<folder>/<name>.jsonl`` and to standard error."""
    log = logging.getLogger(f"wam-node.{name}")
    set_verbose(log, verbose=verbose)
    log.propagate = False
    for old in list(log.handlers):
        log.removeHandler(old)
        old.close()
    file = RotatingFileHandler(
        folder / f"{name}.jsonl",
        maxBytes=MOST_BYTES,
        backupCount=KEPT,
        encoding="utf-8",
        errors="backslashreplace",  # people drop files whose names are no text
    )
    file.setFormatter(JsonLines())
    screen = logging.StreamHandler()
    screen.setFormatter(ShortLines())
    log.addHandler(file)
    log.addHandler(screen)
    return log
