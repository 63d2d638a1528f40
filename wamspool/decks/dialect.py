"""What differs between the solvers that read decks of cards."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from enum import Enum, auto
from typing import ClassVar

from wamspool.decks.card import Card, Mention
from wamspool.decks.lines import Line


class Role(Enum):
    """What a card means for the order of the deck."""

    INCLUDE = auto()
    HEADING = auto()
    STEP = auto()
    END_STEP = auto()
    TIMED = auto()  # a procedure whose first data line holds the step time
    UNTIMED = auto()  # a procedure without
    OTHER = auto()


class Dialect(ABC):
    """One solver family's way to read cards. Knows no files."""

    solver: ClassVar[str]
    include_levels: ClassVar[int]  # how many files may be open below the deck
    continues: ClassVar[bool]  # whether a card goes on after a trailing comma
    keeps_blanks: ClassVar[bool]  # whether blanks belong to a file name
    survives_bom: ClassVar[bool]

    @abstractmethod
    def card(self, lines: Sequence[Line]) -> Card:
        """The card on these lines."""

    @abstractmethod
    def role(self, card: Card) -> Role:
        """What the card means for the order of the deck."""

    @abstractmethod
    def include(self, card: Card) -> Mention | str:
        """The file that an *INCLUDE card names, or a sentence saying why there is none."""

    @abstractmethod
    def can_read_include(self, card: Card) -> bool:
        """Whether the included file is plain text."""

    @abstractmethod
    def mentions(self, card: Card, *, stem: str) -> tuple[Mention, ...]:
        """The other files the solver opens for this card, in a job named ``stem``."""

    @abstractmethod
    def remarks(self, card: Card) -> tuple[str, ...]:
        """What the user should know about this card."""

    @abstractmethod
    def made(self, card: Card, *, stem: str) -> tuple[str, ...]:
        """Names of files that a job named ``stem`` writes for this card and may read later on."""
