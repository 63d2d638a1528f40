"""Letters that the mail server has not taken yet, one file each, so that a restart loses none.

<scratch>/outbox/<job>.g<generation>.pending   written before the job is published
                 <job>.g<generation>.eml       published: to be sent
                 <job>.g<generation>.<what>.eml   of something else than an end: to be sent
                 <batch>.batch                 a job of it has ended: to be told of when all have
                 refused/                      given up; for people to look at
"""

import re
from contextlib import suppress
from pathlib import Path
from typing import Final

from spool_layout.names import check_batch_name, door_name, parse_door_name

OUTBOX: Final = "outbox"
NOTICES: Final = "notices"
REFUSED: Final = "refused"
_PENDING: Final = ".pending"
_LETTER: Final = ".eml"
_BATCH: Final = ".batch"
_NAME: Final = re.compile(r"[a-z0-9_-]+\.(?:g[0-9]{1,9}(?:\.[a-z]+)?|waiting|[0-9]{1,6}\.digest)\Z")


class Outbox:
    """The outbox of one node. Its folder is made with the first letter."""

    def __init__(self, scratch: Path, name: str = OUTBOX) -> None:
        self._folder = scratch / name

    def keep(self, job: str, generation: int, letter: bytes) -> None:
        """The letter lies pending, in place of an earlier one for the same end. Raises OSError."""
        self._folder.mkdir(exist_ok=True)
        path = self._folder / f"{door_name(job, generation)}{_PENDING}"
        unfinished = path.with_suffix(".unfinished")
        unfinished.write_bytes(letter)
        unfinished.replace(path)

    def release(self, job: str, generation: int) -> str | None:
        """The pending letter is to be sent: its name; None when there is none. Raises OSError."""
        name = door_name(job, generation)
        with suppress(FileNotFoundError):
            pending = self._folder / f"{name}{_PENDING}"
            pending.replace(self._folder / f"{name}{_LETTER}")
            return name
        return None

    def put(self, name: str, letter: bytes) -> None:
        """The letter lies ready to be sent, in place of an earlier one. Raises OSError."""
        self._folder.mkdir(exist_ok=True)
        unfinished = self._folder / f"{name}.unfinished"
        unfinished.write_bytes(letter)
        unfinished.replace(self._folder / f"{name}{_LETTER}")

    def note_batch(self, batch: str) -> None:
        """It is known, also to the next service, that the batch may have ended. Raises OSError."""
        self._folder.mkdir(exist_ok=True)
        (self._folder / f"{check_batch_name(batch)}{_BATCH}").touch()

    def batches(self) -> list[str]:
        """The batches that are to be looked at."""
        return self._names(_BATCH)

    def forget_batch(self, batch: str) -> None:
        """The batch was told of, or need not be. Raises OSError."""
        (self._folder / f"{batch}{_BATCH}").unlink(missing_ok=True)

    def drop(self, job: str, generation: int) -> None:
        """No pending letter tells of this end. Raises OSError."""
        (self._folder / f"{door_name(job, generation)}{_PENDING}").unlink(missing_ok=True)

    def pending(self) -> list[tuple[str, int]]:
        """(job, generation) of the letters of which it is not known whether they hold true."""
        return [parsed for name in self._names(_PENDING) if (parsed := parse_door_name(name))]

    def letters(self) -> list[str]:
        """The names of the letters that are to be sent."""
        return [name for name in self._names(_LETTER) if _NAME.match(name)]

    def _names(self, suffix: str) -> list[str]:
        if not self._folder.is_dir():
            return []
        return sorted(p.name.removesuffix(suffix) for p in self._folder.glob(f"*{suffix}"))

    def read(self, name: str) -> bytes:
        """The letter of this name. Raises OSError."""
        return (self._folder / f"{name}{_LETTER}").read_bytes()

    def remove(self, name: str) -> None:
        """The letter was sent, and is gone. Raises OSError."""
        (self._folder / f"{name}{_LETTER}").unlink(missing_ok=True)

    def put_aside(self, name: str) -> Path:
        """The letter lies in ``refused/``, where nobody tries it again. Raises OSError."""
        target = self._folder / REFUSED / f"{name}{_LETTER}"
        target.parent.mkdir(exist_ok=True)
        (self._folder / f"{name}{_LETTER}").replace(target)
        return target
