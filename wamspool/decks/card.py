"""One keyword card, and the names written on it."""

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from wamspool.decks.deck import Kind
from wamspool.decks.lines import Line

_FIELD: Final = re.compile(rb'(?:"[^"]*"?|[^",])+|(?<=,)(?=,)')
_DRIVE: Final = re.compile(r"[A-Za-z]:")


@dataclass(frozen=True, slots=True)
class Parameter:
    """``NAME=value`` or a bare ``NAME``, on the line ``line``.

    The name in upper case without blanks, the value as written less quotes and outer blanks.
    """

    name: str
    value: str | None
    line: int


@dataclass(frozen=True, slots=True)
class Card:
    """A keyword line with its continuations.

    ``compact`` is the keyword in upper case without '*' and blanks, as it stands; ``keyword`` is
    what the solver takes it for, ``compact`` itself when it knows none.
    """

    compact: str
    keyword: str
    parameters: tuple[Parameter, ...]
    line: int
    after_equals: str | None  # all that follows the first '=' of the first line

    def find(self, *names: str) -> Parameter | None:
        """The first parameter of one of these names."""
        return next((p for p in self.parameters if p.name in names), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A file that a card names. ``endings`` are tried behind the name when it has none itself."""

    written: str
    line: int
    kind: Kind
    required: bool = True
    endings: tuple[str, ...] = ()


def text_of(raw: bytes) -> str:
    """``raw`` as text: UTF-8, else Latin-1 (what older editors on Windows write)."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def compact(raw: bytes) -> str:
    """Upper case without blanks and line end, as both solvers compare keywords."""
    return raw.translate(None, b" \t\r").decode("latin-1").upper()


def is_comment(line: Line) -> bool:
    """Whether the line (which begins with '*') is a comment: its second character is '*' too."""
    return line.text.translate(None, b" \t").startswith(b"**")


def unquoted(raw: bytes) -> str:
    """The text of a value without outer blanks and one pair of double quotes."""
    text = text_of(raw.strip(b" \t\r"))
    if text.startswith('"'):
        inner, closing, _ = text[1:].partition('"')
        return inner.strip() if closing else text
    return text


def split_card(lines: Sequence[Line]) -> tuple[str, tuple[Parameter, ...], str | None]:
    """Keyword, parameters, and what follows the first '=', of a card's lines."""
    first = lines[0].text.lstrip(b" \t")[1:]
    fields = [(lines[0].number, field) for field in _FIELD.findall(first)]
    for line in lines[1:]:
        fields += [(line.number, field) for field in _FIELD.findall(line.text)]
    keyword = compact(fields[0][1]) if fields and not first.startswith(b",") else ""
    parameters = []
    for number, field in fields[1:]:
        name, equals, value = field.partition(b"=")
        if compact(name):
            known = unquoted(value) if equals else None
            parameters.append(Parameter(compact(name), known, number))
    rest = first.partition(b"=")
    return keyword, tuple(parameters), unquoted(rest[2]) if rest[1] else None


def relative_name(written: str, *, keeps_blanks: bool) -> str | None:
    """The name to open in the deck's folder, with '/', or None when it lies outside of it.

    Outside are absolute paths, drive letters, UNC names and what '..' takes out of the folder;
    also names that no system can open (empty, or with a zero byte).
    """
    name = written if keeps_blanks else written.replace(" ", "").replace("\t", "")
    name = name.replace("\\", "/")
    if not name or "\0" in name or name.startswith("/") or _DRIVE.match(name):
        return None
    name = posixpath.normpath(name)
    return None if name in {".", ".."} or name.startswith("../") else name
