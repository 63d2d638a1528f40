"""What lies in ``incoming/``: tickets, dropped decks, dropped tickets, folders, and strangers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from spool_layout.names import DECK_SUFFIX, is_ticket_name
from wamspool.share import Entry, Kind

TICKET_SUFFIXES = (".yaml", ".yml")
_STRANGER_NAMES = frozenset({"thumbs.db", "desktop.ini", "ehthumbs.db", "icon\r"})
_STRANGER_STARTS = (".", "~", "$")
_STRANGER_ENDS = (
    ".tmp",
    ".temp",
    ".part",
    ".partial",
    ".crdownload",
    ".download",
    ".filepart",
    ".opdownload",
    ".swp",
    ".bak",
    ".lnk",
    "~",
)


class Drop(StrEnum):
    """What a name in a drop folder is to WAM."""

    TICKET = "ticket"  # in the queue already
    DECK = "deck"
    DRAFT = "draft"  # a ticket that a person wrote
    FOLDER = "folder"
    STRANGER = "stranger"  # left alone: an include, or somebody else's file


def classify(entry: Entry) -> Drop:
    """What the entry is, by its name and kind alone."""
    name = entry.name.lower()
    if entry.kind is Kind.FILE and is_ticket_name(entry.name):
        return Drop.TICKET
    if (
        name in _STRANGER_NAMES
        or name.startswith(_STRANGER_STARTS)
        or name.endswith(_STRANGER_ENDS)
    ):
        return Drop.STRANGER
    if entry.kind is Kind.FOLDER:
        return Drop.FOLDER
    if name.endswith(DECK_SUFFIX):
        return Drop.DECK
    return Drop.DRAFT if name.endswith(TICKET_SUFFIXES) else Drop.STRANGER


class Step(StrEnum):
    """What considering a drop came to."""

    ADOPTED = "adopted"
    REJECTED = "rejected"
    WAITING = "waiting"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Considered:
    """The step, and what to say of it: the job, the place in ``rejected/``, or what is awaited."""

    step: Step
    path: str
    detail: str = ""
    job: str = ""


@dataclass(frozen=True, slots=True)
class Dropped:
    """A dropped deck or ticket, and the settings of the folders around it."""

    path: str
    presets: Sequence[Mapping[str, Any]] = field(default_factory=tuple)

    @property
    def folder(self) -> str:
        """Where it lies."""
        return self.path.rpartition("/")[0]

    @property
    def name(self) -> str:
        """Its name in that folder."""
        return self.path.rpartition("/")[2]

    @property
    def is_ticket(self) -> bool:
        """Whether a person wrote a ticket, rather than dropping a bare deck."""
        return self.name.lower().endswith(TICKET_SUFFIXES)
