"""How many SMB messages, and how many round trips, go over the wire in this process."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from smbprotocol.connection import Connection


class Traffic:
    """What has been sent. ``trips``: what went out as one is answered in one round trip."""

    def __init__(self) -> None:
        self.messages = 0
        self.trips = 0
        self.commands: list[str] = []

    def clear(self) -> None:
        """Count from here."""
        self.messages = self.trips = 0
        self.commands.clear()


@contextmanager
def counted_traffic() -> Iterator[Traffic]:
    """Counts while it lasts, over all connections of smbprotocol in this process."""
    traffic = Traffic()
    send = Connection._send  # noqa: SLF001 - the one place through which everything goes

    def counting(
        connection: Connection, messages: list[Any], *more: object, **named: object
    ) -> object:
        traffic.messages += len(messages)
        traffic.trips += 1
        traffic.commands.append("+".join(str(int(message.COMMAND)) for message in messages))
        return send(connection, messages, *more, **named)

    Connection._send = counting  # noqa: SLF001
    try:
        yield traffic
    finally:
        Connection._send = send  # noqa: SLF001
