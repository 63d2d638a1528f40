"""What ``wam doctor`` found out about a share: findings, and the record of them in the spool."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from spool_layout.fields import FORMAT_VERSION, Fields
from spool_layout.ticket import format_time, parse_time
from spool_layout.yaml_text import dump, load_mapping

LENGTH_MAX = 4000
Figure = float | int | str | bool | None


class Mark(StrEnum):
    """What a finding means for the use of the share."""

    OK = "ok"
    LIMITED = "limited"  # WAM works there; people should know the consequence
    FAILED = "failed"  # the share is refused
    UNKNOWN = "unknown"  # could not be measured; says why


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found: a sentence with the consequence, the cure, and the figures."""

    check: str
    mark: Mark
    sentence: str
    cure: str = ""
    figures: Mapping[str, Figure] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProbeRecord:
    """All findings of one run. ``partner`` is the node that took part, if one did."""

    by: str
    at: datetime
    version: str
    location: str
    findings: tuple[Finding, ...]
    traits: Mapping[str, bool] = field(default_factory=dict)
    partner: str = ""

    @property
    def verdict(self) -> Mark:
        """FAILED when any check failed, LIMITED when any is limited, else OK."""
        marks = {finding.mark for finding in self.findings}
        return next((m for m in (Mark.FAILED, Mark.LIMITED) if m in marks), Mark.OK)


def format_probe(record: ProbeRecord) -> str:
    """The record as YAML; ``parse_probe`` reads it back equal."""
    document: dict[str, Any] = {
        "wam": FORMAT_VERSION,
        "verdict": str(record.verdict),
        "by": record.by,
        "at": format_time(record.at),
        "version": record.version,
        "location": record.location,
    }
    if record.partner:
        document["partner"] = record.partner
    if record.traits:
        document["traits"] = dict(record.traits)
    document["findings"] = [finding_document(finding) for finding in record.findings]
    return dump(document)


def finding_document(finding: Finding) -> dict[str, Any]:
    """The finding as plain values, as YAML and JSON show it."""
    return {
        "check": finding.check,
        "mark": str(finding.mark),
        "sentence": finding.sentence,
        "cure": finding.cure,
        "figures": dict(finding.figures),
    }


def parse_probe(text: str | bytes, *, source: str) -> ProbeRecord:
    """The record. Raises FormatError; a mark that this WAM does not know is UNKNOWN."""
    f = Fields(load_mapping(text, source=source))
    f.version()
    return ProbeRecord(
        by=f.text("by"),
        at=f.parsed("at", None, parse_time) or parse_time("1970-01-01"),
        version=f.text("version"),
        location=f.text("location", length_max=LENGTH_MAX),
        findings=tuple(_finding(one) for one in f.sections("findings")),
        traits=_traits(f.section("traits")),
        partner=f.text("partner"),
    )


def _finding(f: Fields) -> Finding:
    mark = f.text("mark")
    figures = f.section("figures")
    return Finding(
        check=f.text("check"),
        mark=Mark(mark) if mark in set(Mark) else Mark.UNKNOWN,
        sentence=f.text("sentence", length_max=LENGTH_MAX),
        cure=f.text("cure", length_max=LENGTH_MAX),
        figures={name: _figure(figures, name) for name in figures.names()},
    )


def _figure(figures: Fields, name: str) -> Figure:
    value = figures.raw(name)
    if isinstance(value, (dict, list)):
        figures.refuse(name, "must be one number, flag or text")
    return value  # type: ignore[no-any-return]


def _traits(f: Fields) -> dict[str, bool]:
    return {name: bool(f.raw(name)) for name in f.names()}
