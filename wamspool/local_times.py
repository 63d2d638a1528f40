"""Moments for people: in the zone of the machine on which they are read.

Files of the spool say times in UTC, and so do the sentences in them. Somebody who reads two of them
in two zones reckons wrongly.
"""

import re
from datetime import datetime
from typing import Final

_MOMENT: Final = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z")


def local_time(moment: datetime | None) -> str:
    """The moment in this machine's zone, to the second; '-' when it is not known."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}" if moment else "-"


def with_local_times(text: str) -> str:
    """The sentence, which a node wrote, with its moments in this machine's zone."""
    return _MOMENT.sub(_shown, text)


def _shown(found: re.Match[str]) -> str:
    try:
        return local_time(datetime.fromisoformat(found[0]))
    except (ValueError, OverflowError):  # the 30th of February, or a year before all years
        return found[0]
