"""The names by which a user's journal is called."""

import getpass
import re

import pytest

from client_tools import wiring


@pytest.mark.parametrize(
    ("user", "host", "writer"),
    [
        ("jo", "desk", "user-jo-desk"),
        ("DOM\\Jo Müller", "WS_12", "user-dom-jo-m-ller-ws-12"),
        ("../x", "", "user-x-x"),
        ("日本", "h" * 99, "user-x-" + "h" * 40),
    ],
)
def test_a_writer_is_a_safe_name(user, host, writer, monkeypatch):
    monkeypatch.setattr(wiring, "user_name", lambda: user)
    monkeypatch.setattr(wiring, "host_name", lambda: host)
    assert wiring.journal_writer() == writer
    assert re.fullmatch(r"[a-z0-9-]+", writer)


def test_an_account_without_a_name(monkeypatch):
    def nameless():
        raise KeyError("getpwuid(): uid not found: 12345")

    monkeypatch.setattr(getpass, "getuser", nameless)
    assert wiring.user_name() == "unknown"
