"""What a site lets jobs use beyond their claim, and how little room is too little."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from spool_layout.fields import Fields
from spool_layout.units import parse_size_bytes

TOLERANCE: Final = 0.1
TOLERANCE_MAX: Final = 10.0
SCRATCH_LOW_BYTES: Final = 256 * 1024 * 1024
SHARE_LOW_BYTES: Final = 64 * 1024 * 1024
_FIELDS: Final = ("memory", "memory_tolerance", "scratch_low", "share_low")


class OverMemory(StrEnum):
    """What is done about a job that uses more memory than it has asked for."""

    OFF = "off"
    WARN = "warn"
    END = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The site's policy. ``memory_tolerance`` is a fraction of what a job has asked for.

    With less than ``scratch_low_bytes`` free a node claims nothing; with less than a quarter of
    it one of its jobs may be ended. With less than ``share_low_bytes`` free on the spool's share
    nothing is claimed or published: the rest is for heartbeats and tickets.
    """

    memory: OverMemory = OverMemory.WARN
    memory_tolerance: float = TOLERANCE
    scratch_low_bytes: int = SCRATCH_LOW_BYTES
    share_low_bytes: int = SHARE_LOW_BYTES


def parse_limits(f: Fields) -> Limits:
    """The policy that ``limits`` of ``spool.yaml`` gives. Raises FormatError naming the field."""
    word: Any = f.raw("memory")
    word = "off" if word is False else str(word or OverMemory.WARN)  # YAML takes off for a flag
    if word not in set(OverMemory):
        f.refuse("memory", f"must be off, warn or end, not '{word}'")
    limits = Limits(
        memory=OverMemory(word),
        memory_tolerance=f.parsed("memory_tolerance", TOLERANCE, parse_share),
        scratch_low_bytes=f.parsed("scratch_low", SCRATCH_LOW_BYTES, parse_size_bytes),
        share_low_bytes=f.parsed("share_low", SHARE_LOW_BYTES, parse_size_bytes),
    )
    f.refuse_unknown(_FIELDS)
    return limits


def parse_share(text: str | float) -> float:
    """``10 %`` as 0.1. Raises ValueError with the reason."""
    number, percent, rest = str(text).partition("%")
    try:
        share = float(number) / 100
    except ValueError:
        share = -1.0
    if not percent or rest.strip() or not 0 <= share <= TOLERANCE_MAX:
        raise ValueError(f"'{text}' is not a part such as '10 %'")
    return share
