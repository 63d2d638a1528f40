"""Decks as Abaqus reads them.

After the keyword pages of its manual (input syntax rules; FILE=, INPUT=, LIBRARY= of the cards);
read, never run here. Keywords and parameters may be shortened while they stay unambiguous.
"""

from collections.abc import Sequence
from typing import Final

from wamspool.decks.card import Card, Mention, Parameter, split_card
from wamspool.decks.deck import Kind
from wamspool.decks.dialect import Dialect, Role
from wamspool.decks.lines import Line
from wamspool.decks.options import wish

_TIMED: Final = (
    "STATIC", "DYNAMIC", "VISCO", "HEAT TRANSFER", "COUPLED TEMPERATURE-DISPLACEMENT",
    "COUPLED THERMAL-ELECTRICAL", "GEOSTATIC", "MASS DIFFUSION", "SOILS", "MODAL DYNAMIC",
    "DYNAMIC TEMPERATURE-DISPLACEMENT",
)  # fmt: skip
_UNTIMED: Final = (
    "FREQUENCY", "BUCKLE", "COMPLEX FREQUENCY", "STEADY STATE DYNAMICS", "RANDOM RESPONSE",
    "RESPONSE SPECTRUM", "SUBSTRUCTURE GENERATE", "MATRIX GENERATE",
)  # fmt: skip
_NO_FILE_CARDS: Final = ("INCLUDE", "HEADING", "STEP", "END STEP")
# Shortest beginnings that name one card only, among the cards of the manual's index.
_SHORTEST: Final = {
    "INCLUDE": 4, "HEADING": 4, "STEP": 4, "END STEP": 4, "STATIC": 5, "DYNAMIC": 4, "VISCO": 5,
    "FREQUENCY": 4, "BUCKLE": 4, "RESTART": 4, "SUBMODEL": 6, "IMPORT": 6,
}  # fmt: skip
_NO_MATCH: Final = 8  # letters needed of any other card
_OLD_JOB: Final = ("IMPORT", "MAP SOLUTION", "SYMMETRIC MODEL GENERATION", "POST OUTPUT")
_CARDS: Final = (
    *_NO_FILE_CARDS, *_TIMED, *_UNTIMED, "RESTART", "SUBMODEL", *_OLD_JOB
)  # fmt: skip
_BY_COMPACT: Final = {name.replace(" ", ""): name for name in _CARDS}
_ROLES: Final = {
    "INCLUDE": Role.INCLUDE,
    "HEADING": Role.HEADING,
    "STEP": Role.STEP,
    "END STEP": Role.END_STEP,
    **dict.fromkeys(_TIMED, Role.TIMED),
    **dict.fromkeys(_UNTIMED, Role.UNTIMED),
}
_RESULT_ENDINGS: Final = (".odb", ".fil", ".sim", ".prt", ".sup", ".res")


def _keyword(compact: str) -> str:
    if compact in _BY_COMPACT:
        return _BY_COMPACT[compact]
    for whole, name in _BY_COMPACT.items():
        if whole.startswith(compact) and len(compact) >= _SHORTEST.get(name, _NO_MATCH):
            return name
    return compact


class AbaqusDialect(Dialect):
    """Abaqus: cards go on after a trailing comma, INPUT= on any card names a file."""

    solver = "Abaqus"
    include_levels = 100  # no limit was found in the manual; this one only bounds the reader
    continues = True
    keeps_blanks = True
    survives_bom = True

    def card(self, lines: Sequence[Line]) -> Card:
        compact, parameters, after_equals = split_card(lines)
        return Card(compact, _keyword(compact), parameters, lines[0].number, after_equals)

    def role(self, card: Card) -> Role:
        if card.keyword == "STATIC" and card.find("RIKS"):
            return Role.UNTIMED  # its second value is an arc length
        return _ROLES.get(card.keyword, Role.OTHER)

    def include(self, card: Card) -> Mention | str:
        parameter = _find(card, "INPUT", shortest=1)
        if parameter is None or not parameter.value:
            return "this *INCLUDE names no file; Abaqus stops here"
        return Mention(written=parameter.value, line=parameter.line, kind=Kind.INCLUDE)

    def can_read_include(self, card: Card) -> bool:
        return _find(card, "PASSWORD", shortest=1) is None  # encrypted text

    def mentions(self, card: Card, *, stem: str) -> tuple[Mention, ...]:  # noqa: ARG002 - no by-name files
        data = _find(card, "INPUT", shortest=3)
        results = (_find(card, "FILE", shortest=3), _find(card, "OLDLIBRARY", shortest=6))
        found = [(data, Kind.DATA), *((parameter, Kind.RESULTS) for parameter in results)]
        return tuple(
            Mention(
                written=parameter.value,
                line=parameter.line,
                kind=kind,
                endings=_RESULT_ENDINGS if kind is Kind.RESULTS else (),
            )
            for parameter, kind in found
            if parameter is not None and parameter.value
        )

    def remarks(self, card: Card) -> tuple[str, ...]:
        if (card.keyword == "RESTART" and card.find("READ")) or card.keyword in _OLD_JOB:
            text = (
                f"*{card.keyword} reads the files of an earlier job, which the deck does not name:"
                f" {wish('oldjob')}, and its files beside the deck travel along"
            )
            return (text,)
        if card.keyword == "SUBMODEL":
            text = (
                "*SUBMODEL reads a global model, which the deck does not name:"
                f" {wish('globalmodel')}, and its results beside the deck travel along"
            )
            return (text,)
        return ()

    def made(self, card: Card, *, stem: str) -> tuple[str, ...]:  # noqa: ARG002 - none is read back
        return ()


def _find(card: Card, name: str, *, shortest: int) -> Parameter | None:
    """The parameter ``name``, perhaps shortened to not less than ``shortest`` letters."""
    return next(
        (p for p in card.parameters if len(p.name) >= shortest and name.startswith(p.name)), None
    )
