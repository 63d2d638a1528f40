"""Wishes for the job in the deck's comment lines: ``** WAM: cpus=8 note="mesh study 3"``."""

import re
from typing import Final

from wamspool.decks.card import text_of
from wamspool.decks.deck import Remark, WamOption
from wamspool.decks.lines import Line

_WAM: Final = re.compile(rb"[ \t]*\*\*[ \t]*WAM[ \t]*:(.*)", re.IGNORECASE | re.DOTALL)
_PAIR: Final = re.compile(
    r"""\s*(?P<name>[A-Za-z][\w.-]*)\s*=\s*(?:"(?P<quoted>[^"]*)"|(?P<plain>[0-9.]+[ \t]+(?:[kmgt]i?b?|b|s|sec|min|h|d|w)(?=[\s,;]|$)(?!\s*=)|[^\s,;"]+))(?=[\s,;]|$)[,;]?""",
    re.IGNORECASE,  # a number and its unit may stand apart: memory=16 GB
)


_NEARLY: Final = re.compile(  # **WAM; cpus=8   ** WAM cpus=8   ** WMA: cpus=8
    rb"[ \t]*\*\*[ \t]*(?:WAM\b[ \t]*[;,.=-]?|(?:WMA|AWM|WAMM|WAN)[ \t]*:)[ \t]*[A-Z_.]+[ \t]*=",
    re.IGNORECASE,
)


def _slip(line: Line, file: str) -> Remark:
    text = f"{text_of(line.text).strip()[:60]!r} is not read: wishes begin with '** WAM:'"
    return Remark(file=file, line=line.number, text=text)


def wish(option: str) -> str:
    """The words by which a remark asks for an option; moot where the option is given."""
    return f"give {option}=NAME in the ticket's options"


def read_options(line: Line, *, file: str) -> tuple[tuple[WamOption, ...], Remark | None]:
    """The options on a comment line, none when it is not addressed to WAM.

    Pairs are set apart by blanks, commas or semicolons. What is no ``name=value`` is not guessed
    at: reading stops there, with a remark.
    """
    addressed = _WAM.match(line.text)
    if addressed is None:
        return (), _slip(line, file) if _NEARLY.match(line.text) else None
    text = text_of(addressed.group(1)).strip()
    options: list[WamOption] = []
    at = 0
    while at < len(text):
        pair = _PAIR.match(text, at)
        if pair is None:
            rest = text[at:].strip()[:60]
            problem = f'WAM cannot read {rest!r} here: write name=value, or name="several words"'
            return tuple(options), Remark(file=file, line=line.number, text=problem)
        quoted = pair.group("quoted")
        value = quoted if quoted is not None else pair.group("plain")
        name = pair.group("name").lower()
        options.append(WamOption(name=name, value=value, file=file, line=line.number))
        at = pair.end()
    return tuple(options), None
