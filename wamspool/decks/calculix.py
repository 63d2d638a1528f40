"""Decks as CalculiX 2.20 reads them; each rule was tried with the solver."""

from collections.abc import Sequence
from typing import Final

from wamspool.decks import calculix_cards
from wamspool.decks.card import Card, Mention, split_card
from wamspool.decks.deck import Kind
from wamspool.decks.dialect import Dialect, Role
from wamspool.decks.lines import Line

_NAME_CHARACTERS: Final = 132
_ROLES: Final = {
    "INCLUDE": Role.INCLUDE,
    "HEADING": Role.HEADING,
    "STEP": Role.STEP,
    "END STEP": Role.END_STEP,
}
_FILE_CARDS: Final = {  # keyword: (parameter, what the file is)
    "SUBMODEL": ("INPUT", Kind.RESULTS),
    "CRACK PROPAGATION": ("INPUT", Kind.RESULTS),
    "HCF": ("INPUT", Kind.RESULTS),
    "TEMPERATURE": ("FILE", Kind.RESULTS),
    "VIEWFACTOR": ("INPUT", Kind.DATA),
}
_USES_MODES: Final = frozenset({"MODAL DYNAMIC", "STEADY STATE DYNAMICS", "COMPLEX FREQUENCY"})


class CalculixDialect(Dialect):
    """CalculiX: no continuation of cards, no blanks in names, cards known by their beginning."""

    solver = "CalculiX"
    include_levels = 9
    continues = False
    keeps_blanks = False
    survives_bom = False

    def card(self, lines: Sequence[Line]) -> Card:
        compact, parameters, after_equals = split_card(lines)
        keyword = calculix_cards.recognise(compact) or compact
        return Card(compact, keyword, parameters, lines[0].number, after_equals)

    def role(self, card: Card) -> Role:
        if card.keyword in calculix_cards.TIMED:
            # These forms write no rows to .sta, so no progress can be read from them.
            untimed = card.find("EXPLICIT", "FREQUENCY", "MODALDYNAMIC") is not None
            return Role.UNTIMED if untimed else Role.TIMED
        if card.keyword in calculix_cards.UNTIMED:
            return Role.UNTIMED
        return _ROLES.get(card.keyword, Role.OTHER)

    def include(self, card: Card) -> Mention | str:
        # The name is all that follows the first '=', further parameters and comments too.
        name = (card.after_equals or "").replace(" ", "").replace("\t", "")
        if not name:
            return "this *INCLUDE names no file; CalculiX stops here"
        if len(name.encode()) > _NAME_CHARACTERS:
            return f"the file name has more than {_NAME_CHARACTERS} characters; CalculiX stops here"
        return Mention(written=card.after_equals or "", line=card.line, kind=Kind.INCLUDE)

    def can_read_include(self, card: Card) -> bool:  # noqa: ARG002 - always plain text
        return True

    def mentions(self, card: Card, *, stem: str) -> tuple[Mention, ...]:
        if card.keyword == "RESTART" and card.find("READ"):
            return (Mention(written=f"{stem}.rin", line=card.line, kind=Kind.BY_NAME),)
        if card.keyword in _USES_MODES:
            return (Mention(written=f"{stem}.eig", line=card.line, kind=Kind.BY_NAME),)
        if card.keyword not in _FILE_CARDS:
            return ()
        name, kind = _FILE_CARDS[card.keyword]
        parameter = card.find(name)
        reads = card.keyword != "VIEWFACTOR" or card.find("READ") is not None
        if parameter is not None and parameter.value:
            return (
                Mention(
                    written=parameter.value, line=parameter.line, kind=kind, required=reads
                ),
            )  # fmt: skip
        if card.keyword == "VIEWFACTOR" and reads:
            return (Mention(written=f"{stem}.vwf", line=card.line, kind=Kind.BY_NAME),)
        return ()

    def remarks(self, card: Card) -> tuple[str, ...]:
        found: list[str] = []
        if not card.keyword or calculix_cards.recognise(card.compact) is None:
            near = calculix_cards.did_you_mean(card.compact)
            hint = f" Did you mean *{near}?" if near else ""
            found.append(
                f"CalculiX 2.20 does not know *{_short(card.compact)}: it would leave the card out"
                f" and compute on, ending with exit code 0.{hint}"
            )
        elif not calculix_cards.is_exact(card.compact) and card.keyword != "INCLUDE":
            found.append(
                f"CalculiX takes *{_short(card.compact)} for *{card.keyword} without a word;"
                " correct the spelling if another card is meant"
            )
        found += self._ignored_files(card)
        return tuple(found)

    def made(self, card: Card, *, stem: str) -> tuple[str, ...]:
        storage = card.find("STORAGE")
        if storage is not None and (storage.value or "").upper().startswith("YES"):
            return (f"{stem}.eig",)
        if card.keyword == "VIEWFACTOR" and card.find("WRITE", "WRITEONLY"):
            output = card.find("OUTPUT")
            return (output.value if output and output.value else f"{stem}.vwf",)
        return ()

    def _ignored_files(self, card: Card) -> list[str]:
        taken = _FILE_CARDS.get(card.keyword, ("", None))[0]
        if card.keyword == "INCLUDE":
            return []
        return [
            f"CalculiX ignores {parameter.name}= on *{card.keyword}: the file"
            f" {_short(parameter.value or '')} would not be read, with exit code 0. Put"
            f" *INCLUDE, INPUT={_short(parameter.value or 'name')} on the line below the card"
            for parameter in card.parameters
            if parameter.name in {"INPUT", "FILE"} and parameter.name != taken
        ]


def _short(text: str) -> str:
    """At most 80 characters: a line of garbage must not flood a message."""
    return text if len(text) <= 80 else text[:77] + "..."
