"""Sizes, durations, priorities and counts as people write them, and back."""

import re
from typing import Final

_SIZE = re.compile(r"\s*([0-9]{1,20}(?:\.[0-9]{1,20})?)\s*([kKmMgGtT]?)(i?)[bB]?\s*\Z")
_SIZE_POWER: Final = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}
_CLOCK = re.compile(r"\s*([0-9]{1,20}):([0-5][0-9])(?::([0-5][0-9]))?\s*\Z")
_DURATION = re.compile(r"([0-9]{1,20}(?:\.[0-9]{1,20})?)\s*([a-z]*)\s*")
_SECONDS: Final = {"": 1, "s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600, "d": 86400, "w": 604800}
# More than any machine has, and still written without an exponent, so that it is read back.
SIZE_MAX_BYTES: Final = 2**60
DURATION_MAX_S: Final = 100 * 366 * 86400
PRIORITY_WORDS: Final = {"high": 2, "normal": 5, "low": 8}
PRIORITY_NORMAL: Final = 5


def parse_size_bytes(text: str | float) -> int:
    """``16 GB``, ``500M``, ``1.5 TiB`` or bytes as a number; 1 kB is 1024 bytes, as Explorer counts.

    Raises ValueError with the reason.
    """
    match = _SIZE.match(str(text))
    size_bytes = _exactly(match[1], 1024 ** _SIZE_POWER[match[2].lower()]) if match else -1
    if not 0 <= size_bytes <= SIZE_MAX_BYTES:
        raise ValueError(f"'{text}' is not a size such as '16 GB' or '500 MB'")
    return size_bytes


def parse_rate_bytes_s(text: str | float) -> float:
    """``50 MB/s``, or bytes a second as a number. Raises ValueError with the reason."""
    spelled = re.sub(r"(?i)\s*/\s*s(ec)?\s*\Z", "", str(text))
    try:
        rate_bytes_s = parse_size_bytes(spelled)
    except ValueError:
        rate_bytes_s = 0
    if not rate_bytes_s:
        raise ValueError(f"'{text}' is not a rate such as '50 MB/s'")
    return float(rate_bytes_s)


def _exactly(number: str, unit: int) -> int:
    if number.isdigit():
        return int(number) * unit
    from fractions import Fraction  # noqa: PLC0415 - brings decimal along, and few write a point

    return round(Fraction(number) * unit)


def parse_duration_s(text: str | float) -> float:
    """``12 h``, ``90 min``, ``1 d 6 h``, ``1:30`` (hours:minutes), ``0:10:00`` or seconds.

    To the millisecond. Raises ValueError with the reason.
    """
    spelled = str(text).strip().lower()
    total, end = 0.0, 0
    if clock := _CLOCK.match(spelled):
        total = int(clock[1]) * 3600 + int(clock[2]) * 60 + int(clock[3] or 0)
        end = len(spelled)
    while end < len(spelled) and (part := _DURATION.match(spelled, end)):
        if part[2] not in _SECONDS:
            break
        total += float(part[1]) * _SECONDS[part[2]]
        end = part.end()
    if not spelled or end < len(spelled) or total > DURATION_MAX_S:
        raise ValueError(f"'{text}' is not a duration such as '12 h', '90 min' or '1:30'")
    return round(total, 3)


def parse_priority(text: str | int) -> int:
    """0 (first) to 9 (last), or the words high, normal, low. Raises ValueError with the reason."""
    word = str(text).strip().lower()
    if word in PRIORITY_WORDS:
        return PRIORITY_WORDS[word]
    if len(word) == 1 and word in "0123456789":
        return int(word)
    raise ValueError(f"'{text}' is not a priority: high, normal, low, or 0 (first) to 9 (last)")


def priority_word(priority: int) -> str:
    """The word for a priority where there is one, else its digit."""
    for word, value in PRIORITY_WORDS.items():
        if value == priority:
            return word
    return str(priority)


def format_size(size_bytes: float) -> str:
    """A size for people: ``16.0 GB``; 1 kB is 1024 bytes."""
    for unit in ("B", "kB", "MB", "GB"):
        if abs(size_bytes) < 1024:
            return f"{size_bytes:.0f} {unit}" if unit == "B" else f"{size_bytes:.1f} {unit}"
        size_bytes /= 1024
    return f"{size_bytes:.1f} TB"


def format_duration(duration_s: float) -> str:
    """A duration for people: ``3.2 s``, ``4 min 05 s``, ``2 h 07 min``, ``3 d 4 h``."""
    if round(duration_s, 1) < 60:
        return f"{round(duration_s, 1) + 0.0:.1f} s"  # not -0.0, of times cut to milliseconds
    whole_s = round(duration_s)
    if whole_s < 3600:
        return f"{whole_s // 60} min {whole_s % 60:02} s"
    if whole_s < 86400:
        return f"{whole_s // 3600} h {whole_s % 3600 // 60:02} min"
    return f"{whole_s // 86400} d {whole_s % 86400 // 3600} h"


def count(number: int, noun: str, plural: str = "") -> str:
    """``1 file``, ``3 files``."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"
