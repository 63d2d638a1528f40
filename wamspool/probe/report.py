"""What was measured, kept in the spool: one file a writer, or a pair of machines."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from spool_layout import folders
from spool_layout.errors import FormatError
from spool_layout.probe_record import (
    Finding,
    Mark,
    ProbeRecord,
    finding_document,
    format_probe,
    parse_probe,
)
from spool_layout.ticket import format_time
from spool_layout.units import count
from wamspool.clock import Clock
from wamspool.errors import Exists, Gone, ShareError
from wamspool.probe.checks import run_checks
from wamspool.probe.ground import Effort, on_ground
from wamspool.probe.sentences import MUST_NOT
from wamspool.share import Share


def probe_record(
    share: Share, findings: Sequence[Finding], *, by: str, version: str, partner: str = ""
) -> ProbeRecord:
    """The findings with all that a later reader needs to judge them."""
    return ProbeRecord(
        by=by,
        at=share.now(),
        version=version,
        location=share.location,
        findings=tuple(findings),
        traits=asdict(share.traits),
        partner=partner,
    )


@dataclass(frozen=True, slots=True)
class Examination:
    """A record, and where in the spool it lies: nowhere in a folder that is no spool, or where
    it could not be written, for the reason of ``problem``.
    """

    record: ProbeRecord
    path: str = ""
    problem: str = ""


def examine_share(
    open_client: Callable[[], Share],
    clock: Clock,
    effort: Effort,
    *,
    by: str,
    version: str,
    begins: Callable[[str], None] = lambda _: None,
) -> Examination:
    """All checks of one machine have been made, and kept if the folder is a spool.

    Raises ShareError when not even a folder can be made there.
    """
    with on_ground(open_client, clock, effort) as ground:
        findings = list(run_checks(ground, begins=lambda check: begins(check.name)))
        record = probe_record(ground.mine, findings, by=by, version=version)
        return keep(ground.mine, record) if ground.spool_folders else Examination(record)


def keep(share: Share, record: ProbeRecord) -> Examination:
    """The record lies in the spool, or it is said why not: the findings count all the same."""
    try:
        return Examination(record, write_record(share, record))
    except ShareError as error:
        return Examination(record, problem=error.message)


def verdict_sentence(record: ProbeRecord) -> str:
    """What the findings come to, for people."""
    failed = [one.check for one in record.findings if one.mark is Mark.FAILED]
    limited = [one.check for one in record.findings if one.mark is Mark.LIMITED]
    if failed:
        return f"REFUSED: {MUST_NOT} What failed: {', '.join(failed)}."
    if limited:
        return f"WAM can be used on this share. Worth knowing: {', '.join(limited)}."
    return f"WAM can be used on this share: {count(len(record.findings), 'check')}, nothing against it."


def record_document(record: ProbeRecord) -> dict[str, Any]:
    """The record as plain values, for programs."""
    return {
        "verdict": str(record.verdict),
        "by": record.by,
        "partner": record.partner or None,
        "at": format_time(record.at),
        "version": record.version,
        "location": record.location,
        "traits": dict(record.traits),
        "findings": [finding_document(finding) for finding in record.findings],
    }


def write_record(share: Share, record: ProbeRecord) -> str:
    """The record lies in the spool, in the place of this writer's last one; returns its path.

    Raises ShareError. A spool of an older version gets the folder now.
    """
    path = folders.probe_record(record.by, record.partner)
    text = format_probe(record).encode()
    try:
        share.replace(path, text)
    except Gone:
        with suppress(Exists):
            share.make_folder(folders.DOCTOR)
        share.replace(path, text)
    return path


def read_records(share: Share) -> list[ProbeRecord]:
    """All records of the spool, the newest first; what cannot be read is passed over."""
    records = []
    with suppress(Gone):
        for entry in share.list(folders.DOCTOR):
            if entry.name.endswith(".yaml") and not entry.name.startswith("."):
                path = f"{folders.DOCTOR}/{entry.name}"
                with suppress(Gone, FormatError):
                    records.append(parse_probe(share.read(path), source=path))
    return sorted(records, key=lambda record: record.at, reverse=True)
