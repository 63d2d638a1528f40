"""Where a name and a password come from, and that nobody sees them."""

import os
import sys
from types import SimpleNamespace

import pytest

from spool_layout.errors import FormatError
from wamspool.errors import UnsafeCredentials
from wamspool.shares.smb.addresses import SmbAddress
from wamspool.shares.smb.credentials import (
    Credentials,
    credentials_file,
    find_credentials,
    installed_keyring,
)

ADDRESS = SmbAddress("NAS", "jobs")
SET = {"WAM_SMB_USER": "jo", "WAM_SMB_PASSWORD": "s3cret"}


def found(environment, *, address=ADDRESS, keyring=lambda service, username: None):
    credentials = find_credentials(address, environment, keyring=keyring)
    return credentials.username, credentials.password


def written(tmp_path, text, mode=0o600):
    file = tmp_path / "wam" / "smb-credentials"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    file.chmod(mode)
    return {"XDG_CONFIG_HOME": str(tmp_path), "APPDATA": str(tmp_path)}


def test_the_environment_comes_first(tmp_path):
    kept = written(tmp_path, "nas: {username: a, password: b}\n")
    keyring = lambda service, username: ("c", "d")  # noqa: E731
    assert found(kept | SET, keyring=keyring) == ("jo", "s3cret")


def test_a_name_in_the_address_goes_before_that_of_the_environment():
    assert found(SET, address=SmbAddress("nas", "jobs", user="ann")) == ("ann", "s3cret")


def test_the_keyring_is_asked_for_the_server():
    asked = []

    def keyring(service, username):
        asked.append((service, username))
        return ("kim", "pw")

    assert found({}, keyring=keyring) == ("kim", "pw")
    assert found({"WAM_SMB_USER": "jo"}, keyring=keyring) == ("jo", "pw")
    assert asked == [("wam:NAS", None), ("wam:NAS", "jo")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nas:\n  username: jo\n  password: s3cret\n", ("jo", "s3cret")),
        ("nas: {username: jo, password: '00123'}\n", ("jo", "00123")),
        ("Nas: {username: jo, password: p, domain: CORP}\n", (r"CORP\jo", "p")),
        ("nas: {username: jo}\n", ("jo", None)),
        ("other: {username: jo, password: p}\n", (None, None)),
        ("", (None, None)),
    ],
)
def test_the_file_has_an_entry_for_each_server(tmp_path, text, expected):
    assert found(written(tmp_path, text)) == expected


def test_an_entry_for_another_name_is_not_taken(tmp_path):
    environment = written(tmp_path, "nas: {username: jo, password: p}\n")
    assert found(environment, address=SmbAddress("nas", "x", user="ann")) == ("ann", None)
    assert found(environment, address=SmbAddress("nas", "x", user="JO")) == ("JO", "p")


@pytest.mark.parametrize(
    "text", ["nas: text\n", "nas: {password: 123}\n", "nas: {passwort: x}\n", "- a\n"]
)
def test_a_file_that_says_something_else_is_refused_without_its_secrets(tmp_path, text):
    with pytest.raises(FormatError) as caught:
        found(written(tmp_path, text))
    assert "smb-credentials" in str(caught.value)
    assert "123" not in str(caught.value)


@pytest.mark.skipif(sys.platform == "win32", reason="modes say nothing there")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o610])
def test_a_file_that_others_can_use_is_refused_with_the_cure(tmp_path, mode):
    environment = written(tmp_path, "nas: {username: jo, password: s3cret}\n", mode)
    with pytest.raises(UnsafeCredentials, match="others may read it") as caught:
        found(environment)
    assert caught.value.cure.startswith("Type: chmod 600 ")
    assert "s3cret" not in str(caught.value)


def test_a_file_of_somebody_else_is_refused(tmp_path, monkeypatch):
    environment = written(tmp_path, "nas: {username: jo, password: p}\n")
    real = os.fstat

    def of_another(descriptor):
        found = list(real(descriptor))
        found[4] += 12345  # its owner
        return os.stat_result(found)

    monkeypatch.setattr(os, "fstat", of_another)
    with pytest.raises(UnsafeCredentials, match="belongs to somebody else"):
        found(environment)


def test_a_file_that_is_named_must_be_there(tmp_path):
    assert found({"HOME": str(tmp_path)}) == (None, None)
    with pytest.raises(UnsafeCredentials, match="No such file") as caught:
        found({"WAM_SMB_CREDENTIALS": str(tmp_path / "absent")})
    assert "WAM_SMB_CREDENTIALS" in caught.value.cure
    with pytest.raises(UnsafeCredentials):
        found({"WAM_SMB_CREDENTIALS": str(tmp_path)})


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"WAM_SMB_CREDENTIALS": "/a/b", "HOME": "/h"}, "/a/b"),
        ({"XDG_CONFIG_HOME": "/c", "HOME": "/h"}, "/c/wam/smb-credentials"),
        ({"HOME": "/h"}, "/h/.config/wam/smb-credentials"),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="%APPDATA% there")
def test_where_the_file_is(environment, expected):
    assert str(credentials_file(environment)) == expected
    assert credentials_file({}) is None


def test_nothing_shows_a_password():
    credentials = Credentials("jo", "s3cret", "WAM_SMB_PASSWORD")
    assert "s3cret" not in repr(credentials) + str(credentials) + credentials.cure
    assert "WAM_SMB_PASSWORD" in credentials.cure
    assert "kinit" in Credentials().cure


def test_a_keyring_is_used_where_there_is_one(monkeypatch):
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert installed_keyring("wam:nas", None) is None
    kept = SimpleNamespace(username="kim", password="pw")
    keyring = SimpleNamespace(get_credential=lambda service, username: kept)
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    assert installed_keyring("wam:nas", None) == ("kim", "pw")
    keyring.get_credential = lambda service, username: None
    assert installed_keyring("wam:nas", None) is None


def test_a_keyring_that_is_locked_is_passed_over(monkeypatch):
    def locked(service, username):
        raise RuntimeError("locked")

    monkeypatch.setitem(sys.modules, "keyring", SimpleNamespace(get_credential=locked))
    assert installed_keyring("wam:nas", "jo") is None
