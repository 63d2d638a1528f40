"""What the deck reader finds: the files that belong together, the steps, and what to say."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a file is to the deck that names it."""

    INCLUDE = "include"  # a part of the deck's text
    DATA = "data"  # data lines, matrices, view factors: read by one card
    RESULTS = "results"  # results of an earlier run
    BY_NAME = "by_name"  # opened under the job's own name (<deck stem>.rin, .eig, .vwf)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One *STEP of the deck, includes expanded.

    ``period`` is the step time in the deck's own unit, None for procedures that have none (or for
    which the solver reports no progress). ``closed``: its *END STEP is there; CalculiX computes
    only closed steps. ``line`` is that of the *STEP card, in ``file``.
    """

    number: int
    procedure: str | None
    period: float | None
    closed: bool
    file: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One mention of another file.

    ``name`` is how it must be opened, relative to the deck's folder with '/'; where it differs
    from ``written`` (blanks, backslashes) the deck names it in a way not every system takes, and
    rewrite.redirect can put ``name`` in its place. ``required``: the solver needs the file.
    """

    name: str
    written: str
    keyword: str
    file: str
    line: int
    kind: Kind
    required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What the solver would ignore or misread without a word, with what to do about it."""

    file: str
    line: int | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WamOption:
    """``name=value`` from a comment line ``** WAM: ...``; the name in lower case."""

    name: str
    value: str
    file: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Deck:
    """What a deck says about files, steps and options; nothing about the model itself.

    ``files``: the deck, then its includes in the order of first use. ``missing``: required and not
    there. ``outside``: not in the deck's folder, never opened. ``ends_abruptly``: a sentence when
    the text breaks off, as that of a file does that is still being copied.
    Not promised: that the solver accepts the deck.
    """

    name: str
    files: tuple[str, ...]
    references: tuple[Reference, ...] = ()
    missing: tuple[Reference, ...] = ()
    outside: tuple[Reference, ...] = ()
    steps: tuple[Step, ...] = ()
    options: tuple[WamOption, ...] = ()
    remarks: tuple[Remark, ...] = ()
    ends_abruptly: str | None = None

    def bundle(self) -> tuple[str, ...]:
        """The names of all files that must travel: the deck, its includes, then what they name.

        Files that are missing or lie outside the deck's folder are not among them.
        """
        absent = {reference.name for reference in (*self.missing, *self.outside)}
        named = (reference.name for reference in self.references)
        return tuple(dict.fromkeys([*self.files, *(name for name in named if name not in absent)]))
