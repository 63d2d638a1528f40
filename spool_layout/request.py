"""A file in ``requests/`` by which somebody asks nodes for something.

Its name says what a listing must tell: whom it concerns, what is asked, and which request it is.
The file's owner is who asks. Who may not is told by another file, beside it:

    <job>.<mark>.cancel.yaml     <job>.<mark>.requeue.yaml      answered by whoever holds the job
    <job>.<mark>.suspend.yaml    <job>.<mark>.unsuspend.yaml    the same
    <node>.<mark>.drain.yaml     <node>.<mark>.resume.yaml      answered by the node
    <node>.<mark>.doctor.yaml                                   see wamspool.probe
    <request>.refused.yaml                                      why it was not done
"""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from spool_layout.errors import BadName
from spool_layout.fields import FORMAT_VERSION, Fields
from spool_layout.names import SUFFIX_ALPHABET, SUFFIX_LENGTH, check_node_name, is_job_name
from spool_layout.ticket import format_time, parse_time
from spool_layout.yaml_text import dump, load_mapping

_MARK = rf"[{SUFFIX_ALPHABET}]{{{SUFFIX_LENGTH}}}"
_DOCTOR = re.compile(rf"(?P<node>[a-z0-9-]{{1,32}})\.(?P<meeting>{_MARK})\.doctor\.yaml\Z")
_WATCH = re.compile(rf"(?P<job>[a-z0-9][a-z0-9_-]{{0,45}})\.{_MARK}\.watch\.yaml\Z")
_ACTING = re.compile(
    rf"(?P<subject>[a-z0-9][a-z0-9_-]{{0,45}})(?:\.(?P<mark>{_MARK}))?"
    r"\.(?P<verb>cancel|requeue|suspend|unsuspend|drain|resume)(?P<refused>\.refused)?\.yaml\Z"
)


class Verb(StrEnum):
    """What can be asked for."""

    CANCEL = "cancel"
    REQUEUE = "requeue"
    SUSPEND = "suspend"
    UNSUSPEND = "unsuspend"
    DRAIN = "drain"
    RESUME = "resume"
    DOCTOR = "doctor"


ENDING: Final = frozenset({Verb.CANCEL, Verb.REQUEUE})
"""These end a job's run."""
SUSPENDING: Final = frozenset({Verb.SUSPEND, Verb.UNSUSPEND})
"""These have it stand still, and go on. ``resume`` is for nodes: names of both look alike."""
OF_JOBS: Final = ENDING | SUSPENDING


@dataclass(frozen=True, slots=True)
class RequestName:
    """What the name of a request that acts on a job or a node says. ``mark`` may be empty."""

    subject: str
    mark: str
    verb: Verb

    @property
    def file_name(self) -> str:
        """The request's file; ``parse_request_name`` reads it back equal."""
        mark = f".{self.mark}" if self.mark else ""
        return f"{self.subject}{mark}.{self.verb}.yaml"

    @property
    def refusal(self) -> str:
        """The file that says why it was not done."""
        return f"{self.file_name.removesuffix('.yaml')}.refused.yaml"


def parse_request_name(name: str) -> RequestName | None:
    """What the name says, or None where it is no such request's."""
    return _parsed(name, refused=False)


def parse_refusal_name(name: str) -> RequestName | None:
    """The request that the file of this name refuses, or None."""
    return _parsed(name, refused=True)


def _parsed(name: str, *, refused: bool) -> RequestName | None:
    match = _ACTING.match(name)
    if not match or bool(match["refused"]) != refused:
        return None
    parsed = RequestName(match["subject"], match["mark"] or "", Verb(match["verb"]))
    if parsed.verb in OF_JOBS:
        return parsed if is_job_name(parsed.subject) else None
    try:
        check_node_name(parsed.subject)
    except BadName:
        return None
    return parsed


@dataclass(frozen=True, slots=True)
class Request:
    """``job`` is whose run is meant; ``node`` and ``meeting`` who is to measure with whom.

    ``generation``: all but to cancel is asked of this claim of the job alone, not of a later one.
    """

    verb: str
    job: str
    asked: datetime
    by: str = ""
    why: str = ""
    node: str = ""
    meeting: str = ""
    generation: int = 0

    @property
    def subject(self) -> str:
        """The job or the node that it concerns."""
        return self.job if self.verb in OF_JOBS else self.node


def format_request(request: Request) -> str:
    """The request as YAML; ``parse_request`` reads it back equal."""
    document: dict[str, Any] = {"wam": FORMAT_VERSION, "verb": str(request.verb)}
    if request.verb in OF_JOBS:
        document["job"] = request.job
        if request.generation:
            document["generation"] = request.generation
    else:
        document["node"] = request.node
    if request.verb == Verb.DOCTOR:
        document["meeting"] = request.meeting
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
        generation=f.integer("generation", 0, least=0, most=10**9),
    )


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request was not done: ``who`` is whom the share says to have asked."""

    node: str
    who: str
    why: str


def format_refusal(refusal: Refusal) -> str:
    """The refusal as YAML; ``parse_refusal`` reads it back equal."""
    said = {"node": refusal.node, "who": refusal.who, "why": refusal.why}
    return dump({"wam": FORMAT_VERSION, **said})


def parse_refusal(text: str | bytes, *, source: str) -> Refusal:
    """The refusal. Raises FormatError."""
    f = Fields(load_mapping(text, source=source))
    f.version()
    return Refusal(f.text("node"), f.text("who"), f.text("why", length_max=4000))


def watch_request_name(job: str, mark: str) -> str:
    """The name of the file by which somebody asks to be shown the texts of a running job."""
    return f"{job}.{mark}.watch.yaml"


def parse_watch_request_name(name: str) -> str | None:
    """The job of such a name, or None."""
    match = _WATCH.match(name)
    return match["job"] if match and is_job_name(match["job"]) else None


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
