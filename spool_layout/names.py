"""The grammar of names in a spool. What must be fresh stands in names, so that one listing tells all.

    ticket   <key>.yaml                                   waiting, never claimed
             <key>.g<generation>.a<attempt>.yaml          waiting again
             <key>.g<generation>.a<attempt>.<node>.yaml   held by a node
             <key>.g<generation>.a<attempt>.<node>.t<tokens>-<pool>.yaml   ... with licence tokens
    key      <priority>-<YYYYMMDD>-<HHMMSS>-<mmm>-<job>   sorts as the queue does; times are UTC
    job      <name>-<5 characters>          the first two are the mark of its batch, if it has one
    door     <job>.g<generation>
    node     <node>.<heartbeat sequence>.json

The generation grows by one with every contended change; it is the fencing number. The attempt
counts the runs. All names are lower case: shares differ in whether case tells names apart.
"""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from spool_layout.errors import BadName

SUFFIX_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"
SUFFIX_LENGTH: Final = 5
STEM_LENGTH_MAX: Final = 40
FILE_NAME_BYTES_MAX: Final = 200
MARK_LENGTH: Final = 2
HIDDEN: Final = "."
DECK_SUFFIX: Final = ".inp"
RESERVED_STEMS: Final = frozenset(
    {"con", "prn", "aux", "nul"}
    | {f"{port}{digit}" for port in ("com", "lpt") for digit in "0123456789¹²³"}
)

_JOB = r"[a-z0-9][a-z0-9_-]{0,39}-[a-z0-9]{5}"
_NODE = r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?"
_TOKENS = r"\.t(?P<tokens>[1-9][0-9]{0,5})-(?P<pool>[a-z][a-z0-9_-]{0,23})"
_STAMP = (
    r"(?!0000)[0-9]{4}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
    r"-(?:[01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]-[0-9]{3}"
)
_TICKET = re.compile(
    rf"(?P<priority>[0-9])-(?P<stamp>{_STAMP})-(?P<job>{_JOB})"
    rf"(?:\.g(?P<generation>[0-9]{{1,9}})\.a(?P<attempt>[0-9]{{1,6}})(?:\.(?P<node>{_NODE})(?:{_TOKENS})?)?)?\.yaml\Z"
)
_DOOR = re.compile(rf"(?P<job>{_JOB})\.g(?P<generation>[0-9]{{1,9}})\Z")
_BEAT = re.compile(rf"(?P<node>{_NODE})\.(?P<sequence>[0-9]{{1,15}})\.json\Z")
_JOB_NAME = re.compile(_JOB + r"\Z")
_BATCH_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,45}\Z")
_NODE_NAME = re.compile(_NODE + r"\Z")
_FORBIDDEN = re.compile(r'[:*?"<>|\\\x00-\x1f\x7f]')
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class TicketName:
    """What the name of a ticket says. ``stamp`` is the submit time as it stands in the name.

    ``tokens`` of ``pool`` are in the holder's hands; a ticket that nobody holds has none.
    """

    priority: int
    stamp: str
    job: str
    generation: int = 0
    attempt: int = 0
    node: str | None = None
    tokens: int = 0
    pool: str | None = None

    @property
    def key(self) -> str:
        """The part that sorts as the queue does."""
        return f"{self.priority}-{self.stamp}-{self.job}"

    @property
    def file_name(self) -> str:
        """The name of the file; ``parse_ticket_name`` reads it back equal."""
        if not self.generation and not self.attempt and self.node is None:
            return f"{self.key}.yaml"
        node = f".{self.node}" if self.node else ""
        tokens = f".t{self.tokens}-{self.pool}" if self.node and self.pool else ""
        return f"{self.key}.g{self.generation}.a{self.attempt}{node}{tokens}.yaml"

    @property
    def submitted(self) -> datetime:
        """The submit time, UTC, to the millisecond."""
        return _moment_of(self.stamp)


