"""What CalculiX 2.20 says on its standard output.

It ends with exit code 0 after a missing include and on a full disk, and 'Job finished' also where
nothing was computed; so the text is searched for what was said, not for one sign of success. C and
Fortran parts of it write into the same file, so the order of lines is not that of events.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from node_service.solvers.output import Hit, lines_holding, quote
from node_service.solvers.verdict import Quoted

ERRORS_KEPT: Final = 12
DANGERS_KEPT: Final = 20

_TEXTS: Final = (
    b"*ERROR",
    b"ERROR in",
    b"*WARNING",
    b" STEP ",
    b"Job finished",
    b"ingular",
    b"zero pivot",
)
_ERROR: Final = re.compile(rb"\*ERROR|^ERROR in")
_STEP: Final = re.compile(rb" STEP +\d+ *\r?\Z")
_CARD_IMAGE: Final = re.compile(rb"\*WARNING reading the input file\. Card image")
_PARAMETER: Final = re.compile(rb"\*WARNING reading (\S+): parameter not recognized")
_NAMED_ABSENT: Final = re.compile(rb"does not exist|is not defined|no degrees of freedom")
_SINGULAR: Final = re.compile(rb"[Ss]ingular|zero pivot")


@dataclass(slots=True)
class Log:
    """What was found. ``errors`` and ``dangers`` keep the first ones; ``warning_count`` has all.

    ``dangers`` are the warnings after which CalculiX computes something else than was written.
    """

    finished: bool = False
    steps_started: int = 0
    errors: list[Quoted] = field(default_factory=list)
    dangers: list[str] = field(default_factory=list)
    warning_count: int = 0


def read_log(path: Path) -> Log:
    """The log of a run that has ended; empty where there is none."""
    log = Log()
    for hit in lines_holding(path, _TEXTS):
        if _ERROR.search(hit.line):
            if len(log.errors) < ERRORS_KEPT:
                log.errors.append(_whole_message(path.name, hit))
        elif _STEP.match(hit.line):
            log.steps_started += 1
        elif hit.line.strip() == b"Job finished":
            log.finished = True
        else:
            log.warning_count += b"*WARNING" in hit.line
            danger = _danger(hit)
            if danger and danger not in log.dangers and len(log.dangers) < DANGERS_KEPT:
                log.dangers.append(danger)
    return log


def _danger(hit: Hit) -> str | None:
    """A warning in words where it is of the dangerous kind."""
    below = _text(hit.below[0])
    if _CARD_IMAGE.search(hit.line):
        return f"line ignored: {below}"
    if match := _PARAMETER.search(hit.line):
        return f"parameter ignored: {below} of {_text(match[1])}"
    if _NAMED_ABSENT.search(hit.line):
        return _text(hit.line).removeprefix("*WARNING").lstrip(": ")
    if _SINGULAR.search(hit.line):
        return f"the equation system may be singular: {_text(hit.line)}"
    return None


def _whole_message(file: str, hit: Hit) -> Quoted:
    """The message with the lines that it goes on in."""
    lines = [hit.line]
    for line in hit.below:
        if not line.strip() or b"*" in line or _STEP.match(line):
            break
        lines.append(line)
    return quote(file, hit.number, b" ".join(lines))


def _text(line: bytes) -> str:
    return quote("", None, line).text
