"""Letters that the mail server has not taken yet, one file each, so that a restart loses none.

<scratch>/outbox/<job>.g<generation>.pending   written before the job is published
                 <job>.g<generation>.eml       published: to be sent
                 refused/                      given up; for people to look at
"""

from contextlib import suppress
from pathlib import Path
from typing import Final

from spool_layout.names import door_name, parse_door_name

OUTBOX: Final = "outbox"
REFUSED: Final = "refused"
_PENDING: Final = ".pending"
_LETTER: Final = ".eml"


class Outbox:
    """The outbox of one node. Its folder is made with the first letter."""

    def __init__(self, scratch: Path) -> None:
        self._folder = scratch / OUTBOX

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

    def drop(self, job: str, generation: int) -> None:
        """No pending letter tells of this end. Raises OSError."""
        (self._folder / f"{door_name(job, generation)}{_PENDING}").unlink(missing_ok=True)

    def pending(self) -> list[tuple[str, int]]:
        """(job, generation) of the letters of which it is not known whether they hold true."""
        return [parsed for name in self._names(_PENDING) if (parsed := parse_door_name(name))]

    def letters(self) -> list[str]:
        """The names of the letters that are to be sent."""
        return [name for name in self._names(_LETTER) if parse_door_name(name)]

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
