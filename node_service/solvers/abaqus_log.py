"""What Abaqus says: its log, and the messages in its .dat, .msg and .sta files.

Run with ``interactive`` the log goes to standard output, and Abaqus/Explicit puts its status file
there as well; else it is ``<job>.log``. Messages begin with ``***ERROR`` or ``***WARNING``.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from node_service.processes.interface import SOLVER_ERR, SOLVER_OUT
from node_service.solvers.output import Hit, lines_holding, matching_lines, quote, read_tail
from node_service.solvers.verdict import Quoted

KEPT: Final = 12
_LAST_WORDS_BYTES: Final = 4096

_MARKS: Final = (b"***ERROR", b"***WARNING")
_ERROR: Final = re.compile(rb"^\s*\*\*\*ERROR")
_WARNING: Final = re.compile(rb"^\s*\*\*\*WARNING")
_SINGULAR: Final = re.compile(rb"(?i)numerical singularity|zero pivot|solver problem")
# In this order: the launcher's words about a licence are an error of its own, too.
_KINDS: Final = {
    "completed": rb"\bAbaqus JOB \S+ COMPLETED\b",
    "licence": rb"error checking out .*licen[cs]e|FlexNet Licensing error|insufficient licen[cs]es"
    rb"|time limit .*queue has been exceeded|licensed number of users already reached",
    "trouble": rb"\bAbaqus Error:|terminated by signal|no space left on device|disk quota exceeded"
    rb"|problem during (?:compilation|linking)|cannot allocate memory|buffer overflow detected",
    "failed": rb"exited with (?:an )?errors?\b|\baborted due to errors\b",
}
_SAID: Final = re.compile(b"|".join(_KINDS.values()), re.IGNORECASE)
_BY_KIND: Final = {kind: re.compile(text, re.IGNORECASE) for kind, text in _KINDS.items()}
_LAST_WORD: Final = re.compile(_KINDS["completed"] + b"|" + _KINDS["failed"], re.IGNORECASE)


@dataclass(slots=True)
class Log:
    """What the log says. ``trouble`` has the launcher's own errors, ``failed`` who gave up."""

    completed: bool = False
    failed: list[Quoted] = field(default_factory=list)
    licence: list[Quoted] = field(default_factory=list)
    trouble: list[Quoted] = field(default_factory=list)


@dataclass(slots=True)
class Messages:
    """The first errors and suspicious warnings; ``warning_count`` counts all warnings."""

    errors: list[Quoted] = field(default_factory=list)
    dangers: list[str] = field(default_factory=list)
    warning_count: int = 0


def read_log(run_folder: Path, job: str) -> Log:
    """The log of a run that has ended; empty where there is none."""
    log = Log()
    for path in _logs(run_folder, job):
        for hit in matching_lines(path, _SAID):
            kinds = (kind for kind, text in _BY_KIND.items() if text.search(hit.line))
            kind = next(kinds, "failed")
            if kind == "completed":
                log.completed = True
            else:
                kept: list[Quoted] = getattr(log, kind)
                if len(kept) < KEPT:
                    kept.append(quote(path.name, hit.number, hit.line))
    return log


def has_last_word(run_folder: Path, job: str) -> bool:
    """Whether the log says that the job completed or was given up."""
    return any(
        _LAST_WORD.search(read_tail(path, _LAST_WORDS_BYTES)) for path in _logs(run_folder, job)
    )


def read_messages(run_folder: Path, job: str) -> Messages:
    """The messages of a run that has ended.

    Those on the standard output count only where the files have none: they are the same.
    """
    found = Messages()
    for path in (run_folder / f"{job}{suffix}" for suffix in (".dat", ".msg", ".sta")):
        _collect(found, path)
    if not found.errors:
        for path in _logs(run_folder, job):
            _collect(found, path)
    return found


def _collect(found: Messages, path: Path) -> None:
    for hit in lines_holding(path, _MARKS):
        if _ERROR.search(hit.line):
            message = _whole_message(path.name, hit)
            known = any(error.text == message.text for error in found.errors)
            if len(found.errors) < KEPT and not known:
                found.errors.append(message)
        elif _WARNING.search(hit.line):
            found.warning_count += 1
            if _SINGULAR.search(hit.line):
                text = quote("", None, hit.line).text.removeprefix("***WARNING: ")
                danger = f"the equation system may be singular: {text}"
                if danger not in found.dangers and len(found.dangers) < KEPT:
                    found.dangers.append(danger)


def _whole_message(file: str, hit: Hit) -> Quoted:
    """The message with the lines, set in by blanks, that it goes on in."""
    lines = [hit.line]
    for line in hit.below:
        if not line.strip() or not line.startswith(b"  ") or b"***" in line:
            break
        lines.append(line)
    return quote(file, hit.number, b" ".join(lines))


def _logs(run_folder: Path, job: str) -> Iterator[Path]:
    return (run_folder / name for name in (SOLVER_OUT, f"{job}.log", SOLVER_ERR))