def parse_ticket_name(file_name: str) -> TicketName | None:
    """What a ticket's name says, or None when it is not the name of a ticket."""
    match = _TICKET.match(file_name)
    if not match:
        return None
    priority, stamp, job, generation, attempt, node, tokens, pool = match.groups()
    if not _is_in_month(stamp):
        return None
    return TicketName(
        int(priority),
        stamp,
        job,
        int(generation or 0),
        int(attempt or 0),
        node,
        int(tokens or 0),
        pool,
    )


def is_ticket_name(file_name: str) -> bool:
    """Whether ``parse_ticket_name`` would read it; for those who need no more of it yet."""
    match = _TICKET.match(file_name)
    return match is not None and _is_in_month(match["stamp"])


def _is_in_month(stamp: str) -> bool:
    """Whether the calendar has the day: anybody can write a file that claims the 30th of February."""
    if stamp[6:8] <= "28":
        return True
    try:
        _moment_of(stamp)
    except ValueError:
        return False
    return True


def _moment_of(stamp: str) -> datetime:
    cuts = ((0, 4), (4, 6), (6, 8), (9, 11), (11, 13), (13, 15), (16, 19))
    *whole, thousandths = (int(stamp[start:end]) for start, end in cuts)
    year, month, day, hour, minute, second = whole
    return datetime(year, month, day, hour, minute, second, thousandths * 1000, tzinfo=UTC)


def stamp_of(moment: datetime) -> str:
    """The moment as it stands in ticket names: UTC, cut to milliseconds."""
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return (
        f"{text[:4]}{text[5:7]}{text[8:10]}-{text[11:13]}{text[14:16]}{text[17:19]}-{text[20:23]}"
    )


def door_name(job: str, generation: int) -> str:
    """The folder whose making lets one caller lead the job into this generation."""
    return f"{job}.g{generation}"


def parse_door_name(name: str) -> tuple[str, int] | None:
    """(job, generation) of a door's name, or None."""
    match = _DOOR.match(name)
    return (match["job"], int(match["generation"])) if match else None


def beat_name(node: str, sequence: int) -> str:
    """The name of a node's status file; its sequence is the heartbeat."""
    return f"{node}.{sequence}.json"


def parse_beat_name(name: str) -> tuple[str, int] | None:
    """(node, sequence) of a status file's name, or None."""
    match = _BEAT.match(name)
    return (match["node"], int(match["sequence"])) if match else None


def safe_stem(text: str) -> str:
    """``text`` as a short ASCII word of letters, digits, '-' and '_', case kept; never empty.

    What a deck is called while it is solved: CalculiX cuts names at a blank, so that two such
    jobs would write over each other's results.
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    stem = _UNSAFE.sub("_", plain).strip("_-")[:STEM_LENGTH_MAX].rstrip("_-") or "job"
    return f"{stem}_" if stem.lower() in RESERVED_STEMS else stem


def job_name(text: str, suffix: str) -> str:
    """The job's identifier for a deck called ``text``; unique as far as ``suffix`` is."""
    job = f"{safe_stem(text).lower()}-{suffix}"
    if not _JOB_NAME.match(job):
        raise BadName(f"'{suffix}' is not a job suffix of {SUFFIX_LENGTH} characters")
    return job


def suffix_from_bytes(digest: bytes) -> str:
    """Five characters that stand for a digest (of at least 8 bytes), evenly spread."""
    number = int.from_bytes(digest[:8], "big")
    letters = ""
    for _ in range(SUFFIX_LENGTH):
        number, index = divmod(number, len(SUFFIX_ALPHABET))
        letters += SUFFIX_ALPHABET[index]
    return letters


def check_batch_name(name: str) -> str:
    """The name, if it can be a batch's, or is empty. Raises BadName."""
    if name and not _BATCH_NAME.match(name):
        raise BadName(
            f"'{_shown(name)}' cannot be the name of a batch",
            cure="Use up to 46 of a-z, 0-9, '-' and '_', such as 'mesh-study'.",
        )
    return name


