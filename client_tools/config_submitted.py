"""What this user has submitted from this machine: which deck became which job, and how it looked.

A hint for ``wam batch``; nothing is lost with it. It lies with the user's notes, never beside decks.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from client_tools import config

NAME: Final = "submitted.jsonl"
BYTES_MAX: Final = 4 << 20

Look = tuple[int, int]
"""A file's size in bytes, and when it was changed, in nanoseconds."""


@dataclass(frozen=True, slots=True)
class LastRun:
    """The last job made of a deck; ``files`` are all that travelled, by their paths."""

    deck: str
    spool_id: str
    job: str
    files: dict[str, Look]

    def is_outdated(self) -> bool:
        """Whether one of the files is not what it was then."""
        return any(look_of(Path(path)) != tuple(then) for path, then in self.files.items())


def look_of(path: Path) -> Look | None:
    """How the file looks now; None where it is gone."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_size, stat.st_mtime_ns


def remember(runs: Iterable[LastRun]) -> None:
    """The runs stand at the end of the notes, as far as they can be written."""
    file = config.state_folder() / NAME
    lines = [json.dumps(asdict(run)) for run in runs]
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.exists() and file.stat().st_size > BYTES_MAX:
            lines = [json.dumps(asdict(run)) for run in last_runs("").values()] + lines
            file.unlink()
        with file.open("a", encoding="utf-8") as notes:
            notes.write("".join(f"{line}\n" for line in lines))
    except OSError:
        return


def last_runs(spool_id: str) -> dict[str, LastRun]:
    """The last run of each deck in that spool (in any, for an empty id), by the deck's path."""
    try:
        text = (config.state_folder() / NAME).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return {}
    runs = {}
    for line in text.splitlines():
        try:
            run = LastRun(**json.loads(line))
        except (ValueError, TypeError):  # cut off, or a later WAM's
            continue
        if spool_id in {"", run.spool_id}:
            runs[run.deck] = run
    return runs
