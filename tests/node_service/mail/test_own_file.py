"""The node's mail file: for one's own eyes, and never shown."""

import os

import pytest

from node_service.mail.own_file import OF, MailFile, UnsafeMailFile, read_mail_file
from spool_layout.errors import FormatError
from spool_layout.mail_events import Told


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "mail.yaml"
    path.touch(mode=0o600)
    return path


def test_it_is_read(file):
    file.write_text(
        'user: wam\npassword: "00123"\nnotify: ["json://127.0.0.1:1/x"]\nnotify_of: [ended]\n'
    )
    found = read_mail_file(file)
    assert found == MailFile("wam", "00123", ("json://127.0.0.1:1/x",), frozenset({Told.ENDED}))
    assert "00123" not in repr(found) and "127.0.0.1" not in repr(found)
    file.write_text("notify: json://127.0.0.1:1/x\n")
    assert read_mail_file(file).notify_of == OF


@pytest.mark.skipif(os.name != "posix", reason="elsewhere the mode says nothing")
def test_one_that_others_may_read_is_refused(file):
    file.write_text("user: wam\npassword: secret\n")
    file.chmod(0o640)
    with pytest.raises(UnsafeMailFile, match="others may read it") as caught:
        read_mail_file(file)
    assert "chmod 600" in caught.value.cure and "secret" not in str(caught.value)


def test_one_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UnsafeMailFile, match="No such file"):
        read_mail_file(tmp_path / "mail.yaml")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("user: wam", "password: is missing"),
        ("password: x", "user: is missing"),
        ("user: wam\npassword: 123", "password: is no text"),
        ("notify_of: [finished]", "'finished' is none of"),
        ("notfy: x", "notfy: is not a field"),
    ],
)
def test_a_mistake_is_named(file, text, problem):
    file.write_text(text)
    with pytest.raises(FormatError, match=problem):
        read_mail_file(file)
