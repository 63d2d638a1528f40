"""The site's mail server, as one node talks to it: connect, log in, hand over letters."""

import smtplib
import ssl
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy

from spool_layout.errors import WamError
from spool_layout.mail import MailSettings, Tls

TIMEOUT_S = 20.0
CLOSING = 421  # RFC 5321: "service not available, closing transmission channel"


class MailUnsent(WamError):
    """The mail server cannot be reached, or does not let this node in; the mail is kept."""

    exit_code = 48
    remedy = "Look at 'mail' in spool.yaml and at the server; the node tries again by itself."


class MailRefused(WamError):
    """The mail server refuses a letter, for its sender, its recipients or its text."""

    exit_code = 49
    remedy = "Correct the address in the ticket, or ask who runs the mail server."

    def __init__(self, message: str, *, addresses: tuple[str, ...]) -> None:
        super().__init__(message)
        self.addresses = addresses


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the server wants to know before it takes mail; from the service's environment alone."""

    user: str
    password: str = field(repr=False)


Send = Callable[[bytes, Collection[str]], None]


class MailServer:
    """A server that is connected to for each round of letters. ``timeout_s`` is for each answer."""

    def __init__(
        self,
        settings: MailSettings,
        credentials: Credentials | None = None,
        *,
        timeout_s: float = TIMEOUT_S,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._settings = settings
        self._credentials = credentials
        self._timeout_s = timeout_s
        self._context = context

    @contextmanager
    def connected(self) -> Iterator[Send]:
        """Gives the call that hands over one letter, to these of its addresses or to all.

        That call raises MailRefused, with the addresses that did not get it. Raises MailUnsent
        for all that concerns the server; letters handed over before that are sent.
        """
        place = f"the mail server {self._settings.host}:{self._settings.port}"
        try:
            server = self._connect()
            try:
                yield lambda letter, only: self._send(server, letter, only)
            finally:
                with suppress(OSError):
                    server.quit()
                server.close()
        except OSError as error:  # what smtplib raises is one too, and so is what TLS raises
            raise MailUnsent(f"{place}: {_said(error)}") from error

    def _connect(self) -> smtplib.SMTP:
        settings, timeout_s = self._settings, self._timeout_s
        if self._credentials and settings.tls is Tls.NO:
            raise MailUnsent(
                "a password is not sent over an open line",
                cure="Set 'tls' under 'mail' in spool.yaml, or remove WAM_SMTP_USER.",
            )
        if settings.tls is Tls.NO:
            return smtplib.SMTP(settings.host, settings.port, timeout=timeout_s)
        context = self._context or ssl.create_default_context()
        server: smtplib.SMTP
        if settings.tls is Tls.TLS:
            server = smtplib.SMTP_SSL(
                settings.host, settings.port, timeout=timeout_s, context=context
            )
        else:
            server = smtplib.SMTP(settings.host, settings.port, timeout=timeout_s)
        try:
            if settings.tls is Tls.STARTTLS:
                server.starttls(context=context)
            if self._credentials:
                server.login(self._credentials.user, self._credentials.password)
        except OSError:
            server.close()
            raise
        return server

    def _send(self, server: smtplib.SMTP, letter: bytes, only: Collection[str]) -> None:
        message = message_from_bytes(letter, policy=policy.SMTP)
        to = [address.addr_spec for address in message["To"].addresses]
        to = [address for address in to if not only or address in only]
        try:
            refused = server.sendmail(self._settings.sender, to, letter)
        except smtplib.SMTPRecipientsRefused as error:
            refused = error.recipients
        except smtplib.SMTPResponseException as error:
            if error.smtp_code == CLOSING:
                raise
            raise MailRefused(_said(error), addresses=tuple(to)) from error
        if refused:
            if any(code == CLOSING for code, _ in refused.values()):
                raise smtplib.SMTPServerDisconnected("closes")
            words = "; ".join(f"{to}: {_answer(*answer)}" for to, answer in refused.items())
            raise MailRefused(words, addresses=tuple(refused))


def _said(error: OSError) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return _answer(error.smtp_code, error.smtp_error)
    return error.strerror or str(error) or type(error).__name__


def _answer(code: int, text: bytes | str) -> str:
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return " ".join(f"{code} {said}".split())[:300]
