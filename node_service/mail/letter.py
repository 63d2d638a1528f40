"""A letter as it is sent. Nothing that a job or its solver says gets into a header."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

LINE_LENGTH_MAX = 500
LABEL_WIDTH = 11


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What is told. ``subject`` holds names and words of WAM alone.

    ``mark`` makes its identifier: a letter that is sent twice has one.
    """

    subject: str
    lines: tuple[str, ...]
    mark: str
    written: datetime


def compose(letter: Letter, *, sender: str, to: Iterable[str]) -> bytes:
    """The letter for these addresses, who all see one another; none for a notification."""
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = Address("WAM", addr_spec=sender)
    if addresses := tuple(Address(addr_spec=address) for address in to):
        message["To"] = addresses
    message["Subject"] = f"[WAM] {letter.subject}"
    message["Date"] = format_datetime(letter.written)
    message["Message-ID"] = f"<{letter.mark}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    text = "\n".join(_shown(line) for line in letter.lines)
    message.set_content(f"{text}\n", cte="quoted-printable")
    return message.as_bytes()


def label(name: str, text: str) -> str:
    """A line that begins with a name, under one another."""
    return f"{name:<{LABEL_WIDTH}}{text}"


def time_words(moment: datetime) -> str:
    """The moment for people: nobody knows in which zone they read."""
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _shown(line: str) -> str:
    """A line as people may see it: a solver prints anything, file names may be no text at all."""
    plain = line.encode("utf-8", "replace").decode("utf-8")
    plain = "".join(c if c.isprintable() else " " for c in plain)
    return plain if len(plain) <= LINE_LENGTH_MAX else f"{plain[: LINE_LENGTH_MAX - 3]}..."
