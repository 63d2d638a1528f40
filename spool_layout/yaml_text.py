"""Reading and writing the small YAML files of a spool, with hostile text in mind.

The text is parsed to events (by libyaml where there is one) and built here, because the stock
constructors accept what must not pass on a shared drive: aliases that unfold to gigabytes,
keys given twice of which one is lost, ``no`` that turns into False and ``12:30`` that turns
into 750. Scalars are read by the YAML 1.2 core rules; a field that wants a flag takes yes/no
from the text.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any, NoReturn

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from spool_layout.errors import FormatError
from spool_layout.plain_yaml import Plain, Word, plain_fields

SIZE_LIMIT_BYTES = 256 * 1024
DEPTH_LIMIT = 12
NAME_LENGTH_MAX = 200

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"[-+]?[0-9]{1,100}\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_WORDS = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_WORDS |= {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}  # type: ignore[dict-item]
_WORD = re.compile(r"(?!(?i:true|false|null|yes|no|on|off|y|n)\Z)[A-Za-z_/][A-Za-z0-9_./+-]*\Z")
_PLAIN = re.compile(r"[A-Za-z0-9_./+-][A-Za-z0-9_./+ @-]*\Z")
_NOT_PLAIN = re.compile(
    r"[-+.]?[0-9.]|[-?:]( |\Z)|---|\.\.\.|.* \Z|(?i:true|false|null|yes|no|on|off|y|n)\Z"
)
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")


class Section(dict[str, Any]):
    """A mapping of the text that remembers the line of each of its keys (1-based)."""

    __slots__ = ("line", "lines", "source")

    def __init__(self, source: str, line: int) -> None:
        super().__init__()
        self.source = source
        self.line = line
        self.lines: dict[str, int] = {}


def load_mapping(text: str | bytes, *, source: str) -> Section:
    """The one mapping that the text holds.

    ``source`` names the file in errors. Raises FormatError, with the line, for text that is
    too large or too deep, is no YAML, is not UTF-8, holds aliases or tags, gives a key twice,
    or holds anything but one mapping.
    """
    if len(text) > SIZE_LIMIT_BYTES:
        raise FormatError(
            f"holds {len(text)} bytes; at most {SIZE_LIMIT_BYTES} are read",
            source=source,
            cure="This file is meant to be a short text. Put the data into the deck's own files.",
        )
    decoded = _decoded(text, source)
    plain = plain_fields(decoded)
    if plain is not None:
        with suppress(_GivenTwice):
            return _plain_section(plain, source)
    return _loaded(decoded, source)


def _loaded(text: str, source: str) -> Section:
    events = _events(text, source)
    for event in events:
        if isinstance(event, DocumentStartEvent):
            break
    first = next(events, None)
    if not isinstance(first, MappingStartEvent):
        raise FormatError("must hold 'name: value' lines", source=source, line=1)
    _refuse_marks(first, source)
    document = _mapping(events, first, source, depth=1)
    if any(isinstance(event, DocumentStartEvent) for event in events):
        raise FormatError("must hold one document, found a second '---'", source=source)
    return document


class _GivenTwice(Exception):
    """For the library to tell of."""


def _plain_section(fields: Sequence[Plain] | Sequence[Word], source: str) -> Section:
    section = Section(source, fields[0][1])
    for name, line, value in fields:
        if name in section:
            raise _GivenTwice
        section.lines[name] = line
        if isinstance(value, str):
            section[name] = _plain_scalar(value)
        elif isinstance(value[0], tuple):
            section[name] = _plain_section(value, source)
        else:
            section[name] = [_plain_section(item, source) for item in value]
    return section


def _plain_scalar(value: str) -> str | int | bool | None:
    """As ``_scalar`` of a value of ``plain_fields``: quoted, of digits only, or one word."""
    if value[0] == '"':
        return value[1:-1]
    return int(value) if value[0] in "0123456789" else _WORDS.get(value, value)


def _decoded(text: str | bytes, source: str) -> str:
    if isinstance(text, str):
        return text
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        raise FormatError(
            "is not UTF-8 text", source=source, line=line, cure="Save the file as UTF-8."
        ) from None


def _events(text: str, source: str) -> Iterator[Event]:
    try:
        yield from yaml.parse(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        _not_yaml(error, source)
    except UnicodeError:
        raise FormatError("is not valid Unicode", source=source) from None


def _not_yaml(error: yaml.YAMLError, source: str) -> NoReturn:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "cannot be read"
    column = f" (column {mark.column + 1})" if mark else ""
    raise FormatError(
        f"is not valid YAML: {problem}{column}",
        source=source,
        line=mark.line + 1 if mark else None,
        cure="Write 'name: value' lines; put values with ': ' or '#' in quotes; indent by blanks.",
    ) from None


def _mapping(events: Iterator[Event], start: Event, source: str, depth: int) -> Section:
    section = Section(source, _line(start))
    for event in events:
        if isinstance(event, MappingEndEvent):
            return section
        line = _line(event)
        if not isinstance(event, ScalarEvent):
            raise FormatError("a name must be one word", source=source, line=line)
        _refuse_marks(event, source)
        if len(event.value) > NAME_LENGTH_MAX:  # YAML itself takes no longer one before a ':'
            raise FormatError(
                f"a name has more than {NAME_LENGTH_MAX} characters", source=source, line=line
            )
        if event.value in section:
            raise FormatError(
                f"'{event.value}' is given twice (first in line {section.lines[event.value]})",
                source=source,
                line=line,
                cure="Remove one of the two lines.",
            )
        section.lines[event.value] = line
        section[event.value] = _value(events, next(events), source, depth)
    raise AssertionError("the parser closes every mapping")  # pragma: no cover


def _value(events: Iterator[Event], event: Event, source: str, depth: int) -> Any:
    _refuse_marks(event, source)
    if depth >= DEPTH_LIMIT:
        raise FormatError(f"nested deeper than {DEPTH_LIMIT}", source=source, line=_line(event))
    if isinstance(event, MappingStartEvent):
        return _mapping(events, event, source, depth + 1)
    if isinstance(event, SequenceStartEvent):
        items: list[Any] = []
        for item in events:
            if isinstance(item, SequenceEndEvent):
                return items
            items.append(_value(events, item, source, depth + 1))
    if isinstance(event, ScalarEvent):
        return _scalar(event.value) if event.implicit[0] else event.value
    raise AssertionError(f"no other event starts a value: {event}")  # pragma: no cover


def _refuse_marks(event: Event, source: str) -> None:
    if isinstance(event, AliasEvent) or getattr(event, "anchor", None):
        raise FormatError("anchors and aliases are not taken", source=source, line=_line(event))
    tag = getattr(event, "tag", None)
    if tag not in (None, "!"):
        raise FormatError(f"the tag {tag} is not taken", source=source, line=_line(event))


def _line(event: Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _scalar(text: str) -> str | int | float | bool | None:
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.match(text):
        return int(text)
    if _FLOAT.match(text) and math.isfinite(number := float(text)):
        return number
    return text


def dump(mapping: Mapping[str, Any]) -> str:
    """The mapping as YAML that ``load_mapping`` reads back equal, one field a line.

    Keys keep their order. Half a surrogate, which no YAML can hold, becomes U+FFFD. Raises
    ValueError for a number that is not finite, TypeError for what is no plain value. Written by hand because a submission's cost is mostly this: the
    stock emitter takes longer than making the file.
    """
    if not mapping:
        return "{}\n"
    lines: list[str] = []
    _dump_mapping(mapping, "", lines)
    return "\n".join(lines) + "\n"


def _dump_mapping(mapping: Mapping[str, Any], indent: str, lines: list[str]) -> None:
    for key, value in mapping.items():
        if isinstance(value, str):  # first, being most and quickest
            lines.append(f"{indent}{_name(key)}: {_text(value)}")
        elif isinstance(value, Mapping) and value:
            lines.append(f"{indent}{_name(key)}:")
            _dump_mapping(value, indent + "  ", lines)
        elif isinstance(value, (list, tuple)) and any(isinstance(v, Mapping) for v in value):
            lines.append(f"{indent}{_name(key)}:")
            lines.extend(f"{indent}  - {_inline(item)}" for item in value)
        else:
            lines.append(f"{indent}{_name(key)}: {_inline(value)}")


def _inline(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"no YAML for {value} that is read back equal")
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_name(k)}: {_inline(v)}" for k, v in value.items()) + "}"
    if isinstance(value, Sequence):
        return "[" + ", ".join(map(_inline, value)) + "]"
    raise TypeError(f"no YAML for {type(value).__name__}")


@lru_cache(maxsize=512)  # names of fields come again with each ticket
def _name(text: str) -> str:
    return _text(text)


def _text(text: str) -> str:
    if _WORD.match(text) or (_PLAIN.match(text) and not _NOT_PLAIN.match(text)):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + _UNPRINTABLE.sub(lambda m: _escape(ord(m[0])), escaped) + '"'


def _escape(code: int) -> str:
    if 0xD800 <= code <= 0xDFFF:
        return "\ufffd"
    return {10: "\\n", 9: "\\t"}.get(code) or (
        f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    )
