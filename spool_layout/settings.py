"""``spool.yaml``: what holds for everybody on one spool."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from spool_layout.errors import BadName
from spool_layout.fields import FORMAT_VERSION, Fields
from spool_layout.limits import Limits, parse_limits
from spool_layout.mail import MailSettings, parse_mail
from spool_layout.names import check_node_name
from spool_layout.pool import Pool, parse_pools
from spool_layout.retention import Retention, parse_retention
from spool_layout.ticket import draft_from_fields
from spool_layout.units import parse_duration_s
from spool_layout.yaml_text import Section, load_mapping

HEARTBEAT_S: Final = 10.0
LEASE_S: Final = 90.0
DOOR_GRACE_S: Final = 15.0
QUIET_S: Final = 6.0
INCLUDE_WAIT_S: Final = 120.0
AGEING_S: Final = 86400.0
WAIT_LEAST_S: Final = 60.0
KEEP_ROOM_AFTER_S: Final = 900.0
NEVER: Final = "never"
OPERATORS_MAX: Final = 100


class UnprovenOwners(StrEnum):
    """What holds where the share does not tell who has made a file."""

    TRUST = "trust"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class SpoolSettings:
    """The settings of a spool; durations in seconds. ``mail`` is None where no mail is sent.

    ``ageing_s`` is None where priority always comes first, ``keep_room_after_s`` where no node
    keeps room for large jobs.
    ``retention`` is empty where done jobs are kept for ever.
    ``operators`` are accounts as the share names them: they may act on all jobs, and on nodes.
    """

    spool_id: str
    heartbeat_s: float = HEARTBEAT_S
    lease_s: float = LEASE_S
    door_grace_s: float = DOOR_GRACE_S
    quiet_s: float = QUIET_S
    include_wait_s: float = INCLUDE_WAIT_S
    ageing_s: float | None = AGEING_S
    keep_room_after_s: float | None = KEEP_ROOM_AFTER_S
    default_solver: str = "calculix"
    presets: Mapping[str, Section] = field(default_factory=dict)
    pools: Mapping[str, Pool] = field(default_factory=dict)
    mail: MailSettings | None = None
    operators: tuple[str, ...] = ()
    unproven_owners: UnprovenOwners = UnprovenOwners.TRUST
    limits: Limits = field(default_factory=Limits)
    retention: Retention = field(default_factory=dict)


_FIELDS: Final = (
    "wam spool_id heartbeat lease door_grace quiet include_wait ageing keep_room_after default_solver "
    "presets pools mail operators unproven_owners limits retention"
).split()


def parse_settings(text: str | bytes, *, source: str = "spool.yaml") -> SpoolSettings:
    """The settings. Raises FormatError naming line and field, TooNew for a newer spool."""
    f = Fields(load_mapping(text, source=source))
    f.version()
    presets = f.section("presets")
    settings = SpoolSettings(
        spool_id=f.text("spool_id"),
        heartbeat_s=f.parsed("heartbeat", HEARTBEAT_S, parse_duration_s),
        lease_s=f.parsed("lease", LEASE_S, parse_duration_s),
        door_grace_s=f.parsed("door_grace", DOOR_GRACE_S, parse_duration_s),
        quiet_s=f.parsed("quiet", QUIET_S, parse_duration_s),
        include_wait_s=f.parsed("include_wait", INCLUDE_WAIT_S, parse_duration_s),
        ageing_s=_wait_or_never(f, "ageing", AGEING_S),
        keep_room_after_s=_wait_or_never(f, "keep_room_after", KEEP_ROOM_AFTER_S),
        default_solver=f.text("default_solver", "calculix"),
        presets={name: _preset(presets, name, source) for name in presets.names()},
        pools=parse_pools(f.section("pools")),
        mail=None if f.raw("mail") is None else parse_mail(f.section("mail")),
        operators=_operators(f),
        unproven_owners=_unproven_owners(f),
        limits=parse_limits(f.section("limits")),
        retention=parse_retention(f.section("retention")),
    )
    if not settings.spool_id:
        f.refuse("spool_id", "is missing", cure="Make the spool with 'wam init', not by hand.")
    if settings.heartbeat_s <= 0:
        f.refuse("heartbeat", "must be more than nothing")
    if settings.lease_s < 3 * settings.heartbeat_s:
        f.refuse("lease", "must be at least three heartbeats, or a slow share looks like a death")
    f.refuse_unknown(_FIELDS)
    return settings


def _wait_or_never(f: Fields, name: str, default_s: float) -> float | None:
    if f.text(name).strip().lower() == NEVER:
        return None
    wait_s = f.parsed(name, default_s, parse_duration_s)
    if wait_s < WAIT_LEAST_S:
        f.refuse(name, "is less than a minute", cure=f"Write '{name}: never' to do without.")
    return wait_s


def _operators(f: Fields) -> tuple[str, ...]:
    operators = tuple(name.strip() for name in f.texts("operators", count_max=OPERATORS_MAX))
    if not all(operators):
        f.refuse("operators", "has an empty name", cure="Write [jo, admin], or leave it out.")
    return operators


def _unproven_owners(f: Fields) -> UnprovenOwners:
    word = f.text("unproven_owners", UnprovenOwners.TRUST)
    if word not in set(UnprovenOwners):
        f.refuse("unproven_owners", f"must be trust or refuse, not '{word}'")
    return UnprovenOwners(word)


def _preset(presets: Fields, name: str, source: str) -> Section:
    try:
        check_node_name(name)
    except BadName:
        presets.refuse(
            name, "cannot be the name of a drop folder", cure="Use a-z, 0-9 and '-', as in '8cpus'."
        )
    draft_from_fields(presets.section(name), source=source, need_input=False)
    section: Section = presets.raw(name) or Section(source, 1)
    return section


_POOLS_AND_MAIL: Final = """\
# Licence pools: how many tokens the jobs of this spool may take together. A solver profile names
# its pool and says how many tokens a job takes. Without this nothing is counted. What others use
# (outside), and what is left to people by hours (reserve), is not taken. An example:
# pools: {abaqus: {tokens: 20, outside: 2, reserve: [{tokens: 8, when: "mon-fri 08:00-18:00"}]}}

