"""Addresses of mail, and the site's mail server as ``spool.yaml`` names it. No secret is in it."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from spool_layout.fields import Fields
from spool_layout.units import parse_duration_s

ADDRESS_LENGTH_MAX: Final = 254
ADDRESSES_MAX: Final = 20
EMAIL_LENGTH_MAX: Final = 1000
_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
# A plain address (RFC 5321, Dot-string@Domain): no display name, no quotes, nothing that could
# end a header line or begin another address.
_ADDRESS: Final = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*\Z")
_SERVER: Final = re.compile(
    rf"(?P<host>{_LABEL}(?:\.{_LABEL})*|\[[0-9A-Fa-f:]+\])(?::(?P<port>[0-9]{{1,5}}))?\Z"
)
WAITING_AFTER_S: Final = 4 * 3600.0
_FIELDS: Final = ("server", "sender", "tls", "waiting_after")


class Tls(StrEnum):
    """How the way to the server is encrypted: not at all, after a greeting, from the start."""

    NO = "no"
    STARTTLS = "starttls"
    TLS = "tls"


_USUAL_PORT: Final = {Tls.NO: 25, Tls.STARTTLS: 587, Tls.TLS: 465}


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """The server to which nodes hand their mail. ``waiting_after_s``: waiting for longer is long."""

    host: str
    port: int
    sender: str
    tls: Tls = Tls.NO
    waiting_after_s: float = WAITING_AFTER_S


def parse_addresses(text: str) -> tuple[str, ...]:
    """The plain addresses of a text, separated by commas. Raises ValueError with a phrase."""
    addresses = tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
    if not addresses:
        raise ValueError("has no address in it")
    if len(addresses) > ADDRESSES_MAX:
        raise ValueError(f"has more than {ADDRESSES_MAX} addresses")
    for address in addresses:
        if len(address) > ADDRESS_LENGTH_MAX or not _ADDRESS.match(address):
            raise ValueError(f"'{address[:80]}' is no plain address")
    return addresses


def parse_mail(f: Fields) -> MailSettings:
    """The mail server of ``spool.yaml``. Raises FormatError naming line and field."""
    for name in _FIELDS:
        f.raw(name)
    f.refuse_unknown(_FIELDS)
    tls = _tls(f)
    server = _SERVER.match(f.text("server"))
    if not server or not 0 < int(server["port"] or 1) < 65536:
        cure = "Write the name of the mail server and its port, such as mail.example.com:25."
        f.refuse("server", f"'{f.text('server')}' is no server", cure=cure)
    sender = f.text("sender")
    if len(sender) > ADDRESS_LENGTH_MAX or not _ADDRESS.match(sender):
        f.refuse("sender", f"'{sender[:80]}' is no plain address", cure="Such as wam@example.com.")
    port = int(server["port"] or _USUAL_PORT[tls])
    return MailSettings(
        host=server["host"].strip("[]"),
        port=port,
        sender=sender,
        tls=tls,
        waiting_after_s=f.parsed("waiting_after", WAITING_AFTER_S, parse_duration_s),
    )


def _tls(f: Fields) -> Tls:
    value = f.raw("tls")
    word = "no" if value is None or value is False else str(value).lower()
    if word not in set(Tls):
        f.refuse("tls", f"must be {', '.join(Tls)}, not '{word}'")
    return Tls(word)
