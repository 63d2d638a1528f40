"""The post of one node: sends what lies in the outbox, on a thread of its own, until it is taken.

Nothing here delays a job or fails it. A letter is written to scratch before its job is published
and removed when the server has taken it, so it is sent at least once; a crash in between sends it
twice, under one identifier.
"""

import logging
import threading
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from node_service.mail.server import MailRefused, MailUnsent, Send
from node_service.scratch_outbox import Outbox
from wamspool.clock import Clock

PAUSE_FIRST_S = 10.0
PAUSE_MOST_S = 3600.0
PAUSE_GROWS = 3.0
TRIES_OF_REFUSED = 5
REFUSED_SHOWN_S = 3600.0
LETTERS_SHOWN = 5
STOP_S = 10.0


def pause_s(failures: int) -> float:
    """How long to wait after so many failures: 10 s, 30 s, 90 s ... an hour at most."""
    return min(PAUSE_MOST_S, PAUSE_FIRST_S * PAUSE_GROWS ** min(failures - 1, 10))


@dataclass(slots=True)
class _Letter:
    due_s: float
    tries: int = 0
    only: tuple[str, ...] = ()
    why: str = ""


@dataclass(slots=True)
class _Troubles:
    """What people are told. ``given_up``: when, and what."""

    server: str = ""
    given_up: list[tuple[float, str]] = field(default_factory=list)


class Server(Protocol):
    """Where letters are handed over."""

    def connected(self) -> AbstractContextManager[Send]:
        """See MailServer."""


def _first(told: list[str]) -> list[str]:
    """The first of them: a sweep for a wrong address must not fill the node's status."""
    more = len(told) - LETTERS_SHOWN
    return [*told[:LETTERS_SHOWN], *([f"mail: {more} more letters like these"] if more > 0 else [])]


class Post:
    """Sends the letters of an outbox. May be called from any thread."""

    def __init__(self, server: Server, outbox: Outbox, clock: Clock, log: logging.Logger) -> None:
        self.outbox = outbox
        self._server = server
        self._clock = clock
        self._log = log
        self._lock = threading.Lock()
        self._letters: dict[str, _Letter] = {}
        self._server_due_s = float("-inf")
        self._server_failures = 0
        self._troubles = _Troubles()
        self._woken = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None

    def send_soon(self, name: str) -> None:
        """The letter of this name is sent when the server takes it."""
        with self._lock:
            self._letters.setdefault(name, _Letter(self._clock.monotonic_s()))
        self._woken.set()

    def start(self) -> None:
        """From now on letters are sent on a thread; it costs nothing while there is none."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name="mail", daemon=True)
            self._thread.start()

    def stop(self, *, limit_s: float = STOP_S) -> None:
        """What is due has been tried once more, within the limit; the rest lies in the outbox."""
        self._stopping = True
        self._woken.set()
        if self._thread is not None:
            self._thread.join(limit_s)

    def problems(self) -> tuple[str, ...]:
        """What people have to know: the server that takes no mail, letters that were given up."""
        now_s = self._clock.monotonic_s()
        with self._lock:
            troubles = self._troubles
            troubles.given_up = [t for t in troubles.given_up if now_s - t[0] < REFUSED_SHOWN_S]
            refused = [f"mail {name}: {one.why}" for name, one in self._letters.items() if one.why]
            waiting = len(self._letters)
            of_server = (f"{troubles.server} ({waiting} to be sent)",) if troubles.server else ()
            return (*of_server, *_first(refused), *_first([text for _, text in troubles.given_up]))

    def _serve(self) -> None:
        while True:
            try:
                self.carry()
            except Exception:  # noqa: BLE001 - logged below, with its trace
                # A fault of our own must not end the post for good, nor turn in circles.
                self._log.exception("mail")
                self._server_due_s = self._clock.monotonic_s() + PAUSE_MOST_S
            if self._stopping and not self._due():
                return
            self._woken.wait(self._pause_s())
            self._woken.clear()

    def _due(self) -> list[str]:
        now_s = self._clock.monotonic_s()
        if now_s < self._server_due_s:
            return []
        with self._lock:
            return [name for name, letter in self._letters.items() if letter.due_s <= now_s]

    def _pause_s(self) -> float | None:
        with self._lock:
            due_s = min((letter.due_s for letter in self._letters.values()), default=None)
        if due_s is None:
            return None
        return max(0.0, max(due_s, self._server_due_s) - self._clock.monotonic_s())

    def carry(self) -> None:
        """Each letter that is due has been tried once, over one connection."""
        due = self._due()
        if not due:
            return
        try:
            with self._server.connected() as send:
                for name in due:
                    self._try(send, name)
        except MailUnsent as error:
            self._server_failures += 1
            again_s = pause_s(self._server_failures)
            self._server_due_s = self._clock.monotonic_s() + again_s
            with self._lock:
                self._troubles.server = f"{error.message}. {error.cure}"
            extra = {"why": error.message, "letters": len(due), "again_s": again_s}
            self._log.warning("mail not sent", extra=extra)
        else:
            self._server_failures = 0
            with self._lock:
                self._troubles.server = ""

    def _try(self, send: Send, name: str) -> None:
        letter = self._letters[name]
        try:
            text = self.outbox.read(name)
        except OSError as error:
            self._log.warning("mail is gone", extra={"letter": name, "why": str(error)})
            self._forget(name)
            return
        try:
            send(text, letter.only)
        except MailRefused as error:
            self._refused(name, letter, error)
            return
        self._forget(name)
        self._log.info("mail sent", extra={"letter": name})
        try:
            self.outbox.remove(name)
        except OSError as error:  # the next service sends it again
            self._log.warning("mail stays", extra={"letter": name, "why": str(error)})

    def _refused(self, name: str, letter: _Letter, error: MailRefused) -> None:
        letter.tries += 1
        letter.only = error.addresses
        extra = {"letter": name, "why": error.message, "tries": letter.tries}
        if letter.tries < TRIES_OF_REFUSED:
            letter.due_s = self._clock.monotonic_s() + pause_s(letter.tries)
            letter.why = error.message
            self._log.warning("mail refused", extra=extra)
            return
        self._forget(name)
        place = name
        try:
            place = str(self.outbox.put_aside(name))
        except OSError as problem:
            extra["left"] = str(problem)
        self._log.error("mail given up", extra=extra)
        text = f"mail {name} was given up: {error.message} (it lies in {place})"
        with self._lock:
            self._troubles.given_up.append((self._clock.monotonic_s(), text))

    def _forget(self, name: str) -> None:
        with self._lock:
            self._letters.pop(name, None)
