"""The share as the service's account sees it: refused at the start if it is unfit, and measured
by ``wam-node doctor``.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace

from node_service.node import Node
from spool_layout import folders
from spool_layout.errors import FormatError
from spool_layout.probe_record import Mark, ProbeRecord
from wamspool.clock import Clock
from wamspool.errors import Denied, ShareError
from wamspool.open_share import open_share
from wamspool.probe.ground import THOROUGH
from wamspool.probe.quick import refuse_unfit_share
from wamspool.probe.report import (
    Examination,
    examine_share,
    read_records,
    record_document,
    verdict_sentence,
)


def refuse_unfit(node: Node) -> None:
    """Raise UnfitShare for a share that breaks its promises, Denied without the right to write.

    A share that is full, or that does not answer now, is no reason to leave running solvers
    alone: that is logged. With runs to look after, so is a right that was lost.
    """
    try:
        refuse_unfit_share(node.spool.share, node.spool.clock, base=folders.LOCKS)
    except ShareError as error:
        if isinstance(error, Denied) and not node.scratch.attempts():
            raise
        node.log.warning("share", extra={"why": error.message, "cure": error.cure})
    _recall_failures(node)


def _recall_failures(node: Node) -> None:
    """The log tells of records by which the share has failed.

    They keep no node from starting: anybody who can write there could then stop every node, and the
    record outlives the fault that it tells of.
    """
    try:
        records = read_records(node.spool.share)
    except (ShareError, FormatError):  # what cannot be read is no news of a failure
        return
    for record in records:
        if record.verdict is Mark.FAILED:
            extra = {"by": record.by, "at": record.at.isoformat(timespec="seconds")}
            cure = "Measure it again: wam-node doctor --spool FOLDER."
            node.log.warning(
                "doctor", extra={**extra, "why": verdict_sentence(record), "cure": cure}
            )


def examine(
    location: str,
    clock: Clock,
    *,
    name: str,
    version: str,
    rounds: int | None,
    environment: Mapping[str, str],
) -> Examination:
    """All that can be measured from this machine, by this account; kept in the spool.

    ``environment`` is where the credentials of a server are looked for.
    """
    effort = replace(THOROUGH, rounds=rounds or THOROUGH.rounds)
    return examine_share(
        lambda: open_share(location, clock, environment=environment),
        clock,
        effort,
        by=name,
        version=version,
    )


def examination_lines(examination: Examination) -> Iterator[str]:
    """The findings for people, each with its cure."""
    record = examination.record
    for finding in record.findings:
        yield f"{finding.mark:8} {finding.check:15} {finding.sentence}"
        if finding.mark is not Mark.OK and finding.cure:
            yield f"{'':8} {'':15} -> {finding.cure}"
    yield verdict_sentence(record)
    if examination.path:
        yield f"Kept in the spool: {examination.path}"
    if examination.problem:
        yield f"Could not be kept in the spool: {examination.problem}"


def examination_json(record: ProbeRecord) -> str:
    """The same for programs, as ``wam doctor --json`` has it."""
    return json.dumps({"wam": 1, **record_document(record)}, indent=2) + "\n"
