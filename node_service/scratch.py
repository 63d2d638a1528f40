"""A node's local scratch: one folder an attempt, and the only file work of the service itself.

<scratch>/<job>.g<generation>/run/        the solver's folder
                              control/    the runner's records, and ours
<scratch>/aside/                          results of attempts that were fenced
<scratch>/log/                            the service's log
<scratch>/status.json                     the service's account of itself, for when the share is away
<scratch>/draining.json                   who has asked that this node take no more; gone when it may
"""

import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from node_service.processes import prepare_control
from node_service.processes.interface import SOLVER_ERR, SOLVER_OUT
from node_service.processes.records import RECORD_SIZE_BYTES, STOPPED_FOR, USAGE, text_of
from node_service.standstill import Standstill, format_standstill, parse_standstill
from spool_layout.errors import WamError
from spool_layout.names import parse_door_name

RUN: Final = "run"
CONTROL: Final = "control"
ASIDE: Final = "aside"
LOG: Final = "log"
SPARE: Final = "spare"
STATUS: Final = "status.json"
DRAINING: Final = "draining.json"
LOCK: Final = "service.lock"
_STAGED: Final = "staged"
_STANDSTILL: Final = "standstill"
_CARRIED: Final = "carried"


class UnwritableScratch(WamError):
    """The service's account cannot write in the node's scratch folder."""

    exit_code = 51
    remedy = "Give the folder to the account of the service (chown), or name another: --scratch."


