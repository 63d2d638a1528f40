"""Judging a run of any program by what its profile declares: exit codes, texts and files."""

import re
from collections.abc import Sequence
from pathlib import Path

from node_service.solvers import ends
from node_service.solvers.evidence import Evidence
from node_service.solvers.output import matching_lines, quote, read_tail
from node_service.solvers.verdict import Quoted, Verdict
from spool_layout.profile import FilePattern, Profile
from spool_layout.states import Outcome
from wamspool.decks.deck import Step
from wamspool.decks.progress import Progress

_QUOTED_LINES = 5
_PROGRESS_WINDOW_BYTES = 64 * 1024


class CommandSolver:
    """See Solver. A program that WAM stopped is never called completed, whatever it ends with."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile

    def judge(self, evidence: Evidence) -> Verdict:
        """See Solver."""
        return (
            ends.judge_stopped(evidence)
            or ends.judge_launch(evidence)
            or self._judge_forbidden(evidence)
            or ends.judge_disk(evidence)
            or ends.judge_signal(evidence)
            or self._judge_exit_code(evidence)
            or self._judge_absent(evidence)
            or Verdict(
                outcome=Outcome.COMPLETED,
                reason="completed",
                sentence="The program ended as its solver profile says it must.",
            )
        )

    def progress(self, run_folder: Path, job: str, steps: Sequence[Step]) -> Progress:
        """See Solver. From the last line of the file that the profile names."""
        done: float | None = None
        if (reader := self._profile.progress) is not None:
            tail = read_tail(run_folder / _fill(reader.file, job), _PROGRESS_WINDOW_BYTES)
            for line in tail.decode("utf-8", "replace").splitlines():
                if match := re.search(reader.pattern, line):
                    done = _percentage(match[1], done)
        return Progress(
            percent=done, step=0, steps=len(steps), increments=0, cutbacks=0, step_time=None
        )

    def says_it_ended(self, run_folder: Path, job: str) -> bool:  # noqa: ARG002 - never known
        """See Solver. No profile says which word is a program's last."""
        return False

    def _judge_forbidden(self, evidence: Evidence) -> Verdict | None:
        for rule in self._profile.success.must_not_contain:
            if lines := _find(evidence, rule):
                return _failed(
                    "error-reported",
                    f"The program reported what its solver profile counts as a failure: "
                    f'"{lines[0].text}" in {lines[0].file}.',
                    lines,
                )
        return None

    def _judge_exit_code(self, evidence: Evidence) -> Verdict | None:
        wanted = self._profile.success.exit_codes
        if evidence.exit_code in wanted:
            return None
        return _failed(
            "exit-code",
            f"The program ended with exit code {evidence.exit_code}; its solver profile wants "
            f"{' or '.join(map(str, wanted))}. See the last lines of its output.",
            ends.quote_ends(evidence),
        )

    def _judge_absent(self, evidence: Evidence) -> Verdict | None:
        for rule in self._profile.success.must_contain:
            if not _find(evidence, rule):
                return _failed(
                    "incomplete",
                    f"{_fill(rule.file, evidence.job)} does not contain '{rule.pattern}', which "
                    "the solver profile wants of a completed run.",
                    ends.quote_ends(evidence),
                )
        for name in self._profile.success.files:
            pattern = _fill(name, evidence.job)
            if not any(path.stat().st_size for path in evidence.run_folder.glob(pattern)):
                return _failed(
                    "incomplete",
                    f"The program left no {pattern}, or an empty one.",
                    ends.quote_ends(evidence),
                )
        return None


def _find(evidence: Evidence, rule: FilePattern) -> tuple[Quoted, ...]:
    name = _fill(rule.file, evidence.job)
    pattern = re.compile(rule.pattern.encode(), re.MULTILINE)
    found: list[Quoted] = []
    for hit in matching_lines(evidence.run_folder / name, pattern):
        found.append(quote(name, hit.number, hit.line))
        if len(found) == _QUOTED_LINES:
            break
    return tuple(found)


def _fill(name: str, job: str) -> str:
    return name.replace("{job}", job)


def _percentage(text: str, before: float | None) -> float | None:
    try:
        return min(100.0, max(0.0, float(text)))
    except ValueError:
        return before


def _failed(reason: str, sentence: str, lines: tuple[Quoted, ...]) -> Verdict:
    return Verdict(outcome=Outcome.FAILED, reason=reason, sentence=sentence, lines=lines)
