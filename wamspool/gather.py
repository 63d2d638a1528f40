"""From a deck to what must travel with it: shared by dropped decks and by submissions."""

import hashlib
import itertools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from spool_layout import folders
from spool_layout.asked import draft_of, section_of
from spool_layout.names import check_file_path, fold, safe_stem
from spool_layout.profile import Profile
from spool_layout.settings import SpoolSettings
from spool_layout.ticket import Draft
from spool_layout.yaml_text import Section
from wamspool.decks.deck import Deck, Kind, Reference
from wamspool.decks.reader import read_deck
from wamspool.decks.source import DeckSource
from wamspool.errors import BadInput, Gone
from wamspool.option_files import files_beside, with_option_files
from wamspool.share import Copied, Share
from wamspool.tree import files_below

IN_DECK = frozenset(
    "name solver priority resources nodes node tags tag after hold retries email note options".split()
)


class ShareSource:
    """Decks in one folder of a share. Remembers the digest of each file that was read whole."""

    def __init__(self, share: Share, folder: str) -> None:
        self._share = share
        self._folder = folder
        self.digests: dict[str, Copied] = {}

    def read(self, name: str) -> Iterable[bytes] | None:
        """The file's content in pieces, or None when there is no such plain file."""
        pieces = self._share.chunks(f"{self._folder}/{name}" if self._folder else name)
        try:
            first = next(pieces, b"")
        except Gone:
            return None
        return self._counted(name, first, pieces)

    def _counted(self, name: str, first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
        digest, size = hashlib.sha256(), 0
        for piece in itertools.chain((first,), rest):
            digest.update(piece)
            size += len(piece)
            yield piece
        self.digests[name] = Copied(size, digest.hexdigest())

    def digest_of(self, name: str) -> Copied:
        """Size and digest of a file, which is read for it only if it was not read yet."""
        if name not in self.digests:
            for _ in self.read(name) or ():
                pass
        if name not in self.digests:
            raise Gone(f"{self._folder}/{name}", "is not there any more")
        return self.digests[name]

    def names(self) -> Collection[str]:
        """The plain files of the folder and below it."""
        return set(files_below(self._share, self._folder))


@dataclass(frozen=True, slots=True)
class Item:
    """A file that travels: its name beside the deck, and in the solver's folder."""

    name: str
    staged: str


@dataclass(frozen=True, slots=True)
class Gathered:
    """A deck that can become a job, once ``missing`` is empty and ``breaks_off`` is None."""

    draft: Draft
    deck: Deck
    items: tuple[Item, ...]
    remarks: tuple[str, ...]

    @property
    def missing(self) -> tuple[Reference, ...]:
        """Files that the deck names and that are not there."""
        return self.deck.missing

    @property
    def breaks_off(self) -> str | None:
        """Why the text looks unfinished, or None."""
        return self.deck.ends_abruptly


FamilyOf = Callable[[str], str]


def gather(
    source: DeckSource,
    name: str,
    *,
    family_of: FamilyOf,
    default_solver: str,
    weaker: Iterable[Mapping[str, Any]] = (),
    stronger: Mapping[str, Any] | None = None,
    profiles: Mapping[str, Profile] | None = None,
    takes_beside: bool = False,
) -> Gathered:
    """The job that a deck, its ``** WAM:`` lines and the settings around them ask for.

    The deck's lines win over ``weaker`` settings, ``stronger`` ones over the deck's lines.
    ``profiles`` tell which files an option names; with ``takes_beside`` those travel too that a
    profile wants from beside the deck (only where all in that folder is one person's).
    Raises FormatError, DeckError or BadInput naming file, line and cure.
    """
    strong = stronger or {}
    known = str(strong.get("solver") or "").lower()
    deck = read_deck(source, name, family=family_of(known or default_solver))
    lines = _deck_section(deck)
    solver = str(known or lines.get("solver") or _last(weaker, "solver") or default_solver).lower()
    if family_of(solver) != family_of(known or default_solver):
        deck = read_deck(source, name, family=family_of(solver))
    asked = {"input": name, "solver": solver}
    draft = draft_of(*weaker, lines, strong, asked, source=name)
    if profile := (profiles or {}).get(solver):
        deck = with_option_files(deck, draft, profile, source)
        beside = files_beside(profile, source) if takes_beside else ()
        draft = replace(draft, files=tuple(dict.fromkeys((*draft.files, *beside))))
    _refuse_outside(deck)
    items = _items(deck, draft)
    travelling = tuple(item.name for item in items if item.name != name)
    remarks = (*(_remark(r.file, r.line, r.text) for r in deck.remarks), *_seconds_meant(deck))
    return Gathered(replace(draft, files=travelling), deck, items, remarks)


def _last(sections: Iterable[Mapping[str, Any]], name: str) -> object:
    values = [section[name] for section in sections if name in section]
    return values[-1] if values else None


def _deck_section(deck: Deck) -> Section:
    words = ((o.name, o.value, o.line) for o in deck.options)
    return section_of(words, source=deck.name, permitted=IN_DECK)


def _seconds_meant(deck: Deck) -> Iterator[str]:
    for option in deck.options:
        if option.name == "walltime" and option.value.replace(".", "", 1).isdigit():
            said = f"walltime={option.value} is {option.value} seconds"
            text = f"{said}; write {option.value}h if hours are meant"
            yield _remark(option.file, option.line, text)


def _remark(file: str, line: int | None, text: str) -> str:
    return f"{file}:{line}: {text}" if line else f"{file}: {text}"


def _refuse_outside(deck: Deck) -> None:
    if deck.outside:
        first = deck.outside[0]
        raise BadInput(
            f"{first.file}:{first.line}: {first.keyword} names '{first.written}', which lies "
            "outside the deck's folder",
            cure="Copy that file beside the deck and name it without a path.",
        )


def _items(deck: Deck, draft: Draft) -> tuple[Item, ...]:
    stem = deck.name.rpartition("/")[2].rpartition(".")[0] or deck.name
    safe = safe_stem(stem)
    by_name = {r.name for r in deck.references if r.kind is Kind.BY_NAME}
    items = []
    for name in dict.fromkeys((*deck.bundle(), *draft.files)):
        check_file_path(name, source=deck.name)
        _refuse_own_name(name, deck.name)
        staged = name
        if name == deck.name:
            staged = staged_deck(name)
        elif name in by_name:
            staged = safe + name.rpartition("/")[2][len(stem) :]
        items.append(Item(name, staged))
    _refuse_clashes(items)
    return tuple(items)


def _refuse_own_name(name: str, deck: str) -> None:
    """WAM itself removes one of these with what it shows of the run, and reads the other."""
    if fold(name.partition("/")[0]) in {folders.LIVE, folders.DRAFT_FILE}:
        raise BadInput(
            f"{deck}: '{name}' has a name that WAM uses itself beside the inputs of a job",
            cure="Give that file or folder another name.",
        )


def staged_deck(name: str) -> str:
    """The safe name under which a deck is solved: its stem in ASCII, its suffix in lower case."""
    stem, dot, suffix = name.rpartition("/")[2].rpartition(".")
    return safe_stem(stem) + (dot + suffix.lower() if stem else "") if dot else safe_stem(name)


def _refuse_clashes(items: list[Item]) -> None:
    for what in ("name", "staged"):
        seen: dict[str, Item] = {}
        for item in items:
            other = seen.setdefault(fold(getattr(item, what)), item)
            if other is not item:
                raise BadInput(
                    f"'{other.name}' and '{item.name}' differ only in case or spelling",
                    cure="Rename one of them: some shares and systems take them for one file.",
                )


def explain_missing(missing: tuple[Reference, ...]) -> str:
    """A sentence that names each missing file and the card that wants it."""
    places = (f"{m.file}:{m.line}" if m.line else m.file for m in missing[:10])
    pairs = zip(places, missing, strict=False)
    return "; ".join(f"{place}: {m.keyword} wants '{m.written}'" for place, m in pairs)


def mail_remarks(draft: Draft, settings: SpoolSettings) -> tuple[str, ...]:
    """What somebody who asks for mail must know when no node could send any."""
    if draft.email and settings.mail is None:
        return (f"no mail will go to {draft.email}: this spool has no mail server (spool.yaml)",)
    return ()
