"""A file in ``requests/`` by which somebody asks nodes for something.

Its name says what a listing must tell: of whom it is asked, what, and which request it is. The
file's owner is who asks.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from spool_layout.errors import BadName
from spool_layout.fields import FORMAT_VERSION, Fields
from spool_layout.names import SUFFIX_ALPHABET, SUFFIX_LENGTH, check_node_name
from spool_layout.ticket import format_time, parse_time
from spool_layout.yaml_text import dump, load_mapping

_DOCTOR = re.compile(
    rf"(?P<node>[a-z0-9-]{{1,32}})\.(?P<meeting>[{SUFFIX_ALPHABET}]{{{SUFFIX_LENGTH}}})"
    r"\.doctor\.yaml\Z"
)


class Verb(StrEnum):
    """What can be asked for."""

    CANCEL = "cancel"
    DOCTOR = "doctor"


@dataclass(frozen=True, slots=True)
class Request:
    """``job`` is whose run is to end; ``node`` and ``meeting`` who is to measure with whom."""

    verb: str
    job: str
    asked: datetime
    by: str = ""
    why: str = ""
    node: str = ""
    meeting: str = ""


def format_request(request: Request) -> str:
    """The request as YAML; ``parse_request`` reads it back equal."""
    document: dict[str, Any] = {"wam": FORMAT_VERSION, "verb": str(request.verb)}
    if request.verb == Verb.DOCTOR:
        document |= {"node": request.node, "meeting": request.meeting}
    else:
        document["job"] = request.job
    document |= {"asked": format_time(request.asked), "by": request.by, "why": request.why}
    return dump(document)


def parse_request(text: str | bytes, *, source: str) -> Request:
    """The request. Raises FormatError."""
    f = Fields(load_mapping(text, source=source))
    f.version()
    verb = f.text("verb")
    if verb not in set(Verb):
        known = ", ".join(Verb)
        f.refuse("verb", f"'{verb}' is not something to ask for", cure=f"Known are: {known}.")
    return Request(
        verb=verb,
        job=f.text("job"),
        asked=f.parsed("asked", None, parse_time) or parse_time("1970-01-01"),
        by=f.text("by"),
        why=f.text("why"),
        node=f.text("node"),
        meeting=f.text("meeting"),
    )


def doctor_request_name(node: str, meeting: str) -> str:
    """The name of the file by which a node is asked to measure the share with somebody."""
    return f"{node}.{meeting}.doctor.yaml"


def parse_doctor_request_name(name: str) -> tuple[str, str] | None:
    """(node, meeting) of such a name, or None."""
    match = _DOCTOR.match(name)
    if not match:
        return None
    try:
        check_node_name(match["node"])
    except BadName:
        return None
    return match["node"], match["meeting"]
