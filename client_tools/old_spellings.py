"""The single-dash words of the WAM before this one: fingers and scripts know them.

``-bat -a -j -cpus -gpus -n -p -e -get -m -w -k -cstat -qstat -hist -tc -about -ham``.
"""

from collections.abc import Sequence
from typing import Final

import typer

PRIORITIES: Final = {"0": "high", "1": "normal", "2": "low"}
_PLAIN: Final = {
    "-cstat": ("status",),
    "-qstat": ("status",),
    "-hist": ("history",),
    "-tc": ("tokens",),
    "-about": ("about",),
    "-ham": ("ham",),
    "-get": ("get",),
    "-m": ("monitor",),
    "-w": ("watch",),
    "-k": ("kill",),
}
_WITH_VALUE: Final = {"-cpus": "--cpus", "-gpus": "--gpus", "-n": "--node", "-p": "--priority"}
_SUBMIT: Final = frozenset({"-bat", "-a", "-j", "-e", *_WITH_VALUE})
WORDS: Final = frozenset(_PLAIN) | _SUBMIT


def translated(argv: Sequence[str]) -> list[str] | None:
    """The words of today that ask for the same; None when the first is no old one.

    Words that were never old ones stay as they are. Raises typer.BadParameter for an old word
    that lacks its value.
    """
    if not argv or argv[0] not in WORDS:
        return None
    words = list(argv)
    for old in words:
        if old in _PLAIN:
            words.remove(old)
            # The old table of queues took a host and never looked at it.
            ids = _without_host(words) if _PLAIN[old] == ("status",) else words
            return [*_PLAIN[old], *ids]
    return _submission(words)


def _without_host(words: list[str]) -> list[str]:
    if "-n" not in words:
        return words
    at = words.index("-n")
    return words[:at] + words[at + 2 :]


def _submission(words: list[str]) -> list[str]:
    decks: list[str] = []
    options: list[str] = []
    picks = takes_all = False
    rest = iter(words)
    for word in rest:
        match word:
            case "-bat":
                picks = True
            case "-a":
                picks = takes_all = True
            case "-j":
                name = _value(word, next(rest, None))
                decks.append(name if "." in name else f"{name}.inp")
            case "-e":
                options += ["--email", _address(next(rest, None))]
            case _ if word in _WITH_VALUE:
                value = _value(word, next(rest, None))
                options += [
                    _WITH_VALUE[word],
                    PRIORITIES.get(value, value) if word == "-p" else value,
                ]
            case _:
                options.append(word)
    if decks:
        return ["ticket", *decks, *options]
    if not picks:
        raise typer.BadParameter("say which deck: wam ticket DECK", param_hint=words[0])
    return ["batch", *(["--all"] if takes_all else []), *options]


def _value(word: str, value: str | None) -> str:
    if value is None or value in WORDS:
        raise typer.BadParameter("needs a value", param_hint=word)
    return value


def _address(value: str | None) -> str:
    if value is None or "@" not in value:
        cure = "needs the address now: --email ADDRESS"
        raise typer.BadParameter(cure, param_hint="-e")
    return value
