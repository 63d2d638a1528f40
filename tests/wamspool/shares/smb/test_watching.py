"""Which notices are worth waking for, and that a watch without a server ends nobody."""

import struct
import threading

import pytest

from tests.clocks import FakeClock
from wamspool.errors import Unreachable
from wamspool.shares.smb.watching import tells_of_arrival, watch_folders

ADDED, REMOVED, MODIFIED, OLD_NAME, NEW_NAME = 1, 2, 3, 4, 5
SOON_S = 60.0


def notice(*changes):
    """As MS-FSCC 2.7.1 lays it out."""
    whole = b""
    for number, (action, name) in enumerate(changes):
        text = name.encode("utf-16-le")
        entry = struct.pack("<II", action, len(text)) + text
        entry += b"\0" * (-(len(entry) + 4) % 4)
        step = len(entry) + 4 if number + 1 < len(changes) else 0
        whole += struct.pack("<I", step) + entry
    return whole


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([(ADDED, "a.inp")], True),
        ([(MODIFIED, "a.inp")], True),
        ([(OLD_NAME, "a"), (NEW_NAME, "b")], True),
        ([(REMOVED, "a.inp")], False),
        ([(OLD_NAME, "a.inp")], False),
        ([(ADDED, ".wam-12-3"), (MODIFIED, ".wam-12-3"), (REMOVED, ".wam-12-3")], False),
        ([(ADDED, ".wam-12-3"), (ADDED, "a.inp"), (REMOVED, ".wam-12-3")], True),
        ([(ADDED, ".hidden")], True),
    ],
)
def test_arrivals_wake_and_departures_do_not(changes, expected):
    assert tells_of_arrival(notice(*changes)) is expected


def test_a_notice_that_overflowed_may_hide_anything():
    assert tells_of_arrival(b"")


class _NoServer:
    def __init__(self):
        self.asked = threading.Semaphore(0)

    def new_line(self):
        self.asked.release()
        raise Unreachable("smb://nas/x", "no server")


def test_a_watch_without_a_server_tries_again_and_can_be_stopped():
    lines, told = _NoServer(), []
    watch = watch_folders(lines, {"incoming": "incoming"}, told.append, FakeClock())
    for _ in range(3):  # at the start, by its thread, and after a wait
        assert lines.asked.acquire(timeout=SOON_S)
    watch.stop()
    assert told == []
    assert not any(thread.is_alive() for thread in watch._threads)
