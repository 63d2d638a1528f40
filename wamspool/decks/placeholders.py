"""Places in a deck that a parameter study fills: ``{{T}}``.

No keyword, expression or number of a deck has two braces in a row: Abaqus writes its own
parameters ``<T>``, and CalculiX has none.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from wamspool.decks.source import DeckSource
from wamspool.errors import BadInput

_PLACE: Final = re.compile(rb"\{\{[ \t]*([A-Za-z][A-Za-z0-9_]*)[ \t]*\}\}")
_OPENS: Final = b"{{"
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}\Z")
VALUE_LENGTH_MAX: Final = 200


def is_parameter_name(text: str) -> bool:
    """Whether a placeholder can be called so. Upper and lower case are two names."""
    return bool(_NAME.match(text))


def problem_of_value(value: str) -> str | None:
    """Why the text cannot stand in a deck in the place of a placeholder; None: it can."""
    if not value.strip():
        return "is empty"
    if len(value) > VALUE_LENGTH_MAX:
        return f"is longer than {VALUE_LENGTH_MAX} characters"
    if not value.isprintable():
        return "has control characters"
    return "has braces" if "{" in value or "}" in value else None


def placeholders_in(pieces: Iterable[bytes], *, file: str) -> dict[str, int]:
    """Each placeholder of the text, and the first line with it.

    Raises BadInput for two braces that begin none.
    """
    found: dict[str, int] = {}
    for number, line in enumerate(_lines(pieces), start=1):
        if _OPENS not in line:
            continue
        for match in _PLACE.finditer(line):
            found.setdefault(match[1].decode(), number)
        if _OPENS in _PLACE.sub(b"", line):
            raise BadInput(
                f"{file}:{number}: '{{{{' begins no placeholder",
                cure="Write {{NAME}}, the name of letters, digits and '_'.",
            )
    return found


def filled(pieces: Iterable[bytes], values: Mapping[str, str]) -> Iterator[bytes]:
    """The text with the values in the places; lines keep their numbers."""
    told = {name.encode(): value.encode() for name, value in values.items()}
    for line in _lines(pieces):
        if _OPENS in line:
            yield _PLACE.sub(lambda match: told.get(match[1], match[0]), line)
        else:
            yield line


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        yield from (line + b"\n" for line in whole)
    if rest:
        yield rest


@dataclass(frozen=True, slots=True)
class FilledSource:
    """A deck's folder in which the deck itself is filled; what it includes stays as it is."""

    inside: DeckSource
    deck: str
    values: Mapping[str, str]

    def read(self, name: str) -> Iterable[bytes] | None:
        """The file as it will be submitted."""
        pieces = self.inside.read(name)
        return filled(pieces, self.values) if pieces is not None and name == self.deck else pieces

    def names(self) -> Collection[str]:
        """The files of the folder."""
        return self.inside.names()
