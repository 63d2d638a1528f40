"""The other files of a spool: how a job ended, what a node is doing, who did what.

Records that people open (outcome) are YAML; those that machines rewrite every few
seconds or append to (node status, journal) are JSON, because reading twenty of them as YAML
would be most of the time of ``wam status``.
"""

import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime
from types import UnionType
from typing import Any, Final, TypeVar, get_args, get_origin

from spool_layout.errors import FormatError, TooNew
from spool_layout.fields import FORMAT_VERSION, Fields, readable
from spool_layout.states import Outcome
from spool_layout.ticket import format_time, parse_time
from spool_layout.yaml_text import dump, load_mapping

T = TypeVar("T")
LONG_MAX: Final = 4000
LISTED_MAX: Final = 1000
LISTED_BYTES_MAX: Final = 48 * 1024


@dataclass(frozen=True, slots=True)
class Evidence:
    """One line of a solver's output that proves what an outcome says."""

    file: str
    line: int | None
    text: str


@dataclass(frozen=True, slots=True)
class OutcomeRecord:
    """How a job ended. ``reason`` is a short code, ``sentence`` what a person reads.

    ``tokens`` of ``pool`` were held by the run; a run that held none has no pool.
    """

    job: str
    outcome: Outcome
    reason: str
    sentence: str
    attempt: int = 0
    node: str | None = None
    started: datetime | None = None
    ended: datetime | None = None
    exit_code: int | None = None
    signal: str | None = None
    cpu_s: float | None = None
    memory_peak_bytes: int | None = None
    solver_version: str = ""
    by: str = ""
    lines: tuple[Evidence, ...] = ()
    warnings: tuple[str, ...] = ()
    warning_count: int = 0
    results: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()
    tokens: int | None = None
    pool: str = ""


def format_outcome(record: OutcomeRecord) -> str:
    """The record as YAML; ``parse_outcome`` reads it back equal, but for what no outcome may hold:
    overlong texts and lists are cut off, control characters are '?'.

    A job whose outcome cannot be read is lost to all who ask for it, and the words in it are
    those of solvers, of hooks and of their files.
    """
    document: dict[str, Any] = {"wam": FORMAT_VERSION}
    record = _readable(record)
    for one in fields(record):
        value = getattr(record, one.name)
        if value is None or value in ((), ""):
            continue
        document[one.name] = format_time(value) if isinstance(value, datetime) else value
    document["outcome"] = str(record.outcome)
    if record.lines:
        document["lines"] = [asdict(line) for line in record.lines]
    return dump(document)


def _readable(record: OutcomeRecord) -> OutcomeRecord:
    lines = (
        replace(line, file=readable(line.file), text=readable(line.text, length_max=LONG_MAX))
        for line in record.lines
    )
    return replace(
        record,
        reason=readable(record.reason),
        sentence=readable(record.sentence, length_max=LONG_MAX),
        solver_version=readable(record.solver_version),
        by=readable(record.by),
        lines=tuple(_first(lines, lambda line: line.file + line.text)),
        warnings=tuple(_first(map(readable, record.warnings), str)),
        results=tuple(_first(record.results, str)),
        earlier=tuple(_first(map(readable, record.earlier), str)),
    )


def _first(entries: Iterable[T], text_of: Callable[[T], str]) -> Iterator[T]:
    """As many of them as the record can hold and still be a short text."""
    left_bytes = LISTED_BYTES_MAX
    for entry in itertools.islice(entries, LISTED_MAX):
        left_bytes -= len(text_of(entry).encode("utf-8", "replace"))
        if left_bytes < 0:
            return
        yield entry


def parse_outcome(text: str | bytes, *, source: str) -> OutcomeRecord:
    """The record. Raises FormatError; a newer WAM's outcome word is refused, not guessed."""
    f = Fields(load_mapping(text, source=source))
    f.version()
    word = f.text("outcome")
    if word not in set(Outcome):
        f.refuse("outcome", f"'{word}' is not one of {', '.join(Outcome)}")
    return OutcomeRecord(
        job=f.text("job"),
        outcome=Outcome(word),
        reason=f.text("reason"),
        sentence=f.text("sentence", length_max=LONG_MAX),
        attempt=f.integer("attempt", 0, least=0, most=10**6),
        node=f.text("node") or None,
        started=f.parsed("started", None, parse_time),
        ended=f.parsed("ended", None, parse_time),
        exit_code=_number(f, "exit_code"),
        signal=f.text("signal") or None,
        cpu_s=f.parsed("cpu_s", None, float),
        memory_peak_bytes=_number(f, "memory_peak_bytes"),
        solver_version=f.text("solver_version"),
        by=f.text("by"),
        lines=tuple(
            Evidence(e.text("file"), _number(e, "line"), e.text("text", length_max=LONG_MAX))
            for e in f.sections("lines")
        ),
        warnings=f.texts("warnings"),
        warning_count=f.integer("warning_count", 0, least=0, most=10**9),
        results=f.texts("results", count_max=100_000),
        earlier=f.texts("earlier"),
        tokens=_number(f, "tokens"),
        pool=f.text("pool"),
    )


def _number(f: Fields, name: str) -> int | None:
    return None if f.raw(name) is None else f.integer(name, 0, least=-(2**62), most=2**62)


