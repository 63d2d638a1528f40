"""Questions about one path, and files that stay open for more than one of them."""

import sys
from collections.abc import Collection
from contextlib import suppress
from typing import Self

from wamspool.errors import ShareError
from wamspool.shares.smb import messages as smb
from wamspool.shares.smb.connection import Line, LineLost, Reply
from wamspool.shares.smb.lines import Lines
from wamspool.shares.smb.messages import Message, Opened
from wamspool.shares.smb.statuses import SUCCESS, failure, refusal


def refuse(replies: list[Reply], path: str, allowed: Collection[int] = ()) -> None:
    """Raise what the first refusal among the replies means."""
    for reply in replies:
        if reply.status != SUCCESS and reply.status not in allowed:
            raise refusal(reply.status, path)


def ask(
    lines: Lines,
    path: str,
    *messages: Message,
    is_repeatable: bool = False,
    allowed: Collection[int] = (),
) -> list[Reply]:
    """The answers to messages of which the first opens a handle and the last closes it."""
    _, replies = lines.ask(list(messages), path, is_repeatable=is_repeatable)
    refuse(replies, path, allowed)
    return replies


class Handle:
    """An open file. It lives and dies with its connection; no other can take it over."""

    def __init__(self, line: Line, opened: Opened, path: str) -> None:
        self._line = line
        self.opened = opened
        self._path = path
        self._is_open = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def room_bytes(self, wanted: int) -> int:
        """As much of ``wanted`` as one message may carry."""
        return self._line.room_bytes(wanted)

    def exchange(self, *messages: Message) -> list[Reply]:
        """The answers, whatever they say. Raises Unreachable."""
        try:
            return self._line.ask(list(messages))
        except LineLost as lost:
            raise failure(lost.cause, self._path) from lost

    def ask(self, *messages: Message, allowed: Collection[int] = ()) -> list[Reply]:
        """The answers, none of which is a refusal but for the allowed ones."""
        replies = self.exchange(*messages)
        refuse(replies, self._path, allowed)
        return replies

    def closing(self) -> Message:
        """To be sent as the last of some messages: there is nothing more to close then."""
        self._is_open = False
        return smb.close(self.opened.handle)

    def close(self) -> None:
        """The server has let go of the file; with a lost connection it does so by itself.

        At the end of the process no answer would arrive any more, and the connection is lost
        in a moment.
        """
        if self._is_open and not sys.is_finalizing():
            with suppress(ShareError):
                self.exchange(self.closing())


def opened_handle(
    lines: Lines,
    path: str,
    *messages: Message,
    is_repeatable: bool = False,
    allowed: Collection[int] = (),
) -> tuple[Handle, list[Reply]]:
    """An open file, and the answers. The first message opens it; it is closed when one fails."""
    line, replies = lines.ask(list(messages), path, is_repeatable=is_repeatable)
    refuse(replies[:1], path)
    handle = Handle(line, smb.opened(replies[0].body), path)
    try:
        refuse(replies[1:], path, allowed)
    except ShareError:
        handle.close()
        raise
    return handle, replies