@dataclass(frozen=True, slots=True)
class StopNote:
    """Why the service asked a run to end; ``by`` is empty where nobody had asked for it."""

    reason: str
    by: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class MostUsed:
    """The most that a run was seen to use: CPU time, and memory at one time."""

    cpu_s: float
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class AttemptFolder:
    """The scratch of one attempt."""

    path: Path

    @property
    def run(self) -> Path:
        """The solver's folder."""
        return self.path / RUN

    def mark_staged(self, gpus: Iterable[int], processors: Iterable[int] = ()) -> None:
        """All inputs are here; the attempt may be started, also by a later service."""
        lines = (["gpus", *map(str, gpus)], ["processors", *map(str, processors)])
        self._write(_STAGED, "\n".join(map(" ".join, lines)))

    @property
    def is_staged(self) -> bool:
        """Whether stage-in came to its end."""
        return self._read(_STAGED).startswith("gpus")

    @property
    def gpus(self) -> tuple[int, ...]:
        """The GPUs that the attempt was given."""
        return self._numbers("gpus")

    @property
    def processors(self) -> tuple[int, ...]:
        """The logical processors that the attempt is kept on; () for any."""
        return self._numbers("processors")

    def _numbers(self, name: str) -> tuple[int, ...]:
        lines = [line.split() for line in self._read(_STAGED).splitlines()]
        words = next((words for words in lines if words[:1] == [name]), [])
        return tuple(int(word) for word in words if word.isdigit())

    def note_stop(self, reason: str, *, by: str = "", why: str = "") -> None:
        """From now on an end of this run is known to have been asked for, and by whom."""
        lines = (" ".join(text.split()) for text in (reason, by, why))
        self._overwrite(STOPPED_FOR, "\n".join([*lines, ""]))

    @property
    def stop_note(self) -> StopNote | None:
        """What ``note_stop`` wrote, if it did."""
        lines = [line.strip() for line in self._read(STOPPED_FOR).split("\n")]
        return StopNote(*lines[:3]) if lines[0] else None

    @property
    def stopped_for(self) -> str | None:
        """Why the service asked the run to end, if it did."""
        note = self.stop_note
        return note.reason if note else None

    def note_usage(self, most: MostUsed) -> None:
        """The next service, and the verdict, will know this. Raises OSError."""
        self._overwrite(USAGE, f"{most.cpu_s:.2f} {most.memory_bytes}\n")

    @property
    def most_used(self) -> MostUsed | None:
        """What ``note_usage`` wrote last; None where the run was never looked at."""
        words = self._read(USAGE).split()
        try:
            return MostUsed(float(words[0]), int(words[1]))
        except (IndexError, ValueError):
            return None

    def note_standstill(self, standstill: Standstill) -> None:
        """The next service will know this. Raises OSError."""
        self._overwrite(_STANDSTILL, format_standstill(standstill) + "\n")

    @property
    def standstill(self) -> Standstill:
        """What ``note_standstill`` wrote last; of a run that runs where it never did."""
        return parse_standstill(self._read(_STANDSTILL))

    def _overwrite(self, name: str, text: str) -> None:
        """In the space that the file has already: a full disk would take no other."""
        content = text.encode()[:RECORD_SIZE_BYTES].ljust(RECORD_SIZE_BYTES)
        path = f"{self.path}/{CONTROL}/{name}"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o644)
        try:
            os.write(descriptor, content)
        finally:
            os.close(descriptor)

    def _write(self, name: str, text: str) -> None:
        with open(f"{self.path}/{CONTROL}/{name}", "w", encoding="utf-8") as file:
            file.write(text)

    def _read(self, name: str) -> str:
        try:
            return text_of(f"{self.path}/{CONTROL}/{name}")
        except OSError:
            return ""

    def place_for(self, staged: str) -> Path:
        """Where an input goes; the folders above it exist. Its name was checked with the ticket."""
        target = self.run / staged
        if "/" in staged:
            target.parent.mkdir(parents=True, exist_ok=True)
        return target

    def make_folder(self, name: str) -> None:
        """A folder of the run is there. Raises OSError."""
        (self.run / name).mkdir(parents=True, exist_ok=True)

    def append(self, name: str, text: str) -> None:
        """The text stands at the end of a file of the run, on lines of its own. Raises OSError."""
        with self.place_for(name).open("a+b") as file:
            if file.seek(0, os.SEEK_END):
                file.seek(-1, os.SEEK_END)
                if file.read(1) != b"\n":
                    file.write(b"\n")
            file.write(text.encode())

    def rewrite(self, name: str, pieces: Iterable[bytes]) -> None:
        """The file of the run holds the pieces, which may be made from its old content."""
        fresh = self.run / f"{name}.respelt"
        with fresh.open("wb") as file:
            file.writelines(pieces)
        fresh.replace(self.run / name)

    def files(self) -> list[str]:
        """The plain files of the run, as paths below its folder. Links are not followed: a
        result is what the solver wrote here.
        """
        return list(_files_below(f"{self.path}/{RUN}", ""))

    def size_bytes(self, names: Iterable[str]) -> int:
        """The bytes of these results together."""
        return sum(os.stat(f"{self.path}/{RUN}/{name}").st_size for name in names)

    def stamp(self, name: str) -> tuple[int, int]:
        """The size and the time of the last change (ns) of a result. Raises OSError."""
        found = os.stat(f"{self.path}/{RUN}/{name}")
        return found.st_size, found.st_mtime_ns

    def part(self, name: str, offset: int, most_bytes: int) -> bytes:
        """What a result holds from ``offset`` on. Raises OSError."""
        with (self.run / name).open("rb", buffering=0) as file:
            file.seek(offset)
            piece = file.read(most_bytes)
            while len(piece) < most_bytes and (more := file.read(most_bytes - len(piece))):
                piece += more
            return piece

    def note_carried(self, line: str) -> None:
        """A later service reads this line of what has been carried to the share. Raises OSError."""
        with open(f"{self.path}/{CONTROL}/{_CARRIED}", "a", encoding="ascii") as file:
            file.write(f"{line}\n")

    def carried(self) -> list[str]:
        """What ``note_carried`` has written."""
        return self._read(_CARRIED).splitlines()

    def output_mark(self) -> tuple[int, int, int]:
        """Differs when the run has written since: how many files, their bytes, the newest time."""
        count = size_bytes = newest_ns = 0
        for folder, _, names in os.walk(self.run):
            for name in names:
                with suppress(OSError):
                    found = os.lstat(f"{folder}/{name}")
                    count += 1
                    size_bytes += found.st_size
                    newest_ns = max(newest_ns, found.st_mtime_ns)
        return count, size_bytes, newest_ns

    def grown(self, name: str, offset: int, *, most_bytes: int) -> bytes:
        """What a text of the run holds from ``offset`` on; nothing while it is not there."""
        try:
            if not stat.S_ISREG((self.run / name).lstat().st_mode):
                return b""  # a pipe would keep us waiting for ever
            with (self.run / name).open("rb") as file:
                file.seek(offset)
                return file.read(most_bytes)
        except OSError:
            return b""

    def remove(self) -> None:
        """The folder is gone, as far as the system lets us."""
        if os.path.lexists(self.path):
            shutil.rmtree(self.path, ignore_errors=True)


