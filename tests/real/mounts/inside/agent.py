"""What a guest does when it is asked: commands, and the verbs of shares that it has mounted."""

import itertools
import os
import signal
import subprocess
import time
from contextlib import AbstractContextManager
from typing import Any

from tests.real.mounts.inside.wire import serve
from wamspool.clock import SystemClock
from wamspool.open_share import open_share
from wamspool.share import Share

STUCK = "(stuck in the kernel: could not be killed)"

_shares: dict[str, Share] = {}
_held: dict[int, Any] = {}
_numbers = itertools.count()


def run(command: str, timeout_s: float) -> tuple[int, str]:
    """The exit code of a shell's command, and all that it said; 124 when it took too long."""
    started = subprocess.Popen(
        ["/bin/sh", "-c", command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        said, _ = started.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        os.killpg(started.pid, signal.SIGKILL)
        try:
            said, _ = started.communicate(timeout=5)
        except subprocess.TimeoutExpired:
            said = STUCK.encode()
        return 124, said.decode(errors="replace")
    return started.returncode, said.decode(errors="replace")


def clock() -> float:
    """What time it is here."""
    return time.time()


def share(location: str) -> Share:
    """The share at a place of this guest; one object a place."""
    if location not in _shares:
        _shares[location] = open_share(location, SystemClock())
    return _shares[location]


def verb(location: str, name: str, *arguments: Any, **named: Any) -> Any:
    """What a share's verb returns."""
    return getattr(share(location), name)(*arguments, **named)


def traits(location: str) -> Any:
    """What the share can do."""
    return share(location).traits


def _hold(thing: Any) -> int:
    number = next(_numbers)
    _held[number] = thing
    return number


def first_of_chunks(location: str, path: str) -> tuple[int, bytes | None]:
    """A number for the rest of the file, and its first piece."""
    number = _hold(iter(share(location).chunks(path)))
    return number, next_of_chunks(number)


def next_of_chunks(number: int) -> bytes | None:
    """The next piece; None at the end."""
    return next(_held[number], None)


def lock(location: str, path: str, timeout_s: float) -> tuple[int, bool]:
    """A number to let go by, and whether the lock was had."""
    entered: AbstractContextManager[bool] = share(location).lock(path, timeout_s=timeout_s)
    had = entered.__enter__()
    return _hold(entered), had


def unlock(number: int) -> None:
    """The lock is let go."""
    _held.pop(number).__exit__(None, None, None)


if __name__ == "__main__":
    serve(
        {
            f.__name__: f
            for f in (run, clock, verb, traits, first_of_chunks, next_of_chunks, lock, unlock)
        }
    )
