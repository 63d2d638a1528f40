"""The letter that tells of a job's end. Nothing that a job or its solver says gets into a header."""

from collections.abc import Iterator
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from spool_layout.mail import MailSettings, parse_addresses
from spool_layout.records import OutcomeRecord
from spool_layout.ticket import Ticket
from spool_layout.units import format_duration

LINES_MAX = 20
LINE_LENGTH_MAX = 500
LABEL_WIDTH = 11


def compose(
    settings: MailSettings,
    ticket: Ticket,
    outcome: OutcomeRecord,
    *,
    mark: str,
    results: str,
    written: datetime,
) -> bytes:
    """The letter as it is sent; its last line is the command that fetches the results.

    ``mark`` makes its identifier: a letter that is sent twice has one. Raises ValueError for a
    ticket whose addresses are none.
    """
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = Address("WAM", addr_spec=settings.sender)
    addresses = parse_addresses(ticket.draft.email)
    message["To"] = tuple(Address(addr_spec=address) for address in addresses)
    message["Subject"] = f"[WAM] {ticket.job} {outcome.outcome}"
    message["Date"] = format_datetime(written)
    message["Message-ID"] = f"<{mark}@{settings.sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    text = "\n".join(_shown(line) for line in _lines(ticket, outcome, results))
    message.set_content(f"{text}\n", cte="quoted-printable")
    return message.as_bytes()


def _lines(ticket: Ticket, outcome: OutcomeRecord, results: str) -> Iterator[str]:
    yield f"{ticket.job} {outcome.outcome}: {outcome.sentence or outcome.reason}"
    yield ""
    yield from _evidence(outcome)
    draft = ticket.draft
    yield _label("deck", draft.input)
    if draft.note:
        yield _label("note", draft.note)
    if outcome.node:
        yield _label("node", f"{outcome.node}, attempt {outcome.attempt}")
    yield _label("submitted", _time(ticket.submitted))
    if outcome.started:
        yield _label("started", _time(outcome.started))
    if outcome.ended:
        yield _label("ended", f"{_time(outcome.ended)}{_took(outcome)}")
    yield _label("results", results)
    yield ""
    yield "To fetch the files:"
    yield f"wam get {ticket.job}"


def _evidence(outcome: OutcomeRecord) -> Iterator[str]:
    for line in outcome.lines[:LINES_MAX]:
        place = f"{line.file}:{line.line}" if line.line else line.file
        yield f"    {place}  {line.text}"
    if len(outcome.lines) > LINES_MAX:
        yield f"    ... and {len(outcome.lines) - LINES_MAX} lines more"
    for warning in outcome.warnings[:LINES_MAX]:
        yield f"  warning: {warning}"
    if outcome.lines or outcome.warnings:
        yield ""


def _took(outcome: OutcomeRecord) -> str:
    if not (outcome.started and outcome.ended):
        return ""
    took_s = max(0.0, (outcome.ended - outcome.started).total_seconds())
    return f", after {format_duration(took_s)}"


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _label(label: str, text: str) -> str:
    return f"{label:<{LABEL_WIDTH}}{text}"


def _shown(line: str) -> str:
    """A line as people may see it: a solver prints anything, file names may be no text at all."""
    plain = line.encode("utf-8", "replace").decode("utf-8")
    plain = "".join(c if c.isprintable() else " " for c in plain)
    return plain if len(plain) <= LINE_LENGTH_MAX else f"{plain[: LINE_LENGTH_MAX - 3]}..."
