"""Who uses the machine, by the system's list of sessions and the terminals."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import NamedTuple

import pytest

from node_service.processes import sessions
from node_service.processes.sessions import IDLE_S, is_in_use


class Session(NamedTuple):
    terminal: str | None


NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("terminals", "idle_s", "in_use"),
    [
        ([], 0, False),
        (["pts/3"], IDLE_S - 1, True),
        (["pts/3"], IDLE_S + 1, False),
        (["pts/3", "tty2"], IDLE_S + 1, True),
        ([None], IDLE_S + 1, True),
    ],
)
def test_a_terminal_counts_while_it_is_used_and_a_desktop_always(
    monkeypatch, terminals, idle_s, in_use
):
    monkeypatch.setattr(sessions.psutil, "users", lambda: [Session(one) for one in terminals])
    used = SimpleNamespace(st_atime=NOW.timestamp() - idle_s)
    monkeypatch.setattr(sessions.Path, "stat", lambda path: used)
    assert is_in_use(NOW) is in_use


def test_a_session_whose_terminal_is_gone_does_not(monkeypatch):
    monkeypatch.setattr(sessions.psutil, "users", lambda: [Session("pts/99999")])
    assert not is_in_use(NOW)
