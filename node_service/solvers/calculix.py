"""Judging a run of CalculiX, whose exit code proves nothing in either direction.

``completed`` is said only when all of these hold; else the first that fails names the reason:
exit code 0; a line 'Job finished'; no '*ERROR'; at least as many steps begun as the deck has
*STEP..*END STEP pairs, and at least one; .frd, .sta and .dat whole; every timed step at its end;
room left on the scratch disk. The last is looked at before the ones that a full disk explains.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from node_service.processes.interface import SOLVER_OUT
from node_service.solvers import ends
from node_service.solvers.calculix_errors import explain
from node_service.solvers.calculix_files import (
    find_incomplete_file,
    find_short_step,
    find_suspicions,
    read_rows,
)
from node_service.solvers.calculix_log import Log, read_log
from node_service.solvers.evidence import Evidence
from node_service.solvers.output import read_head, read_tail, size_bytes
from node_service.solvers.verdict import Quoted, Verdict
from spool_layout.states import Outcome
from wamspool.decks.deck import Step
from wamspool.decks.progress import Progress, percent

_BOM: Final = b"\xef\xbb\xbf"
_BOM_SENTENCE: Final = (
    "The deck begins with a byte order mark, which makes CalculiX lose its first card: save it "
    "as UTF-8 without BOM."
)
_LOG_WINDOW_BYTES: Final = 512 * 1024
_LAST_WORDS_BYTES: Final = 4096
_STEP: Final = re.compile(r"^ STEP +(\d+) *\r?$", re.MULTILINE)


class CalculixSolver:
    """See Solver."""

    def judge(self, evidence: Evidence) -> Verdict:
        """See Solver."""
        log = read_log(evidence.run_folder / SOLVER_OUT)
        verdict = ends.judge_launch(evidence) or _judge(evidence, log)
        if verdict.outcome is not Outcome.COMPLETED and evidence.stopped_for is not None:
            # a run that got to its end before the signal did is completed all the same
            verdict = ends.judge_stopped(evidence) or verdict
        dangers = [*log.dangers]
        if verdict.outcome is Outcome.COMPLETED:
            dangers += find_suspicions(evidence.run_folder, evidence.job, evidence.steps)
            verdict = replace(verdict, sentence=_completed_sentence(dangers))
        return replace(verdict, warnings=tuple(dangers), warning_count=log.warning_count)

    def progress(self, run_folder: Path, job: str, steps: Sequence[Step]) -> Progress:
        """See Solver. From the .sta file, and the steps announced on the standard output."""
        out = run_folder / SOLVER_OUT
        text = read_head(out, _LOG_WINDOW_BYTES)
        if size_bytes(out) > _LOG_WINDOW_BYTES:
            text += b"\n" + read_tail(out, _LOG_WINDOW_BYTES)
        started = last_started_step(text.decode("ascii", "replace"))
        return percent(steps, read_rows(run_folder, job), steps_started=started)

    def says_it_ended(self, run_folder: Path, job: str) -> bool:  # noqa: ARG002 - one fixed file
        """See Solver. 'Job finished' is among the last lines; a failed run says no such thing."""
        return b"Job finished" in read_tail(run_folder / SOLVER_OUT, _LAST_WORDS_BYTES)


def last_started_step(text: str) -> int:
    """The number of the last step that standard output announces; 0 before the first."""
    numbers = [int(number) for number in _STEP.findall(text)]
    return max(numbers, default=0)


def _judge(evidence: Evidence, log: Log) -> Verdict:
    if log.errors:
        reason, sentence = explain(log.errors)
        if reason == "deck-error" and _begins_with_bom(evidence):
            sentence = f"{_BOM_SENTENCE} {sentence}"
        return _failed(reason, sentence, tuple(log.errors))
    if full := ends.judge_disk(evidence):
        return full
    if killed := ends.judge_signal(evidence):
        return _with_deck_hint(evidence, killed)
    if evidence.exit_code != 0:
        return _failed(
            "solver-error",
            f"CalculiX ended with exit code {evidence.exit_code} and did not say why. "
            "See the last lines of its output.",
            ends.quote_ends(evidence),
        )
    if shortfall := _find_shortfall(evidence, log):
        return _failed("incomplete", shortfall, ends.quote_ends(evidence))
    return Verdict(outcome=Outcome.COMPLETED, reason="completed", sentence="")


def _find_shortfall(evidence: Evidence, log: Log) -> str | None:
    """What is missing from a run that ended with exit code 0, as a sentence."""
    wanted = sum(step.closed for step in evidence.steps)
    if wanted == 0 or log.steps_started == 0:
        return (
            "CalculiX computed nothing: the deck has no *STEP that is closed by *END STEP. "
            "Check whether the deck was cut off, and submit it again."
        )
    if not log.finished:
        return "CalculiX ended without 'Job finished'. Run it again; if it comes back, see its log."
    if log.steps_started < wanted:
        return f"CalculiX ran {log.steps_started} of the {wanted} steps of the deck."
    if broken := find_incomplete_file(evidence.run_folder, evidence.job):
        return f"The results are not complete: {broken}. Run the job again."
    rows = read_rows(evidence.run_folder, evidence.job)
    if short := find_short_step(evidence.steps, rows):
        return f"The results are not complete: {short}."
    return None


def _failed(reason: str, sentence: str, lines: tuple[Quoted, ...]) -> Verdict:
    return Verdict(outcome=Outcome.FAILED, reason=reason, sentence=sentence, lines=lines)


def _with_deck_hint(evidence: Evidence, killed: Verdict) -> Verdict:
    """A crash is explained where the deck shows why."""
    deck = evidence.run_folder / f"{evidence.job}.inp"
    if deck.exists() and not read_head(deck, 1):
        return replace(killed, sentence=f"The deck is empty. {killed.sentence}")
    if _begins_with_bom(evidence):
        return replace(killed, sentence=f"{_BOM_SENTENCE} {killed.sentence}")
    return killed


def _begins_with_bom(evidence: Evidence) -> bool:
    return read_head(evidence.run_folder / f"{evidence.job}.inp", 3) == _BOM


def _completed_sentence(dangers: Sequence[str]) -> str:
    if not dangers:
        return "CalculiX computed every step to its end."
    more = f" (and {len(dangers) - 1} more)" if len(dangers) > 1 else ""
    return f"CalculiX computed every step to its end, but check this first: {dangers[0]}{more}."
