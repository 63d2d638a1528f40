"""Which of the decks in a dropped folder are jobs, and which are parts of them."""

from collections.abc import Sequence

from wamspool.decks.errors import DeckError
from wamspool.decks.reader import read_deck
from wamspool.decks.source import DeckSource


def root_decks(source: DeckSource, names: Sequence[str], *, family: str) -> tuple[str, ...]:
    """Those of ``names`` that no other of them reads, in their order: one job each.

    A deck that cannot be read counts as one that reads nothing: it stays a root, so that it is
    refused by itself, with its reason, unless another one includes it. Case counts only where
    the folder tells names apart by it.
    """
    used: set[str] = set()
    exact = set(names)
    by_fold = {name.casefold(): name for name in names}
    for name in names:
        if name in used:
            continue  # whatever it reads was read as a part of the other deck
        try:
            deck = read_deck(source, name, family=family)
        except DeckError:
            continue
        absent = {reference.name for reference in (*deck.missing, *deck.outside)}
        for reference in deck.references:
            if reference.name not in absent:
                found = reference.name if reference.name in exact else None
                used.add(found or by_fold.get(reference.name.casefold(), reference.name))
    return tuple(name for name in names if name not in used)
