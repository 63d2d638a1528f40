"""What can be wrong with a deck itself, so that no solver should be started on it.

WamError
└── DeckError            a deck cannot be run as it is; says which file and which line
    ├── DeckMissing      the deck is not there
    ├── NotADeck         empty, or no text with keyword cards
    ├── ByteOrderMark    begins with three bytes on which CalculiX crashes
    ├── IncludeCycle     a file includes itself, perhaps by way of others
    ├── IncludeTooDeep   more levels of *INCLUDE than the solver opens
    ├── BadInclude       an *INCLUDE from which the solver cannot read a file name
    ├── TooManyFiles     more file names than a deck can mean
    └── NotOnThisLine    a path that was to be replaced is not on its line

Things that a solver survives, and that the user should still know, are remarks (deck.py).
"""

from typing import ClassVar

from spool_layout.errors import WamError


class DeckError(WamError):
    """A deck cannot be run as it is. ``file`` and ``line`` (from 1) say where."""

    exit_code: ClassVar[int] = 20
    remedy: ClassVar[str] = "Correct the deck at the place that the message names."

    def __init__(
        self, problem: str, *, file: str, line: int | None = None, cure: str | None = None
    ) -> None:
        super().__init__(f"{file}:{line}: {problem}" if line else f"{file}: {problem}", cure=cure)
        self.problem = problem
        self.file = file
        self.line = line


class DeckMissing(DeckError):
    """There is no file of the deck's name."""

    exit_code = 21
    remedy = "Check the name, upper and lower case too, and the folder."


class NotADeck(DeckError):
    """The file is empty, or holds no keyword card at all."""

    exit_code = 22
    remedy = "Write the input deck again as plain text; its cards begin with '*'."


class ByteOrderMark(DeckError):
    """The file begins with a UTF-8 byte order mark, on which CalculiX 2.20 crashes."""

    exit_code = 23
    remedy = "Save the file as plain text without BOM (in Notepad: 'UTF-8', not 'UTF-8 with BOM')."


class IncludeCycle(DeckError):
    """A file includes itself, perhaps by way of others: the solver would never end."""

    exit_code = 24
    remedy = "Take out the *INCLUDE that the message names."


class IncludeTooDeep(DeckError):
    """Files include files over more levels than the solver opens."""

    exit_code = 25
    remedy = "Include the innermost files from a file nearer to the deck."


class BadInclude(DeckError):
    """An *INCLUDE card from which the solver cannot read a file name; it would stop there."""

    exit_code = 26
    remedy = "Write *INCLUDE, INPUT=name with a plain name of at most 132 characters."


class TooManyFiles(DeckError):
    """The deck, its includes expanded, names more files than any real deck does."""

    exit_code = 27
    remedy = "Look for files that include each other many times over; merge small includes."


class NotOnThisLine(DeckError):
    """A path that was to be replaced is not on the line given: the deck has changed since."""

    exit_code = 28
    remedy = "Submit the deck again; it was changed while it was being read."
