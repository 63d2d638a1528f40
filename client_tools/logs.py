"""A job's texts: the live copies while it runs, the results when it is done."""

from collections.abc import Iterator
from dataclasses import dataclass

from client_tools.results import results_of
from spool_layout import folders
from wamspool.errors import Gone
from wamspool.find import Found
from wamspool.piecewise import read_span
from wamspool.share import Kind, Share

FIRST_CHOICES = ("solver.out", ".sta", ".msg", ".log", ".dat", "solver.err")
PIECE_BYTES = 256 * 1024
TEXT_SUFFIXES = (".out", ".err", ".sta", ".msg", ".log", ".dat", ".cvg", ".txt", ".yaml", ".inp")


@dataclass(frozen=True, slots=True)
class LogFolder:
    """Where a job's texts lie now, and their names, the one that people want first."""

    folder: str
    names: tuple[str, ...]


def log_folder(share: Share, found: Found) -> LogFolder | None:
    """The folder of the job's texts; None while there is none: it waits, or has just started."""
    if found.folder:
        files = [f.name for f in results_of(share, found.folder)]
        texts = [name for name in files if name.lower().endswith(TEXT_SUFFIXES)]
        return LogFolder(found.folder, _ordered(texts))
    if found.place is None or found.place.name.node is None:
        return None
    folder = folders.live(found.job, found.place.name.generation)
    try:
        names = [entry.name for entry in share.list(folder) if entry.kind is Kind.FILE]
    except Gone:
        return None
    return LogFolder(folder, _ordered(names)) if names else None


def _ordered(names: list[str]) -> tuple[str, ...]:
    def rank(name: str) -> tuple[int, str]:
        for place, choice in enumerate(FIRST_CHOICES):
            if name == choice or (choice.startswith(".") and name.endswith(choice)):
                return place, name
        return len(FIRST_CHOICES), name

    return tuple(sorted(names, key=rank))


def last_lines(share: Share, path: str, count: int) -> tuple[list[str], int]:
    """The file's last lines (all for 0) and the offset of its end. Reads no more than it must."""
    size = share.examine(path).size_bytes
    start, text = size, b""
    while start > 0 and (count == 0 or text.count(b"\n") <= count):
        begin = max(0, start - PIECE_BYTES)
        text = read_span(share, path, begin, start - begin) + text
        start = begin
    lines = text.decode("utf-8", "replace").splitlines()
    return lines[-count:] if count else lines, size


class Tail:
    """What is added to a file, line by line, from an offset on."""

    def __init__(self, share: Share, path: str, offset: int) -> None:
        self._share = share
        self.path = path
        self.offset = offset
        self._begun = b""

    def go_on_in(self, path: str) -> None:
        """The same text is read from another place from now on."""
        self.path = path

    def new_lines(self) -> Iterator[str]:
        """The whole lines that were added since the last call. Raises Gone."""
        while piece := self._share.read_from(self.path, self.offset, most_bytes=PIECE_BYTES):
            self.offset += len(piece)
            *whole, self._begun = (self._begun + piece).split(b"\n")
            yield from (line.rstrip(b"\r").decode("utf-8", "replace") for line in whole)

    def rest(self) -> Iterator[str]:
        """A last line that has no end; nothing when there is none."""
        if self._begun:
            yield self._begun.decode("utf-8", "replace")
            self._begun = b""
