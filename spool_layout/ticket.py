"""The ticket: the YAML file that stands for a job.

A person writes a *draft* (only ``input`` is needed); a complete ticket adds who, when, and the
list of its files with size and SHA-256. ``docs/spool-format.md`` is the contract.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

from spool_layout.after import After, parse_after, refuse_unclear
from spool_layout.errors import BadName, FormatError
from spool_layout.fields import FORMAT_VERSION, Fields
from spool_layout.mail import EMAIL_LENGTH_MAX
from spool_layout.mail_events import parse_recipients
from spool_layout.names import TicketName, check_batch_name, check_file_path, is_job_name, stamp_of
from spool_layout.units import (
    PRIORITY_NORMAL,
    parse_duration_s,
    parse_priority,
    parse_size_bytes,
    priority_word,
)
from spool_layout.yaml_text import dump, load_mapping

CPUS_MAX: Final = 4096
GPUS_MAX: Final = 64
TOKENS_MAX: Final = 100_000
RETRIES_MAX: Final = 100
LEAST_BYTES: Final = 1 << 20
FILES_MAX: Final = 5000


@dataclass(frozen=True, slots=True)
class Resources:
    """What a job needs. None: not said, so the profile's or the node's rule holds."""

    cpus: int = 1
    gpus: int = 0
    memory_bytes: int | None = None
    scratch_bytes: int | None = None
    walltime_s: float | None = None
    tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """What a person asks for. ``input`` is the deck, ``files`` what travels with it.

    Jobs that belong together carry the same ``batch``; ``parameters`` are the values that the
    deck was written with. Both are for people: nothing is run otherwise for them.
    """

    input: str
    files: tuple[str, ...] = ()
    name: str = ""
    solver: str = ""
    priority: int = PRIORITY_NORMAL
    resources: Resources = Resources()
    nodes: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    after: tuple[After, ...] = ()
    hold: bool = False
    retries: int = 1
    email: str = ""
    note: str = ""
    batch: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InputFile:
    """One input of a job: where it lies below the job's folder, and what it must be.

    ``staged`` is its path in the solver's folder, which differs for the deck and for the files
    that the solver finds by the job's name.
    """

    name: str
    staged: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Ticket:
    """A complete ticket. ``owner`` is for people to read: where the share tells owners, the
    ticket's file says whose it is (see ``wamspool.rights``).
    """

    job: str
    draft: Draft
    submitted: datetime
    owner: str
    inputs: tuple[InputFile, ...]
    remarks: tuple[str, ...] = ()

    @property
    def first_name(self) -> TicketName:
        """The name under which the ticket enters the queue."""
        return TicketName(self.draft.priority, stamp_of(self.submitted), self.job)

    @property
    def staged_deck(self) -> str:
        """The deck's name in the solver's folder."""
        return next(f.staged for f in self.inputs if f.name == self.draft.input)


_FIELDS: Final = (
    "wam input files name solver priority resources nodes tags after hold retries email note "
    "batch options parameters job submitted owner inputs remarks node tag"
).split()
_RESOURCES: Final = "cpus gpus memory scratch walltime tokens".split()


def parse_draft(text: str | bytes, *, source: str) -> Draft:
    """A ticket as a person writes it. Raises FormatError naming line, field and cure.

    A field that looks like a slip of a known one is refused; others that are unknown are kept.
    """
    fields = Fields(load_mapping(text, source=source))
    return draft_from_fields(fields, source=source)


def draft_from_fields(fields: Fields, *, source: str, need_input: bool = True) -> Draft:
    """The draft that these fields give; all but ``input`` have defaults."""
    fields.version()
    draft = _draft(fields)
    if need_input and not draft.input:
        raise FormatError(
            "says no input",
            source=source,
            cure="Add a line such as 'input: bracket.inp' that names the deck beside the ticket.",
        )
    for name in _RESOURCES:
        if name in fields.unknown():
            fields.refuse(
                name, "stands in the wrong place", cure=f"Write 'resources: {{{name}: ...}}'."
            )
    for name in ("memory", "scratch"):
        if 0 < (getattr(draft.resources, f"{name}_bytes") or 0) < LEAST_BYTES:
            cure = f"Write a unit, such as '{name}: 16 GB'."
            fields.section("resources").refuse(name, "is less than 1 MB", cure=cure)
    # Only what is asked anew: a ticket that waits since before addresses were judged stays whole.
    if draft.email.strip():
        try:
            parse_recipients(draft.email)
        except ValueError as error:
            cure = "Write jo@example.com or jo@example.com:failed, or several such with commas."
            fields.refuse("email", str(error), cure=cure)
    try:
        refuse_unclear(draft.after)
    except ValueError as error:
        cure = "Write plate-k7f3x, or plate-k7f3x:any, or plate-k7f3x:failed."
        fields.refuse("after", str(error), cure=cure)
    try:
        check_batch_name(draft.batch)
    except BadName as error:
        fields.refuse("batch", error.message, cure=error.cure)
    fields.refuse_misspelt(_FIELDS)
    return replace(draft, extra=fields.unknown())


def _draft(fields: Fields) -> Draft:
    return Draft(
        input=_path(fields, "input"),
        files=tuple(
            _checked(fields, "files", p) for p in fields.texts("files", count_max=FILES_MAX)
        ),
        name=fields.text("name", length_max=200),
        solver=fields.text("solver", length_max=64).lower(),
        priority=fields.parsed("priority", PRIORITY_NORMAL, parse_priority),
        resources=_resources(fields.section("resources")),
        nodes=tuple(n.lower() for n in fields.texts("nodes") + fields.texts("node")),
        tags=fields.texts("tags") + fields.texts("tag"),
        after=tuple(parse_after(text) for text in fields.texts("after")),
        hold=fields.flag("hold", default=False),
        retries=fields.integer("retries", 1, least=0, most=RETRIES_MAX),
        email=fields.text("email", length_max=EMAIL_LENGTH_MAX),
        note=fields.text("note"),
        batch=fields.text("batch").lower(),
        options=fields.mapping_of_texts("options"),
        parameters=fields.mapping_of_texts("parameters"),
    )


def _path(fields: Fields, name: str) -> str:
    path = fields.text(name)
    return _checked(fields, name, path) if path else path


def _checked(fields: Fields, name: str, path: str) -> str:
    try:
        return check_file_path(path)
    except BadName as error:
        fields.refuse(name, str(error), cure=error.cure)


def _resources(fields: Fields) -> Resources:
    tokens = fields.raw("tokens")
    resources = Resources(
        cpus=fields.integer("cpus", 1, least=1, most=CPUS_MAX),
        gpus=fields.integer("gpus", 0, least=0, most=GPUS_MAX),
        memory_bytes=fields.parsed("memory", None, parse_size_bytes),
        scratch_bytes=fields.parsed("scratch", None, parse_size_bytes),
        walltime_s=fields.parsed("walltime", None, parse_duration_s),
        tokens=None
        if tokens in (None, "auto")
        else fields.integer("tokens", 0, least=0, most=TOKENS_MAX),
    )
    if resources.walltime_s == 0:
        fields.refuse("walltime", "must be more than nothing")
    fields.refuse_unknown(_RESOURCES)
    return resources


def parse_ticket(text: str | bytes, *, source: str) -> Ticket:
    """A complete ticket, as WAM writes it. Raises FormatError where it is not one."""
    fields = Fields(load_mapping(text, source=source))
    fields.version()
    draft = _draft(fields)
    ticket = Ticket(
        job=fields.text("job"),
        draft=draft,
        submitted=fields.parsed("submitted", datetime.min.replace(tzinfo=UTC), parse_time),
        owner=fields.text("owner"),
        inputs=tuple(_input_file(f) for f in fields.sections("inputs")),
        remarks=fields.texts("remarks"),
    )
    if not is_job_name(ticket.job):
        fields.refuse("job", "is not a job's identifier")
    if draft.input not in {f.name for f in ticket.inputs}:
        fields.refuse("inputs", f"do not list '{draft.input}'")
    extra = fields.unknown()
    return replace(ticket, draft=replace(draft, extra=extra)) if extra else ticket


def _input_file(fields: Fields) -> InputFile:
    return InputFile(
        name=_checked(fields, "name", fields.text("name")),
        staged=_checked(fields, "staged", fields.text("staged") or fields.text("name")),
        size_bytes=fields.integer("size", 0, least=0, most=2**60),
        sha256=fields.text("sha256", length_max=64),
    )


def parse_time(text: Any) -> datetime:
    """An ISO 8601 time; without an offset it is UTC. Raises ValueError."""
    moment = datetime.fromisoformat(str(text))
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"'{text}' lies outside of all calendars") from None


def format_time(moment: datetime) -> str:
    """ISO 8601, UTC, to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def format_ticket(ticket: Ticket) -> str:
    """The ticket as YAML; ``parse_ticket`` reads it back equal. Defaults are left out."""
    draft = ticket.draft
    document: dict[str, Any] = {"wam": FORMAT_VERSION, "job": ticket.job, **_asked(draft)}
    document["submitted"] = format_time(ticket.submitted)
    document["owner"] = ticket.owner
    document["inputs"] = [
        {"name": f.name, "staged": f.staged, "size": f.size_bytes, "sha256": f.sha256}
        for f in ticket.inputs
    ]
    if ticket.remarks:
        document["remarks"] = list(ticket.remarks)
    return dump(document | dict(draft.extra))


def _asked(draft: Draft) -> dict[str, Any]:
    return {
        key: value
        for key, value in (
            ("name", draft.name),
            ("input", draft.input),
            ("files", list(draft.files)),
            ("solver", draft.solver),
            ("priority", priority_word(draft.priority)),
            ("resources", format_resources(draft.resources)),
            ("nodes", list(draft.nodes)),
            ("tags", list(draft.tags)),
            ("after", [str(after) for after in draft.after]),
            ("hold", draft.hold),
            ("retries", draft.retries),
            ("email", draft.email),
            ("note", draft.note),
            ("batch", draft.batch),
            ("options", dict(draft.options)),
            ("parameters", dict(draft.parameters)),
        )
        if value or key == "retries"
    }


def format_resources(resources: Resources) -> dict[str, Any]:
    """The resources as fields of a ticket: bytes, seconds and counts."""
    given = {
        "cpus": resources.cpus,
        "gpus": resources.gpus or None,
        "memory": resources.memory_bytes,
        "scratch": resources.scratch_bytes,
        "walltime": resources.walltime_s,
        "tokens": resources.tokens,
    }
    return {name: value for name, value in given.items() if value is not None}
