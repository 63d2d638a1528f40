"""The lines of a deck that matter, out of hundreds of megabytes of node and element lines.

Two things are asked for: the next line that begins with '*' (blanks before it do not count), and
the line that follows. Everything else is passed over by searching bytes, not by splitting lines:
that is what makes a mesh cost next to nothing.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

LINE_BYTES: Final = 1 << 16  # more of one line is never kept: binary files have no line ends
_FILL_BYTES: Final = 1 << 18  # small pieces are gathered up to this, to search few times
_BLANKS: Final = b" \t"


class Line(NamedTuple):
    """A line without its end; ``number`` counts from 1."""

    number: int
    text: bytes


class DeckLines:
    """Reads one file's pieces once, from front to back, in memory of one piece and one line."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._text = b""
        self._at = 0  # always the start of a line, unless _cut
        self._passed = 0  # lines that end before _at
        self._cut = False  # the rest of a line that is not wanted any more begins at _at
        self._back: Line | None = None
        self.last_byte = b""

    def put_back(self, line: Line) -> None:
        """Makes ``line``, just taken, the next one again."""
        self._back = line

    def following(self) -> Line | None:
        """The next line, whatever it is (at most LINE_BYTES of it); None at the end."""
        if self._back is not None:
            line, self._back = self._back, None
            return line
        self._drop_rest()
        while (end := self._text.find(b"\n", self._at)) < 0:
            if len(self._text) - self._at >= LINE_BYTES or not self._fill():
                return self._unended()
        text = self._text[self._at : end]
        self._at = end + 1
        self._passed += 1
        return Line(self._passed, text[:LINE_BYTES])

    def starred(self) -> Line | None:
        """The next line whose first character that is not blank is '*'; None at the end."""
        while True:
            if self._back is not None:
                line, self._back = self._back, None
                if line.text.lstrip(_BLANKS).startswith(b"*"):
                    return line
            self._drop_rest()
            star = self._text.find(b"*", self._at)
            if star < 0:
                if not self._pass_over_all():
                    return None
                continue
            self._pass_over_to(self._text.rfind(b"\n", self._at, star) + 1)
            if star - self._at < LINE_BYTES and not self._text[self._at : star].strip(_BLANKS):
                return self.following()
            self._cut = True

    def _unended(self) -> Line | None:
        """What is left when a line has no end, or too much of it when it is too long."""
        text = self._text[self._at : self._at + LINE_BYTES]
        if not text:
            return None
        self._at += len(text)
        self._cut = True
        return Line(self._passed + 1, text)

    def _pass_over_to(self, start: int) -> None:
        if start > self._at:
            self._passed += self._text.count(b"\n", self._at, start)
            self._at = start

    def _pass_over_all(self) -> bool:
        """Passes over text without any '*'; False when that was the end."""
        self._pass_over_to(self._text.rfind(b"\n", self._at) + 1)
        rest = self._text[self._at : self._at + LINE_BYTES]
        if rest.strip(_BLANKS):
            self._cut = True  # such a line cannot turn out to begin with '*'
            self._at = len(self._text)
        elif len(rest) == LINE_BYTES:
            self._at = len(self._text)  # a line of nothing but blanks so far: forget them
        return self._fill()

    def _drop_rest(self) -> None:
        while self._cut:
            end = self._text.find(b"\n", self._at)
            if end >= 0:
                self._at = end + 1
                self._passed += 1
                self._cut = False
            else:
                self._at = len(self._text)
                if not self._fill():
                    self._cut = False

    def _fill(self) -> bool:
        """Puts further pieces behind what is left; False when there are none."""
        gathered: list[bytes] = []
        size = 0
        for piece in self._pieces:
            if piece:
                gathered.append(piece)
                size += len(piece)
                if size >= _FILL_BYTES:
                    break
        if not gathered:
            return False
        self.last_byte = gathered[-1][-1:]
        rest = self._text[self._at :]
        self._text = b"".join([rest, *gathered]) if rest or len(gathered) > 1 else gathered[0]
        self._at = 0
        return True