def batch_mark(batch: str) -> str:
    """Two characters that stand for a batch.

    The suffixes of its jobs begin with them. So the done jobs of a batch are found by listing
    names, and by reading the tickets of one in a thousand others.
    """
    return suffix_from_bytes(hashlib.sha256(batch.encode()).digest())[:MARK_LENGTH]


def marked_suffix(suffix: str, batch: str) -> str:
    """The suffix for a job of this batch; unchanged for a job of none."""
    return batch_mark(batch) + suffix[MARK_LENGTH:] if batch else suffix


def may_be_of_batch(job: str, batch: str) -> bool:
    """Whether the job's name has the batch's mark; its ticket says whether it is of the batch."""
    return job[-SUFFIX_LENGTH:].startswith(batch_mark(batch))


def is_job_name(text: str) -> bool:
    """Whether the text has the form of a job's identifier."""
    return bool(_JOB_NAME.match(text))


def check_node_name(name: str) -> str:
    """The name, if it can be a node's. Raises BadName with the reason."""
    if not _NODE_NAME.match(name) or name in RESERVED_STEMS:
        raise BadName(
            f"'{name}' cannot be a node's name",
            cure="Use up to 32 of a-z, 0-9 and '-', such as 'cougar' or 'ws-12' (--name).",
        )
    return name


def node_name_from_host(host: str) -> str:
    """A node's name made from a host name: its first part, lower case, other characters as '-'."""
    word = (
        re.sub(r"[^a-z0-9]+", "-", host.split(".", maxsplit=1)[0].lower())
        .strip("-")[:32]
        .strip("-")
    )
    return f"{word or 'node'}-1" if word in RESERVED_STEMS or not word else word


def check_file_path(path: str, *, source: str = "", line: int | None = None) -> str:
    """The relative path, if each of its parts is safe on every share. Raises BadName.

    Refused: absolute paths, drive letters, '..', backslashes, the characters that Windows or
    SMB forbid, control characters, trailing dots and blanks, device names, overlong parts,
    and hidden names (WAM's own unfinished files are hidden).
    """
    problem = _path_problem(path)
    if problem:
        place = f"{source}:{line}: " if source and line else f"{source}: " if source else ""
        raise BadName(
            f"{place}'{_shown(path)}' {problem}",
            cure="Put the file beside the deck under a plain name, and name it so.",
        )
    return path


@lru_cache(maxsize=256)  # a ticket names each of its files two or three times
def _path_problem(path: str) -> str | None:
    if not path or path.startswith("/") or path.endswith("/"):
        return "is not a relative path of a file"
    if len(path.encode("utf-8", "replace")) > 4 * FILE_NAME_BYTES_MAX:
        return "is too long"
    return next(filter(None, map(_part_problem, path.split("/"))), None)


def _part_problem(part: str) -> str | None:
    if part in {"", ".", ".."}:
        return "leads out of its folder or has an empty part"
    if forbidden := _FORBIDDEN.search(part):
        return f"has the character {forbidden[0]!r}, which shares refuse"
    if part.startswith(HIDDEN):
        return "is hidden (begins with a dot)"
    if part[-1] in ". ":
        return "ends in a dot or blank, which Windows drops"
    if part.split(".", maxsplit=1)[0].rstrip(" ").lower() in RESERVED_STEMS:
        return "is the name of a device on Windows"
    try:
        size = len(part.encode())
    except UnicodeEncodeError:
        return "is not valid Unicode"
    return "is too long" if size > FILE_NAME_BYTES_MAX else None


def _shown(path: str) -> str:
    printable = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in path)
    return printable if len(printable) <= 80 else printable[:77] + "..."


def fold(name: str) -> str:
    """The name as a share that is blind to case and to Unicode forms sees it."""
    return unicodedata.normalize("NFC", name).casefold()
