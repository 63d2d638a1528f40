"""From the words behind ``wam ticket`` to the decks that are meant."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from spool_layout.names import DECK_SUFFIX
from wamspool.clock import Clock
from wamspool.decks.errors import DeckMissing
from wamspool.decks.roots import root_decks
from wamspool.drops import TICKET_SUFFIXES
from wamspool.errors import BadInput
from wamspool.gather import ShareSource
from wamspool.open_share import local_folder

_WILD = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class NamedDeck:
    """A deck (or a ticket that a person wrote) and the folder that it lies in."""

    folder: Path
    name: str

    @property
    def is_ticket(self) -> bool:
        """Whether it is a ticket that names its deck."""
        return self.name.lower().endswith(TICKET_SUFFIXES)


def decks_named(words: Iterable[str], clock: Clock, *, family: str) -> tuple[NamedDeck, ...]:
    """The decks of all words in their order, each once.

    A word is a file, a pattern (shells on Windows do not unfold those), or a folder, of which
    the decks that no other one there includes are meant. Raises DeckMissing, BadInput.
    """
    found: dict[Path, NamedDeck] = {}
    for word in words:
        for deck in _of_word(word, lambda folder: _roots(folder, clock, family)):
            found.setdefault((deck.folder / deck.name).resolve(), deck)
    return tuple(found.values())


def _of_word(word: str, roots: Callable[[Path], Iterable[NamedDeck]]) -> Iterator[NamedDeck]:
    path = Path(word).expanduser()
    if path.is_dir():
        yield from roots(path)
    elif path.exists() or path.is_symlink():
        yield NamedDeck(path.parent, path.name)
    elif _WILD & set(word):
        yield from _matching(path, word)
    else:
        raise DeckMissing("there is no such file", file=word, cure=_similar(path))


def _matching(path: Path, word: str) -> list[NamedDeck]:
    base = Path(path.anchor) if path.is_absolute() else Path()
    pattern = str(path.relative_to(path.anchor)) if path.is_absolute() else str(path)
    matches = sorted(p for p in base.glob(pattern) if p.is_file())
    if not matches:
        raise DeckMissing("no file fits this pattern", file=word)
    return [NamedDeck(match.parent, match.name) for match in matches]


def _roots(folder: Path, clock: Clock, family: str) -> list[NamedDeck]:
    share = local_folder(folder, clock)
    names = sorted(e.name for e in share.list("") if e.name.lower().endswith(DECK_SUFFIX))
    if not names:
        raise BadInput(
            f"{folder} holds no {DECK_SUFFIX} file", cure="Name the folder that the decks lie in."
        )
    roots = root_decks(ShareSource(share, ""), names, family=family)
    return [NamedDeck(folder, name) for name in roots]


def _similar(path: Path) -> str | None:
    if not path.parent.is_dir():
        return f"There is no folder {path.parent} either."
    import difflib  # noqa: PLC0415 - for a slip only

    near = difflib.get_close_matches(path.name, [p.name for p in path.parent.glob("*.inp")], n=1)
    return f"Did you mean {path.with_name(near[0])}?" if near else None