@dataclass(frozen=True, slots=True)
class JobOnNode:
    """What a node says of a job that it holds."""

    job: str
    generation: int
    phase: str  # stage-in, solving, stopping, stage-out
    attempt: int = 0
    cpus: int = 1
    memory_bytes: int = 0
    gpus: int = 0
    walltime_s: float | None = None
    started: str | None = None
    percent: float | None = None
    step: int | None = None
    steps: int | None = None
    increments: int = 0
    cutbacks: int = 0
    name: str = ""
    owner: str = ""
    note: str = ""
    suspended: str = ""  # since when it stands still, in UTC; empty while it does not
    suspended_why: str = ""
    suspend_asked: bool = False  # by somebody, who has not resumed it since
    cores_busy: float | None = None  # on the average of some seconds
    memory_used_bytes: int | None = None
    memory_peak_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class NodeStatus:
    """A node's status file. Its heartbeat is the sequence in the *name*, not a time in here.

    ``keeps_room_for`` names a waiting job for which the node leaves cores free. What is free of
    the scratch is cut to steps, so that it does not make each status another one.
    """

    node: str
    state: str  # up, closed, draining, stopped
    version: str = ""
    started: str = ""
    written: str = ""
    every_s: float = 0.0
    boot: str = ""
    cpus: int = 0
    cpus_free: int = 0
    memory_bytes: int = 0
    memory_free_bytes: int = 0
    gpus: int = 0
    gpus_free: int = 0
    kept_back: int = 0  # cores that it does not offer now
    others_cpus: int = 0  # of them those that others use, as measured
    others_memory_bytes: int = 0  # memory that it does not offer now, since others use it
    opens: str = ""  # when its hours begin, in UTC; empty where they are on, or it has none
    closes: str = ""  # when they end
    tags: tuple[str, ...] = ()
    solvers: tuple[str, ...] = ()
    jobs: tuple[JobOnNode, ...] = ()
    problems: tuple[str, ...] = ()
    keeps_room_for: str = ""
    scratch_bytes: int | None = None
    scratch_free_bytes: int | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


def but_for_use(status: NodeStatus) -> NodeStatus:
    """What the status says, without what its runs use at the moment."""
    unsaid: dict[str, Any] = dict.fromkeys(("cores_busy", "memory_used_bytes", "memory_peak_bytes"))
    return replace(status, jobs=tuple(replace(job, **unsaid) for job in status.jobs))


_ALSO: Final[dict[Any, tuple[type, ...]]] = {float: (int,), float | None: (int,)}


def format_status(status: NodeStatus) -> bytes:
    """The status as one JSON document."""
    document = {"wam": FORMAT_VERSION} | asdict(status)
    document |= document.pop("extra")
    return _json_line(document)


def parse_status(text: bytes, *, source: str) -> NodeStatus:
    """The status. Raises FormatError for what is no status file, TooNew for a newer format."""
    document = _json(text, source)
    jobs = document.pop("jobs", None) or []
    known = {f.name for f in fields(NodeStatus)} - {"extra", "jobs"}
    on_node = {f.name for f in fields(JobOnNode)}
    given: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in document.items()
        if key in known
    }
    try:
        on_it = [{key: v for key, v in job.items() if key in on_node} for job in jobs]
        for said in on_it:
            _check_kinds(JobOnNode, said)
        given["jobs"] = tuple(JobOnNode(**said) for said in on_it)
        given["extra"] = {key: value for key, value in document.items() if key not in known}
        _check_kinds(NodeStatus, given)
        return NodeStatus(**given)
    except (TypeError, AttributeError) as error:
        raise FormatError(f"is not a node's status: {error}", source=source) from None


def _check_kinds(record: type[JobOnNode | NodeStatus], given: Mapping[str, Any]) -> None:
    for one in fields(record):
        kinds = get_args(one.type) if isinstance(one.type, UnionType) else (one.type,)
        accepted = tuple(get_origin(kind) or kind for kind in kinds)
        value = given.get(one.name)
        if one.name in given and not isinstance(value, (*accepted, *_ALSO.get(one.type, ()))):
            raise TypeError(f"{one.name} is of another kind")
        if isinstance(value, tuple) and not all(isinstance(v, (str, JobOnNode)) for v in value):
            raise TypeError(f"{one.name} holds something of another kind")


def _json_line(document: Mapping[str, Any]) -> bytes:
    # A file name that is no Unicode comes as half surrogates; escaped so, JSON can hold them.
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"


def _json(text: bytes, source: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FormatError(f"is not valid JSON: {error}", source=source) from None
    if not isinstance(document, dict):
        raise FormatError("must hold one JSON object", source=source)
    version = document.pop("wam", FORMAT_VERSION)
    if not isinstance(version, int) or version > FORMAT_VERSION:
        raise TooNew(f"has format {version}", source=source)
    return document


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One line of a journal: who did what to which job."""

    time: str
    event: str
    job: str
    by: str
    generation: int = 0
    attempt: int = 0
    detail: str = ""


def format_journal_entry(entry: JournalEntry) -> bytes:
    """One line of JSON; fields that say nothing are left out."""
    values = ((one.name, getattr(entry, one.name)) for one in fields(entry))
    said = {name: value for name, value in values if value not in ("", 0)}
    return _json_line(said)


def parse_journal(text: bytes, *, source: str) -> tuple[JournalEntry, ...]:
    """All whole lines; one that was cut off by a crash, or is not a record, is passed over."""
    known = {f.name for f in fields(JournalEntry)}
    entries = []
    for line in text.splitlines():
        try:
            document = _json(line, source)
            entries.append(JournalEntry(**{k: v for k, v in document.items() if k in known}))
        except (FormatError, TypeError):
            continue
    return tuple(entries)
