"""Connections by need: how many, who waits, and what is asked again; without a server."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from tests.clocks import FakeClock
from wamspool.errors import Unreachable
from wamspool.shares.smb import lines as lines_module
from wamspool.shares.smb.addresses import SmbAddress
from wamspool.shares.smb.connection import LineLost, Reply
from wamspool.shares.smb.credentials import Credentials
from wamspool.shares.smb.lines import MOST, Lines, ServerClock
from wamspool.shares.smb.messages import close

SESSION_DELETED = 0xC0000203
SOON_S = 60.0


class _Line:
    """Answers by a script; each entry is a status or an error."""

    made: list["_Line"]
    script: list[object]
    opening: list[object]
    gate: threading.Event | None

    def __init__(self, address, credentials, *, guid):
        self.busy = threading.Lock()
        self.is_usable = True
        self.server_filetime = 0
        self.guid = guid

    def open(self, *, timeout_s):
        if self.opening and (error := self.opening.pop(0)):
            raise error
        self.made.append(self)

    def exchange(self, messages):
        assert self.busy.locked()
        if self.gate:
            assert self.gate.wait(SOON_S)
        if not self.is_usable:
            raise LineLost(ConnectionError("closed"), was_sent=False)
        said = self.script.pop(0) if self.script else 0
        if isinstance(said, Exception):
            self.is_usable = False
            raise said
        return [Reply(said, b"")]

    def drop(self):
        self.is_usable = False


@pytest.fixture
def lines(monkeypatch):
    monkeypatch.setattr(lines_module, "Line", _Line)
    _Line.made, _Line.script, _Line.opening, _Line.gate = [], [], [], None
    return Lines(SmbAddress("nas", "x"), Credentials(), FakeClock(), timeout_s=5)


def ask(lines, *, is_repeatable=True):
    return lines.ask([close()], "a", is_repeatable=is_repeatable)[1][0].status


def test_one_thread_needs_one_connection(lines):
    assert [ask(lines) for _ in range(5)] == [0] * 5
    assert len(_Line.made) == 1
    assert not _Line.made[0].busy.locked()


def test_many_threads_need_no_more_than_a_few(lines):
    _Line.gate = threading.Event()
    with ThreadPoolExecutor(16) as pool:
        calls = [pool.submit(ask, lines) for _ in range(16)]
        while len(_Line.made) < MOST:
            assert not any(call.done() for call in calls)
        _Line.gate.set()
        assert [call.result(SOON_S) for call in calls] == [0] * 16
    assert len(_Line.made) == MOST
    assert len({line.guid for line in _Line.made}) == MOST


def all_in_use(lines):
    """As many connections as there may be."""
    _Line.gate = threading.Event()
    with ThreadPoolExecutor(MOST) as pool:
        calls = [pool.submit(ask, lines) for _ in range(MOST)]
        while len(_Line.made) < MOST:
            assert not any(call.done() for call in calls)
        _Line.gate.set()
        assert [call.result(SOON_S) for call in calls] == [0] * MOST
    _Line.gate = None


def test_when_all_have_ended_there_are_new_ones(lines):
    all_in_use(lines)
    for line in _Line.made:
        line.is_usable = False
    assert ask(lines) == 0
    assert len(_Line.made) == MOST + 1 and lines._lines == _Line.made[MOST:]


def test_a_dead_connection_is_replaced(lines):
    ask(lines)
    _Line.made[0].is_usable = False
    ask(lines)
    assert len(_Line.made) == 2 and lines._lines == [_Line.made[1]]


@pytest.mark.parametrize(
    ("lost", "is_repeatable", "is_asked_again"),
    [
        (LineLost(OSError("x"), was_sent=False), False, True),
        (LineLost(OSError("x"), was_sent=True), True, True),
        (LineLost(OSError("x"), was_sent=True), False, False),
        (LineLost(OSError("x"), was_sent=True, was_silent=True), True, False),
    ],
    ids=["not sent", "question", "change", "server hangs"],
)
def test_only_what_can_do_no_harm_is_asked_again(lines, lost, is_repeatable, is_asked_again):
    _Line.script = [lost, 0]
    if is_asked_again:
        assert ask(lines, is_repeatable=is_repeatable) == 0
    else:
        with pytest.raises(Unreachable):
            ask(lines, is_repeatable=is_repeatable)
        assert _Line.script == [0]


def test_it_is_asked_again_once(lines):
    _Line.script = [LineLost(OSError("x"), was_sent=False), LineLost(OSError("y"), was_sent=False)]
    with pytest.raises(Unreachable, match="y"):
        ask(lines)


def test_a_session_that_has_ended_did_nothing(lines):
    _Line.script = [SESSION_DELETED, 0]
    assert ask(lines, is_repeatable=False) == 0


def test_who_waited_for_a_connection_shares_its_failure(lines):
    waiting, go_on = threading.Event(), threading.Event()

    class _Slow(_Line):
        def open(self, *, timeout_s):
            waiting.set()
            assert go_on.wait(SOON_S)
            raise Unreachable("smb://nas/x", "no server")

    lines_module.Line, real = _Slow, lines_module.Line
    try:
        with ThreadPoolExecutor(8) as pool:
            calls = [pool.submit(ask, lines) for _ in range(8)]
            assert waiting.wait(SOON_S)
            go_on.set()
            errors = [call.exception(SOON_S) for call in calls]
    finally:
        lines_module.Line = real
    assert {str(error) for error in errors} == {"smb://nas/x: no server"}
    assert len({id(error) for error in errors}) == 8, "each thread raises its own"


def test_after_a_failure_it_is_tried_anew(lines):
    _Line.opening = [Unreachable("smb://nas/x", "no server")]
    with pytest.raises(Unreachable):
        ask(lines)
    assert ask(lines) == 0


def test_after_closing_another_is_made(lines):
    ask(lines)
    lines.close()
    assert not _Line.made[0].is_usable
    ask(lines)
    assert len(_Line.made) == 2


def test_the_server_s_clock_goes_on_by_ours():
    clock = FakeClock()
    server = ServerClock(clock)
    assert server.now() is None
    server.note(133_500_000_000_000_000)
    assert server.now() == datetime(2024, 1, 17, 21, 20, tzinfo=UTC)
    clock.advance(61.5)
    assert server.now() == datetime(2024, 1, 17, 21, 21, 1, 500_000, tzinfo=UTC)
