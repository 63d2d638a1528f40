"""What may be written behind a setting's name: how it is read, and how it is shown again."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, Final

from node_service.gpus import find_gpus, parse_gpus
from node_service.licence_settings import parse_queries, queries_plain, queries_shown
from spool_layout.errors import FormatError
from spool_layout.fields import Fields
from spool_layout.names import check_node_name
from spool_layout.units import (
    format_duration,
    format_size,
    parse_duration_s,
    parse_rate_bytes_s,
    parse_size_bytes,
)
from spool_layout.yaml_text import Section

PATH_LENGTH_MAX: Final = 4096
COUNT_MAX: Final = 1_000_000
FILE_LEAST_BYTES: Final = 64 << 10


@dataclass(frozen=True, slots=True)
class Kind:
    """``words`` says what it is, for people. ``read`` takes the value of the setting that stands
    under this name, and raises FormatError with its line. ``show`` tells a value to people,
    ``plain`` to programs, as JSON can hold it. ``word`` reads it from a command line, where that differs: there paths begin from the folder
    where one is.
    """

    words: str
    read: Callable[[Fields, str], Any]
    show: Callable[[Any], str] = str
    plain: Callable[[Any], object] = str
    word: Callable[[str], Any] | None = None


def count(words: str = "a count", *, least: int = 0) -> Kind:
    """A whole number from ``least`` on."""
    return Kind(words, lambda f, name: f.integer(name, 0, least=least, most=COUNT_MAX), plain=int)


def _size(fields: Fields, name: str) -> int:
    return fields.parsed(name, 0, parse_size_bytes)


def _file_size(fields: Fields, name: str) -> int:
    if (size_bytes := _size(fields, name)) < FILE_LEAST_BYTES:
        fields.refuse(name, f"must be at least {format_size(FILE_LEAST_BYTES)}")
    return size_bytes


def _duration(fields: Fields, name: str) -> float:
    return fields.parsed(name, 0.0, parse_duration_s)


def _longer_than_nothing(fields: Fields, name: str) -> float:
    if (duration_s := _duration(fields, name)) <= 0:
        fields.refuse(name, "must be more than nothing")
    return duration_s


def _flag(fields: Fields, name: str) -> bool:
    return fields.flag(name, default=False)


def _location(fields: Fields, name: str) -> str:
    text = fields.text(name, length_max=PATH_LENGTH_MAX)
    return text if "://" in text else _whole_path(fields, name, text)


def _folder(fields: Fields, name: str) -> Path:
    return Path(_whole_path(fields, name, fields.text(name, length_max=PATH_LENGTH_MAX)))


def _whole_path(fields: Fields, name: str, text: str) -> str:
    if not (PurePosixPath(text).is_absolute() or PureWindowsPath(text).is_absolute()):
        fields.refuse(
            name,
            f"must be a whole path, not '{text}'",
            cure="Write it from the root on: a service has no folder of its own to begin from.",
        )
    return text


def _node_name(fields: Fields, name: str) -> str:
    text = fields.text(name)
    try:
        return check_node_name(text)
    except FormatError as error:
        fields.refuse(name, error.problem, cure=error.cure)


def _gpus(fields: Fields, name: str) -> tuple[int, ...]:
    value = fields.raw(name)
    listed = ",".join(map(str, [*value, ""])) if isinstance(value, list) else str(value)
    try:
        return _numbers(listed)
    except ValueError as error:
        fields.refuse(name, str(error))


def _numbers(text: str) -> tuple[int, ...]:
    numbers = parse_gpus(text)
    return find_gpus() if numbers is None else numbers


def _rate(fields: Fields, name: str) -> float:
    return fields.parsed(name, 0.0, parse_rate_bytes_s)


def one_of(*words: str) -> Kind:
    """One of these words."""

    def read(fields: Fields, name: str) -> str:
        word = fields.text(name)
        if word not in words:
            fields.refuse(name, f"must be one of {', '.join(words)}, not '{word}'")
        return word

    return Kind(f"one of {', '.join(words)}", read)


SIZE: Final = Kind("a size", _size, format_size, int)
FILE_SIZE: Final = Kind("a size", _file_size, format_size, int)
PERIOD: Final = Kind("a duration", _longer_than_nothing, format_duration, float)
RATE: Final = Kind("a size a second", _rate, lambda rate: f"{format_size(rate)}/s", float)
GPUS: Final = Kind(
    "a count of GPUs, a list of their numbers, or auto",
    _gpus,
    lambda numbers: ", ".join(map(str, numbers)),
    list,
    _numbers,
)
FLAG: Final = Kind("yes or no", _flag, lambda flag: "yes" if flag else "no", bool)
LOCATION: Final = Kind("a folder or an address", _location, word=str)
FOLDER: Final = Kind("a folder, from the root on", _folder, word=Path)
FILE: Final = Kind("a file, from the root on", _folder, word=Path)
LICENCES: Final = Kind(
    "a mapping of licence pools to queries", parse_queries, queries_shown, queries_plain
)
NODE_NAME: Final = Kind("a name of a-z, 0-9 and '-'", _node_name, word=check_node_name)
WORDS: Final = Kind("a list of words", lambda fields, name: fields.texts(name), ", ".join, list)
MAPPING: Final = Kind(
    "a mapping of 'name: text' lines",
    lambda fields, name: fields.mapping_of_texts(name),
    lambda texts: ", ".join(f"{name}={text}" for name, text in texts.items()),
    dict,
)


def read_word(kind: Kind, name: str, text: str) -> object:
    """What this text means where it stands for the setting on a command line.

    Raises ValueError with the reason, BadName for what cannot be a node's name.
    """
    if kind.word:
        return kind.word(text)
    section = Section("", 0)
    section[name] = int(text) if text.isdecimal() and len(text) < 20 else text
    try:
        return kind.read(Fields(section), name)
    except FormatError as error:
        raise ValueError(error.problem.removeprefix(f"{name}: ")) from None