# The mail server through which nodes tell of jobs whose tickets name an address (email). For tls
# say no, starttls or tls. Where the server wants a password, the service of each node looks for
# WAM_SMTP_USER and WAM_SMTP_PASSWORD in its environment, or for its mail_file. Without this no mail
# is sent; whoever asks for it is told of a job that waits for longer than waiting_after. An example:
# mail: {server: mail.example.com:25, sender: wam@example.com, tls: no, waiting_after: 4 h}
"""


_ORDER_TEXT: Final = """\
# Priority comes first among jobs submitted at about the same time; but each day of waiting (or
# what stands here) makes up for one step of priority (0 to 9), so that none waits for ever. A job
# of low priority (8) is passed by newer ones for at most eight times as long. Or: never.
# ageing: 1 d

# A job that is too large for what is free at any time, though a node has enough in all, is passed
# by smaller ones for so long. Then a node keeps room for it: of later jobs it starts only those
# whose walltime ends before the large one can begin, or that leave it enough. Or: never.
# keep_room_after: 15 min
"""

_LIMITS_AND_RETENTION: Final = """\
# What is done about a job that uses more memory than it has asked for and this much more: off,
# warn or end. A node with less scratch free than scratch_low claims nothing; with less than a
# quarter of it, it ends the job that has written most beyond its own scratch. While the share has
# less free than share_low, nothing is claimed and nothing is published.
# limits: {memory: warn, memory_tolerance: 10 %, scratch_low: 256 MB, share_low: 64 MB}

# How long done jobs and their results are kept, by outcome: completed, failed, cancelled,
# walltime, lost. What is not named is kept for ever. 'wam clean' removes what is older, and so
# does every node once a day. An example:
# retention: {completed: 90 d, failed: 30 d, cancelled: 7 d}
"""


def settings_text(spool_id: str) -> str:
    """The ``spool.yaml`` of a new spool, each setting explained."""
    return f"""\
# Settings of this WAM spool, for every node and client that uses it.
# A line that begins with '#' shows the setting's default, or an example where it says so; remove
# the '#' to change it.
# A node reads this file when it starts.
wam: {FORMAT_VERSION}

# The name of this spool for machines. It is made once; keep it.
spool_id: {spool_id}

# Every node renews its status file this often; it is the sign that the node lives.
# heartbeat: 10 s

# A node whose heartbeat has stood still for this long loses its jobs to others. At least three
# heartbeats; longer than a service is down for an upgrade.
# lease: 90 s

# How long a change that somebody has announced may take before another passes it over.
# door_grace: 15 s

# A file dropped into incoming/ whose writer cannot be seen must rest this long before it is taken.
# quiet: 6 s

# A deck that names a file which is not there waits this long for it before it is rejected.
# include_wait: 2 min

{_ORDER_TEXT}
# The solver profile of decks that name none.
# default_solver: calculix

{_POOLS_AND_MAIL}
# Who may act on everybody's jobs, and drain nodes: accounts as the share names them (over SMB as
# S-1-5-21-...; 'wam doctor' tells). Others act on their own jobs alone. An example:
# operators: [jo, admin]

# Where the share does not tell who made a file: trust what the file says of it, or refuse.
# unproven_owners: trust

{_LIMITS_AND_RETENTION}
# Folders of incoming/ that carry settings: a deck dropped into incoming/high/ is urgent. The
# fields are those of a ticket. Folders inside one another add up: high/8cpus/.
presets:
  high:
    priority: high
  low:
    priority: low
  2cpus:
    resources: {{cpus: 2}}
  4cpus:
    resources: {{cpus: 4}}
  8cpus:
    resources: {{cpus: 8}}
"""


README_TEXT: Final = """\
This folder is a WAM spool: a queue for solver jobs that needs no server.

TO RUN A DECK
  Copy the .inp file, and the files that it includes, into the folder 'incoming'.
  incoming\\high, incoming\\8cpus and so on carry the setting that their name says.
  A folder full of decks may be copied as a whole: each deck in it becomes a job.
  Settings may also stand in the deck itself, in a comment line such as
      ** WAM: cpus=8 priority=high note="mesh study 3"

WITH THE MOUSE
  A job's ticket is the .yaml file that bears its name. MOVE it under the same name:
  from incoming to held: the job waits for you; back to incoming: it is queued again
  to cancel: the job is cancelled. Of a job that runs, COPY it to cancel (hold Ctrl):
  then what there is of its results is kept. A .why.txt beside a file says why it was not.

WHERE THINGS ARE
  incoming   dropped decks and the queue (the .yaml files)
  running    what is being solved; 'claimed' is what is about to be
  done       results, by month: done\\2026-11\\bracket-k7f3x\\
  rejected   what could not become a job, with a .why.txt that says why
  jobs       inputs of jobs in flight, and live copies of .sta files
  held       jobs that wait for their owner
  cancel     tickets of jobs that are to be cancelled

The other folders (doors, nodes, requests, journal, locks, doctor, mail) belong to the machinery.
Nothing here needs to be tidied by hand. Settings are explained in spool.yaml.
On the command line: wam status, wam ticket bracket.inp, wam --help.
"""
