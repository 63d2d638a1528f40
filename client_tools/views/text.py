"""Texts for people: ages, times, and names that cannot play tricks on a terminal."""

import re

_TRICKY = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    """The text with its control characters as codes.

    Anybody may drop a file whose name moves the cursor or rewrites the screen.
    """
    return _TRICKY.sub(lambda match: f"\\x{ord(match[0]):02x}", text)


def duration(seconds: float) -> str:
    """``4 s``, ``4 min``, ``2 h 07 min``, ``3 d 4 h``: a duration at a glance."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60:02} min"
    return f"{whole // 86400} d {whole % 86400 // 3600} h"


def bar(percent: float, width: int) -> str:
    """A bar of so many characters."""
    filled = round(width * min(100.0, max(0.0, percent)) / 100)
    return "█" * filled + "░" * (width - filled)
