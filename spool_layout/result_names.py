"""Under which names results lie with a done job: those that the solver gave them, where every share
can hold them and none is WAM's own.

Programs write what they like: ``Stress.dat`` beside ``stress.dat``, ``t=0:30.csv``, and an
``outcome.yaml`` of their own. Each of these kept a job from ever being done, on some share; a result
called ``ticket.yaml`` showed its job as done before it was.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from spool_layout import folders
from spool_layout.names import RESERVED_STEMS, fold

OWN: Final = frozenset({folders.TICKET_FILE, folders.OUTCOME_FILE, folders.INPUTS})
OWN_PREFIX: Final = "run-"
PART_BYTES_MAX: Final = 240
"""Shares take 255; who copies a result to his machine needs some of them for an unfinished one."""
SUFFIX_MAX: Final = 16
_REFUSED: Final = re.compile(r'[:*?"<>|\\\x00-\x1f\x7f\ud800-\udfff]')


def names_shown(names: Iterable[str]) -> dict[str, str]:
    """For each name in a run's folder (``sub/name`` with '/') the one that it has with the done job.

    No two of them are one to a share that is blind to case, and the same names give the same
    again. A name that can be kept is; the others give way.
    """
    wanted = {name: _plain(name) for name in sorted(names)}
    taken = {fold(folder) for shown in wanted.values() for folder in _folders_above(shown)}
    shown_of: dict[str, str] = {}
    for name in sorted(wanted, key=lambda one: (wanted[one] != one, one)):
        shown_of[name] = shown = _free(wanted[name], taken)
        taken.add(fold(shown))
    return {name: shown_of[name] for name in wanted}


def _plain(name: str) -> str:
    first, *rest = map(_plain_part, name.split("/"))
    return "/".join([f"{OWN_PREFIX}{first}" if fold(first) in OWN else first, *rest])


def _plain_part(part: str) -> str:
    plain = _REFUSED.sub("_", part)
    kept = plain.rstrip(". ")
    plain = kept + "_" * (len(plain) - len(kept))
    if len(plain.encode()) > PART_BYTES_MAX:
        stem, dot, suffix = plain.rpartition(".")
        mark = f"{dot}{suffix}" if stem and len(suffix) <= SUFFIX_MAX else ""
        plain = _cut(plain.removesuffix(mark), mark) + mark
    is_device = plain.split(".", maxsplit=1)[0].rstrip(" ").lower() in RESERVED_STEMS
    return f"_{plain}" if is_device else plain


def _folders_above(name: str) -> Iterator[str]:
    while name := name.rpartition("/")[0]:
        yield name


def _free(wanted: str, taken: set[str]) -> str:
    name, number = wanted, 2
    while fold(name) in taken:
        folder, slash, last = wanted.rpartition("/")
        stem, dot, suffix = last.rpartition(".")
        mark = f"~{number}{dot}{suffix}" if stem else f"~{number}"
        name = f"{folder}{slash}{_cut(stem or last, mark)}{mark}"
        number += 1
    return name


def _cut(stem: str, mark: str) -> str:
    left_bytes = max(1, PART_BYTES_MAX - len(mark.encode()))
    return stem.encode()[:left_bytes].decode("utf-8", "ignore")
