"""Which spool is meant, and where the user's files are."""

import pytest

from client_tools import config
from spool_layout.errors import FormatError


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("WAM_SPOOL", raising=False)
    file = config.config_file()
    file.parent.mkdir()
    return file


def test_the_nearest_word_wins(settings, monkeypatch):
    settings.write_text("spool: /from/settings\n")
    assert config.configured_spool(None) == "/from/settings"
    monkeypatch.setenv("WAM_SPOOL", "/from/shell")
    assert config.configured_spool(None) == "/from/shell"
    assert config.configured_spool("/given") == "/given"


@pytest.mark.parametrize("text", ["", "\n", "spool:\n"])
def test_settings_may_be_empty(settings, text):
    settings.write_text(text)
    assert config.configured_spool(None) is None


def test_who_is_told_of_this_user_s_jobs(settings):
    assert "email" not in config.settings_now()
    settings.write_text("email: jo@example.com:failed\n")
    assert config.settings_now()["email"] == "jo@example.com:failed"
    settings.write_text("# mine\nemail: jo@example.com:finished\n")
    with pytest.raises(FormatError, match=r"config\.yaml:2: email: 'finished' is none of"):
        config.settings_now()


def test_a_slip_in_the_settings_is_named_with_its_line(settings):
    settings.write_text("# mine\nspol: /x\n")
    with pytest.raises(FormatError, match=r"config\.yaml:2: spol: is not a field"):
        config.configured_spool(None)


def test_the_crash_notes_do_not_grow_for_ever(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    file = config.note_crash("one")
    config.note_crash("two")
    assert file.read_text() == "one\ntwo\n"
    file.write_bytes(b"x" * (config.CRASH_BYTES_MAX + 1))
    config.note_crash("three")
    assert file.read_text() == "three\n"
