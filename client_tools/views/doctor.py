"""The screen of ``wam doctor``: findings in sentences, each with its cure, and the verdict."""

from collections.abc import Sequence
from typing import Final

from client_tools.views.screen import Column, Line, Screen, Table, Tone
from spool_layout.probe_record import Finding, Mark, ProbeRecord
from wamspool.local_times import local_time
from wamspool.probe.report import Examination, record_document, verdict_sentence

_TONES: Final = {
    Mark.OK: Tone.PLAIN,
    Mark.LIMITED: Tone.WARN,
    Mark.FAILED: Tone.BAD,
    Mark.UNKNOWN: Tone.QUIET,
}
_VERDICT_TONES: Final = {Mark.OK: Tone.GOOD, Mark.LIMITED: Tone.WARN, Mark.FAILED: Tone.BAD}
CHECK_WIDTH = 15
MARK_WIDTH = 8


def examination_screen(examination: Examination) -> Screen:
    """What has been measured now."""
    record = examination.record
    parts = _record_parts(record)
    if examination.path:
        parts.append(Line(f"Kept in the spool: {examination.path} (wam doctor --last)", Tone.QUIET))
    if examination.problem:
        parts.append(Line(f"Could not be kept in the spool: {examination.problem}", Tone.WARN))
    return Screen({**record_document(record), "kept": examination.path or None}, parts)


def records_screen(records: Sequence[ProbeRecord], *, mine: str) -> Screen:
    """What was measured before: in full what ``mine`` found alone, in a line what others did."""
    document = {"records": [record_document(record) for record in records]}
    if not records:
        return Screen(document, [Line("nothing has been measured on this spool yet (wam doctor)")])
    own = [record for record in records if record.by == mine]
    shown = own[:1] or list(records[:1])
    parts: list[Line | Table] = [part for record in shown for part in _record_parts(record)]
    others = [record for record in records if record not in shown]
    if others:
        columns = (Column("also measured by"), Column("with"), Column("at"), Column("verdict"))
        rows = [(r.by, r.partner, local_time(r.at), str(r.verdict)) for r in others]
        tones = {number: _VERDICT_TONES[r.verdict] for number, r in enumerate(others)}
        parts += [Line(""), Table(columns, rows, tones)]
    return Screen(document, parts)


def _record_parts(record: ProbeRecord) -> list[Line | Table]:
    partner = f" with {record.partner}" if record.partner else ""
    title = f"{record.location}, measured by {record.by}{partner}, {local_time(record.at)}"
    parts: list[Line | Table] = [Line(title, Tone.TITLE)]
    for finding in record.findings:
        parts += _finding_lines(finding)
    return [*parts, Line(verdict_sentence(record), _VERDICT_TONES[record.verdict])]


def _finding_lines(finding: Finding) -> list[Line]:
    head = f"{finding.mark:{MARK_WIDTH}} {finding.check:{CHECK_WIDTH}} "
    lines = [Line(head + finding.sentence, _TONES[finding.mark])]
    if finding.cure and finding.mark is not Mark.OK:
        lines.append(Line(" " * len(head) + f"-> {finding.cure}", _TONES[finding.mark]))
    return lines