def _files_below(folder: str, prefix: str) -> Iterator[str]:
    """The plain files, then those of each folder; nothing of a folder that cannot be read."""
    entries: list[os.DirEntry[str]] = []
    with suppress(OSError), os.scandir(folder) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    yield from (f"{prefix}{e.name}" for e in entries if e.is_file(follow_symlinks=False))
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _files_below(entry.path, f"{prefix}{entry.name}/")


class Scratch:
    """All attempts of a node on this machine."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def make(self) -> None:
        """The folders are there, and this account may write in them. Raises UnwritableScratch."""
        for folder in (self.root, self.root / ASIDE, self.root / LOG):
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise UnwritableScratch(f"{folder}: {error.strerror or error}") from None
            if not os.access(folder, os.W_OK | os.X_OK):
                raise UnwritableScratch(f"{folder}: this account may not write there")

    def attempt(self, job: str, generation: int) -> AttemptFolder:
        """The folder of an attempt, which may not exist yet."""
        return AttemptFolder(self.root / f"{job}.g{generation}")

    def make_spare(self) -> None:
        """A prepared, empty attempt folder lies ready.

        Making an attempt's folders and records takes longer than all else between a ticket and
        its solver's start, and can be done before there is a ticket.
        """
        spare = f"{self.root}/{SPARE}"
        if not os.path.lexists(spare):
            with suppress(OSError):
                # Under another name: a thread that stages takes the spare whenever it is there.
                prepare_control(self.root / f"{SPARE}.new")
                for name in (f"{CONTROL}/{_STAGED}", f"{RUN}/{SOLVER_OUT}", f"{RUN}/{SOLVER_ERR}"):
                    os.close(os.open(f"{spare}.new/{name}", os.O_WRONLY | os.O_CREAT, 0o666))
                os.rename(f"{spare}.new", spare)

    def new_attempt(self, folder: AttemptFolder) -> None:
        """The attempt's folder is there, prepared and empty. Raises OSError."""
        folder.remove()
        try:
            os.rename(f"{self.root}/{SPARE}", folder.path)
        except OSError:
            prepare_control(folder.path)

    def attempts(self) -> list[tuple[str, int]]:
        """(job, generation) of every attempt that has a folder here."""
        with suppress(OSError):
            names = sorted(path.name for path in self.root.iterdir())
            return [parsed for name in names if (parsed := parse_door_name(name))]
        return []

    def put_aside(self, job: str, generation: int) -> Path | None:
        """The attempt's folder lies in ``aside/``, changed last when it was put there.

        None: there is none. ``Aside`` removes it when its time is over.
        """
        source, target = self.attempt(job, generation).path, self.root / ASIDE
        if not source.exists():
            return None
        place, number = target / source.name, 2
        while place.exists():
            place, number = target / f"{source.name}~{number}", number + 1
        source.rename(place)
        with suppress(OSError):  # one that seems older goes earlier, and is still kept for a while
            os.utime(place)
        return place

    def note_status(self, text: bytes) -> None:
        """The service's own account of itself is this; readers see the last one or this one.

        A scratch that cannot be written says so in other places.
        """
        with suppress(OSError):
            self._replace(STATUS, text)

    def note_draining(self, text: bytes | None) -> None:
        """This stands there for the next service to read; None: nothing does. Raises OSError."""
        if text is None:
            Path(self.root, DRAINING).unlink(missing_ok=True)
        else:
            self._replace(DRAINING, text)

    def draining(self) -> bytes | None:
        """What ``note_draining`` wrote last; None where nothing stands."""
        try:
            return Path(self.root, DRAINING).read_bytes()
        except FileNotFoundError:
            return None

    def _replace(self, name: str, text: bytes) -> None:
        Path(self.root, f"{name}.new").write_bytes(text)
        os.replace(f"{self.root}/{name}.new", f"{self.root}/{name}")

    def last_status(self) -> bytes | None:
        """What ``note_status`` wrote last; None where no service has ever run."""
        try:
            return Path(self.root, STATUS).read_bytes()
        except OSError:
            return None

    def free_bytes(self) -> int:
        """What the file system of the scratch has left for this account; 0 where it cannot tell.

        A scratch that is away for a while is a reason to take nothing, not to end the service.
        """
        with suppress(OSError):
            return shutil.disk_usage(self.root).free
        return 0

    def size_bytes(self) -> int:
        """All that the file system of the scratch holds, or could; 0 where it cannot tell."""
        with suppress(OSError):
            return shutil.disk_usage(self.root).total
        return 0
