"""Files that a deck names outside of its own folder, brought beside the submitted copy.

The user's deck stays as it is: the one mention of each file is changed while the deck is copied.
An included file may name more such files, so the deck is read again until it names none. Nothing
is opened here; ``DeckSource`` and ``OutsideFiles`` say what is there.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from spool_layout.names import safe_stem
from wamspool.decks.deck import Reference
from wamspool.decks.reader import read_deck
from wamspool.decks.rewrite import redirect
from wamspool.decks.source import DeckSource
from wamspool.errors import BadInput
from wamspool.share import Transform

ROUNDS_MAX: Final = 40
_SUFFIX_LENGTH_MAX: Final = 16

Changes = Mapping[int, tuple[str, str]]
"""By line: what is written there, and what is to stand in its place."""


class OutsideFiles(Protocol):
    """The files that decks name by paths that lead out of their folder."""

    def read(self, written: str) -> Iterable[bytes] | None:
        """The bytes of the file that the deck calls so, or None when there is none."""


@dataclass(slots=True)
class Bundle:
    """``names``: each new name and the path as the deck writes it. ``changes``: by file of the
    deck, the changes one after another, each to be applied to what the one before it left.
    """

    names: dict[str, str] = field(default_factory=dict)
    changes: dict[str, list[Changes]] = field(default_factory=dict)

    def transforms(self) -> dict[str, Transform]:
        """What is to be done to each file as it is copied."""
        return {name: _transform(name, changes) for name, changes in self.changes.items()}


@dataclass(frozen=True, slots=True)
class BundledSource:
    """The deck's folder as it will be: the outside files in it, the mentions of them changed."""

    inside: DeckSource
    outside: OutsideFiles
    bundle: Bundle

    def read(self, name: str) -> Iterable[bytes] | None:
        """The file as it will be submitted."""
        written = self.bundle.names.get(name)
        chunks = self.inside.read(name) if written is None else self.outside.read(written)
        transform = self.bundle.transforms().get(name)
        return transform(iter(chunks)) if transform and chunks is not None else chunks

    def names(self) -> Collection[str]:
        """The files of the folder, and those brought into it."""
        return {*self.inside.names(), *self.bundle.names}


def bundle_outside(
    inside: DeckSource, outside: OutsideFiles, name: str, *, family: str
) -> BundledSource:
    """The source from which the deck names no file outside of its folder any more.

    Raises BadInput for an outside file that is not there, and DeckError as ``read_deck`` does.
    """
    source = BundledSource(inside, outside, Bundle())
    for _ in range(ROUNDS_MAX):
        references = read_deck(source, name, family=family).outside
        if not references:
            return source
        _take_in(source, references)
    raise BadInput(f"{name} names files outside of its folder over more than {ROUNDS_MAX} levels")


def _take_in(source: BundledSource, references: Iterable[Reference]) -> None:
    changed: dict[str, dict[int, tuple[str, str]]] = {}
    for reference in references:
        # Two names in one line: the second has its turn when the deck is read again.
        lines = changed.setdefault(reference.file, {})
        if reference.line not in lines:
            lines[reference.line] = (reference.written, _new_name(source, reference))
    for file, lines in changed.items():
        source.bundle.changes.setdefault(file, []).append(lines)


def _new_name(source: BundledSource, reference: Reference) -> str:
    for new, written in source.bundle.names.items():
        if written == reference.written:
            return new
    if source.outside.read(reference.written) is None:
        raise BadInput(
            f"{reference.file}:{reference.line}: {reference.keyword} names "
            f"'{reference.written}', which is not there",
            cure="Correct the path in the deck, or copy the file beside it.",
        )
    new = _free_name(reference.written, set(source.bundle.names), source.inside)
    source.bundle.names[new] = reference.written
    return new


def _free_name(written: str, taken: set[str], inside: DeckSource) -> str:
    stem, dot, suffix = written.replace("\\", "/").rpartition("/")[2].rpartition(".")
    if not stem:
        stem, dot, suffix = suffix, "", ""
    end = f"{dot}{safe_stem(suffix)[:_SUFFIX_LENGTH_MAX]}" if dot and suffix else ""
    number = len(taken) + 1
    while (name := f"outside_{number}_{safe_stem(stem)}{end}") in taken or _lies_in(inside, name):
        number += 1
    return name


def _lies_in(inside: DeckSource, name: str) -> bool:
    return inside.read(name) is not None


def _transform(name: str, changes: list[Changes]) -> Transform:
    def changed(chunks: Iterator[bytes]) -> Iterator[bytes]:
        for lines in changes:
            chunks = redirect(chunks, changes=lines, file=name)
        return chunks

    return changed
