"""Taking typed fields out of a mapping, with errors that name file, line, field and cure."""

import re
from collections.abc import Callable, Collection
from typing import Any, NoReturn, TypeVar

from spool_layout.errors import FormatError, TooNew
from spool_layout.yaml_text import Section

T = TypeVar("T")
FORMAT_VERSION = 1
_YES = {"yes", "true", "on", "1"}
_NO = {"no", "false", "off", "0"}
TEXT_LENGTH_MAX = 1000
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f]")


def readable(text: str, *, length_max: int = TEXT_LENGTH_MAX) -> str:
    """The text as ``Fields.text`` takes it: one that is too long cut off, control characters as '?'.

    For what is written of a solver's or a command's own words, which say what they like.
    """
    plain = text if text.isprintable() else _CONTROL.sub("?", text)
    return plain if len(plain) <= length_max else f"{plain[: length_max - 3]}..."


class Fields:
    """Reads the fields of one mapping; what was never asked for is ``unknown``."""

    __slots__ = ("_asked", "_prefix", "_section")

    def __init__(self, section: Section, *, prefix: str = "") -> None:
        self._section = section
        self._prefix = prefix
        self._asked: set[str] = set()

    def refuse(self, name: str, problem: str, *, cure: str | None = None) -> NoReturn:
        """Raise FormatError about this field."""
        line = self._section.lines.get(name, self._section.line)
        raise FormatError(
            f"{self._prefix}{name}: {problem}", source=self._section.source, line=line, cure=cure
        )

    def raw(self, name: str) -> Any:
        """The value as it was read, or None."""
        self._asked.add(name)
        return self._section.get(name)

    def text(self, name: str, default: str = "", *, length_max: int = TEXT_LENGTH_MAX) -> str:
        """A short text; numbers and flags are taken as they are spelled."""
        value = self.raw(name)
        if value is None:
            return default
        if isinstance(value, (dict, list)):
            self.refuse(name, "must be one text")
        text = {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
        if len(text) > length_max:
            self.refuse(name, f"is longer than {length_max} characters")
        if not text.isprintable() and _CONTROL.search(text):  # the first is far quicker
            self.refuse(name, "has control characters")
        return text

    def integer(self, name: str, default: int, *, least: int, most: int) -> int:
        """A whole number within bounds."""
        value = self.raw(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int):
            self.refuse(name, f"must be a whole number, not '{value}'")
        if not least <= value <= most:
            self.refuse(name, f"must be {least} to {most}, not {value}")
        return value

    def flag(self, name: str, default: bool) -> bool:  # noqa: FBT001 - the default is the value
        """Yes or no."""
        value = self.raw(name)
        word = str(value).lower()
        if value is None:
            return default
        if word not in _YES | _NO:
            self.refuse(name, f"must be yes or no, not '{value}'")
        return word in _YES

    def parsed(self, name: str, default: T, parse: Callable[[Any], T]) -> T:
        """A value read by ``parse``, whose ValueError becomes an error with the line."""
        value = self.raw(name)
        if value is None:
            return default
        if isinstance(value, (dict, list, bool)):
            self.refuse(name, "must be one value")
        try:
            return parse(value)
        except ValueError as error:
            self.refuse(name, str(error))

    def texts(self, name: str, *, count_max: int = 1000) -> tuple[str, ...]:
        """A list of short texts; one text alone, or several with commas, is taken as a list."""
        value = self.raw(name)
        if value is None:
            return ()
        if isinstance(value, str):
            value = [word.strip() for word in value.split(",") if word.strip()]
        elif not isinstance(value, list):
            value = [value]
        if len(value) > count_max:
            self.refuse(name, f"has more than {count_max} entries")
        if any(isinstance(v, (dict, list)) or v is None for v in value):
            self.refuse(name, "must be a list of texts")
        return tuple(str(v) for v in value)

    def section(self, name: str) -> "Fields":
        """The fields of a mapping inside this one; none when it is absent."""
        value = self.raw(name)
        if value is None:
            value = Section(self._section.source, self._section.line)
        if not isinstance(value, Section):
            self.refuse(name, "must be a mapping of 'name: value' lines")
        return Fields(value, prefix=f"{self._prefix}{name}.")

    def sections(self, name: str) -> "tuple[Fields, ...]":
        """The fields of each mapping in a list."""
        value = self.raw(name)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(v, Section) for v in value):
            self.refuse(name, "must be a list of mappings")
        return tuple(Fields(v, prefix=f"{self._prefix}{name}[{i}].") for i, v in enumerate(value))

    def mapping_of_texts(self, name: str) -> dict[str, str]:
        """A mapping of short texts."""
        inner = self.section(name)
        return {key: inner.text(key) for key in inner.names()}

    def names(self) -> Collection[str]:
        """All names given."""
        return list(self._section)

    def unknown(self) -> dict[str, Any]:
        """The fields nobody asked for; kept, because a newer WAM may mean something by them."""
        if self._asked.issuperset(self._section):
            return {}
        return {name: v for name, v in self._section.items() if name not in self._asked}

    def refuse_misspelt(self, known: Collection[str]) -> None:
        """Raise FormatError for an unknown field that looks like a slip of a known one."""
        for name in self.unknown():
            import difflib  # noqa: PLC0415 - for a slip only

            near = difflib.get_close_matches(name, known, n=1, cutoff=0.7)
            if near:
                self.refuse(name, "is not a field", cure=f"Did you mean '{near[0]}'?")

    def refuse_unknown(self, known: Collection[str]) -> None:
        """Raise FormatError for any field that is not known."""
        self.refuse_misspelt(known)
        for name in self.unknown():
            self.refuse(name, "is not a field", cure=f"Known are: {', '.join(sorted(known))}.")

    def version(self, name: str = "wam") -> int:
        """The format's version; absent means the present one. Raises TooNew for a newer one."""
        value = self.integer(name, FORMAT_VERSION, least=1, most=10**6)
        if value > FORMAT_VERSION:
            raise TooNew(
                f"has format {value}; this WAM reads up to format {FORMAT_VERSION}",
                source=self._section.source,
                line=self._section.lines.get(name),
            )
        return value
