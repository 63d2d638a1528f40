"""Judging a run of Abaqus, by what it wrote: its exit code proves nothing in either direction.

Some releases abort after the analysis has completed, so an exit code other than 0, or a signal,
does not undo what the status file says; and nothing says that 0 means success. ``completed`` is
said only when all of these hold: the last line of the .sta file says that the analysis has
completed; no ``***ERROR`` in .dat, .msg, .sta or the log; no .lck file is left, so the output
database was closed; room left on the scratch disk. What else is odd is a warning.
Never run with Abaqus itself; with texts of published runs, and a program that behaves like it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from node_service.processes import signal_name
from node_service.solvers import ends
from node_service.solvers.abaqus_errors import explain, explain_end, explain_licence
from node_service.solvers.abaqus_log import (
    Log,
    Messages,
    has_last_word,
    read_log,
    read_messages,
)
from node_service.solvers.abaqus_sta import (
    Closing,
    closing,
    find_short_step,
    progress_of,
    read_rows,
)
from node_service.solvers.evidence import Evidence
from node_service.solvers.output import size_bytes
from node_service.solvers.verdict import Quoted, Verdict
from spool_layout.states import Outcome
from wamspool.decks.abaqus_sta import Rows
from wamspool.decks.deck import Step
from wamspool.decks.progress import Progress


@dataclass(frozen=True, slots=True)
class _Found:
    """What lies in the run folder."""

    closing: Closing
    log: Log
    messages: Messages
    rows: Rows
    is_locked: bool

    @property
    def is_whole(self) -> bool:
        """Whether the files alone show that the analysis has completed."""
        completed = self.closing is Closing.COMPLETED
        return completed and not self.messages.errors and not self.is_locked


class AbaqusSolver:
    """See Solver."""

    def judge(self, evidence: Evidence) -> Verdict:
        """See Solver."""
        found = _find(evidence.run_folder, evidence.job)
        if found.is_whole:
            return ends.judge_disk(evidence) or _completed(evidence, found)
        if verdict := ends.judge_launch(evidence) or ends.judge_stopped(evidence):
            return verdict
        return _judge_failure(evidence, found)

    def progress(self, run_folder: Path, job: str, steps: Sequence[Step]) -> Progress:
        """See Solver. From the .sta file."""
        return progress_of(read_rows(run_folder / f"{job}.sta"), steps)

    def says_it_ended(self, run_folder: Path, job: str) -> bool:
        """See Solver. The status file closes before results are converted, the log after that."""
        return has_last_word(run_folder, job)


def _find(run_folder: Path, job: str) -> _Found:
    return _Found(
        closing=closing(run_folder / f"{job}.sta"),
        log=read_log(run_folder, job),
        messages=read_messages(run_folder, job),
        rows=read_rows(run_folder / f"{job}.sta"),
        is_locked=(run_folder / f"{job}.lck").exists(),
    )


def _completed(evidence: Evidence, found: _Found) -> Verdict:
    remark = _launcher_remark(evidence, found.log)
    warnings = [*found.messages.dangers]
    if short := find_short_step(found.rows, evidence.steps):
        warnings.append(short)
    if not size_bytes(evidence.run_folder / f"{evidence.job}.odb"):
        warnings.append(f"there is no {evidence.job}.odb, or an empty one")
    sentence = "Abaqus completed the analysis."
    if warnings:
        more = f" (and {len(warnings) - 1} more)" if len(warnings) > 1 else ""
        sentence = f"Abaqus completed the analysis, but check this first: {warnings[0]}{more}."
    if remark:
        sentence += f" Afterwards {remark}, which changes nothing in the results."
        warnings.append(remark)
    return Verdict(
        outcome=Outcome.COMPLETED,
        reason="completed",
        sentence=sentence,
        lines=(*found.log.trouble, *found.log.failed) if remark else (),
        warnings=tuple(warnings),
        warning_count=found.messages.warning_count,
    )


def _launcher_remark(evidence: Evidence, log: Log) -> str | None:
    """How the launcher ended, where that does not fit an analysis that has completed."""
    if evidence.signal is not None:
        return f"its launcher was ended by the signal {signal_name(evidence.signal)}"
    if evidence.exit_code:
        return f"its launcher ended with exit code {evidence.exit_code}"
    if log.failed or log.trouble:
        return "its launcher reported an error"
    return None if log.completed else "its launcher did not say COMPLETED"


def _judge_failure(evidence: Evidence, found: _Found) -> Verdict:
    computed = bool(found.rows.rows)
    known = explain(found.messages, found.log) or explain_licence(found.log, computed=computed)
    if known and found.closing is Closing.COMPLETED:
        reason, sentence, lines = known
        known = reason, f"The .sta file says completed, but: {sentence}", lines
    if known:
        return _failed(found, *known)
    if verdict := ends.judge_disk(evidence) or ends.judge_signal(evidence):
        return verdict
    if found.closing is Closing.COMPLETED:
        sentence = (
            f"The .sta file says that the analysis has completed, but {evidence.job}.lck is left: "
            "the output database was not closed. Do not trust it; run the job again."
        )
        return _failed(found, "incomplete", sentence, ends.quote_ends(evidence))
    if end := explain_end(found.log):
        return _failed(found, *end)
    if found.closing is Closing.NOT_COMPLETED:
        sentence = (
            "Abaqus says that the analysis has not been completed, and does not say why. See the "
            "end of its .msg file."
        )
        return _failed(found, "solver-error", sentence, ends.quote_ends(evidence))
    return _failed(found, "incomplete", _silence(evidence), ends.quote_ends(evidence))


def _silence(evidence: Evidence) -> str:
    return (
        f"Abaqus ended with exit code {evidence.exit_code}, and its .sta file does not say how "
        "the analysis ended. See the last lines of its output."
    )


def _failed(found: _Found, reason: str, sentence: str, lines: tuple[Quoted, ...]) -> Verdict:
    return Verdict(
        outcome=Outcome.FAILED,
        reason=reason,
        sentence=sentence,
        lines=lines,
        warnings=tuple(found.messages.dangers),
        warning_count=found.messages.warning_count,
    )
