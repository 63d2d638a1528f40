"""Where everything lies. Each path of the spool is made here, relative to its root, with '/'."""

from datetime import datetime
from typing import Final

from spool_layout.names import TicketName, beat_name, door_name

SETTINGS: Final = "spool.yaml"
README: Final = "README.txt"
PAGE: Final = "index.html"
INCOMING: Final = "incoming"
CLAIMED: Final = "claimed"
RUNNING: Final = "running"
DONE: Final = "done"
HELD: Final = "held"
REJECTED: Final = "rejected"
JOBS: Final = "jobs"
DOORS: Final = "doors"
NODES: Final = "nodes"
REQUESTS: Final = "requests"
JOURNAL: Final = "journal"
LOCKS: Final = "locks"
DOCTOR: Final = "doctor"
MAIL: Final = "mail"
CANCEL: Final = "cancel"

ALL: Final = (
    INCOMING,
    CLAIMED,
    RUNNING,
    DONE,
    HELD,
    REJECTED,
    JOBS,
    DOORS,
    NODES,
    REQUESTS,
    JOURNAL,
    LOCKS,
    DOCTOR,
    CANCEL,
)

TICKET_FILE: Final = "ticket.yaml"
OUTCOME_FILE: Final = "outcome.yaml"
DRAFT_FILE: Final = "ticket.draft.yaml"
INPUTS: Final = "inputs"
LIVE: Final = "live"
ADOPTION: Final = ".adopt-"
_OWN_DRAFT: Final = ".yaml"
_TAKEN: Final = ".drop"
_LOST: Final = "lost.g"
WHY_SUFFIX: Final = ".why.txt"
_REMOVED: Final = ".removed"
PROBE_GROUND: Final = ".wam-doctor-"


def queued(name: TicketName) -> str:
    """Where a waiting ticket lies."""
    return f"{INCOMING}/{name.file_name}"


def held(name: TicketName) -> str:
    """Where a held ticket lies."""
    return f"{HELD}/{name.file_name}"


def job(job: str) -> str:
    """The folder of a job in flight: its inputs, and what its owner shows of it."""
    return f"{JOBS}/{job}"


def draft(job_: str) -> str:
    """The ticket of a drop that has been taken: the draft of the adopter who took it."""
    return f"{JOBS}/{job_}/{DRAFT_FILE}"


def own_draft(job_: str, adopter: str) -> str:
    """The ticket that one adopter has made of a drop; what came of others' bears another name."""
    return f"{JOBS}/{job_}/{ADOPTION}{adopter}{_OWN_DRAFT}"


def taken(job_: str, adopter: str) -> str:
    """The drop, as soon as this adopter, and no other, has taken it."""
    return f"{JOBS}/{job_}/{ADOPTION}{adopter}{_TAKEN}"


def is_own_draft(name: str) -> bool:
    """Whether a name in a job's folder is one of ``own_draft``."""
    return name.startswith(ADOPTION) and name.endswith(_OWN_DRAFT)


def adopter_of_taken(name: str) -> str | None:
    """The adopter that the name of a taken drop tells; None for what is no such name."""
    if name.startswith(ADOPTION) and name.endswith(_TAKEN):
        return name[len(ADOPTION) : -len(_TAKEN)]
    return None


def live(job_: str, generation: int) -> str:
    """Copies of what people watch while this generation of the job runs."""
    return f"{JOBS}/{job_}/{LIVE}/g{generation}"


def loss(job_: str, generation: int, node: str) -> str:
    """The note that this generation of the job was lost on a node."""
    return f"{JOBS}/{job_}/{LIVE}/{_LOST}{generation}.{node}"


def node_of_loss(name: str) -> str | None:
    """The node that a note of a loss names; None for what is no such note."""
    return name.rpartition(".")[2] if name.startswith(_LOST) else None


def door(job_: str, generation: int) -> str:
    """The door that leads the job into this generation."""
    return f"{DOORS}/{door_name(job_, generation)}"


def month(moment: datetime) -> str:
    """The part of ``done/`` and ``journal/`` for this moment (UTC)."""
    return f"{moment:%Y-%m}"


def done_month(month_: str) -> str:
    """The folder of the jobs that ended in this month."""
    return f"{DONE}/{month_}"


def done(month_: str, job_: str) -> str:
    """The folder of a job that has ended, as people see it."""
    return f"{DONE}/{month_}/{job_}"


def publishing(month_: str, job_: str, generation: int) -> str:
    """The private, hidden folder in which one generation prepares what ``done`` will show."""
    return f"{DONE}/{month_}/.{job_}.g{generation}"


def removed(job_: str) -> str:
    """The hidden name, in its month, of a done job that is being removed."""
    return f".{job_}{_REMOVED}"


def is_removed(name: str) -> bool:
    """Whether ``removed`` has made the name."""
    return name.startswith(".") and name.endswith(_REMOVED)


def status(node: str, sequence: int) -> str:
    """A node's status file."""
    return f"{NODES}/{beat_name(node, sequence)}"


def journal(month_: str, writer: str) -> str:
    """What one writer did in a month."""
    return f"{JOURNAL}/{month_}/{writer}.jsonl"


def mail_mark(month_: str, name: str) -> str:
    """Which node tells of something that several could: whoever has made this file. Made when it is
    needed; nothing but that lies there.
    """
    return f"{MAIL}/{month_}/{name}"


def pool_lock(pool: str) -> str:
    """The hint that spares nodes from taking a licence pool's last tokens at once."""
    return f"{LOCKS}/pool-{pool}"


def request(name: str) -> str:
    """A file by which somebody asks for something."""
    return f"{REQUESTS}/{name}"


def probe_record(by: str, partner: str = "") -> str:
    """What this writer has measured, alone or with a node as partner."""
    return f"{DOCTOR}/{by}.with.{partner}.yaml" if partner else f"{DOCTOR}/{by}.yaml"


def probe_ground(base: str, mark: str) -> str:
    """The hidden folder in which checks are run, below ``base`` or in the root."""
    return f"{base}/{PROBE_GROUND}{mark}" if base else f"{PROBE_GROUND}{mark}"
