"""Notifications by way of the package apprise, an extra of WAM."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from typing import Any, Protocol

from node_service.mail.server import MailUnsent, Send
from spool_layout.errors import WamError


class NoApprise(WamError):
    """A node has notification addresses, and the package that sends notifications is not there."""

    exit_code = 46
    remedy = "Install it where WAM is: pip install apprise. Or remove 'notify' from the mail file."


class Apprise(Protocol):
    """As much of an Apprise object as is used."""

    def add(self, servers: str) -> bool:
        """The address was understood."""

    def notify(self, *, title: str, body: str) -> bool | None:
        """All of the addresses have taken it."""


def apprise_object() -> Apprise:
    """A new one. Raises NoApprise. The package is loaded here: most nodes never need it."""
    try:
        import apprise  # noqa: PLC0415
    except ImportError:
        raise NoApprise("the mail file has notification addresses, but no apprise") from None
    made: Any = apprise.Apprise()
    return made  # type: ignore[no-any-return]


class NoticeServer:
    """The node's notification addresses, in the place of a mail server. They are never shown."""

    def __init__(
        self, addresses: Collection[str], make: Callable[[], Apprise] = apprise_object
    ) -> None:
        """Raises NoApprise, MailUnsent for an address that apprise does not understand."""
        self._apprise = make()
        for number, address in enumerate(addresses, start=1):
            if not self._apprise.add(address):
                raise MailUnsent(
                    f"apprise does not understand notification address {number} of the mail file",
                    cure="Write it as apprise's own pages show: json://host:port/path, mailto://...",
                )

    @contextmanager
    def connected(self) -> Iterator[Send]:
        """As that of MailServer. Raises MailUnsent when not all of the addresses have taken one;
        then the others may get it twice.
        """
        yield self._send

    def _send(self, letter: bytes, only: Collection[str]) -> None:
        del only
        message = message_from_bytes(letter, policy=policy.SMTP)
        body = message.get_content()
        if not self._apprise.notify(title=str(message["Subject"]), body=body):
            raise MailUnsent(
                "a notification address has not taken a notice",
                cure="Look at 'notify' in the mail file; the node tries again by itself.",
            )
