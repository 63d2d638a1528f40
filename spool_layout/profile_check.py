"""``check`` of a solver profile: a small deck by which an administrator sees whether it works."""

from typing import Final

from spool_layout.fields import Fields

DECK_LENGTH_MAX: Final = 20_000


def parse_check_deck(f: Fields) -> str:
    """The deck's text; empty where the profile has none. Raises FormatError."""
    check = f.section("check")
    deck = check.text("deck", length_max=DECK_LENGTH_MAX)
    if f.raw("check") is not None and not deck.strip():
        check.refuse("deck", "is missing", cure="Put a small deck there: 'deck: |' and its lines.")
    check.refuse_unknown(("deck",))
    return deck
