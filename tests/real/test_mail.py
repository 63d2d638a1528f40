"""Mail by services as they are: a server that is down, a restart, and a password that stays put."""

from dataclasses import replace

import pytest

from node_service.settings import NodeSettings
from node_service.wiring import make_node
from spool_layout.mail_events import Told
from tests.mailbox import Mailbox, free_port, mail_server
from tests.real.real_spool import (
    LocalFolder,
    done_folder,
    make_spool,
    open_at,
    outcomes,
    serving,
    wait_for,
)
from wamspool.gather import gather
from wamspool.submit import submission_of, submit

pytestmark = pytest.mark.real

SCRIPT = 'echo "password ${WAM_SMTP_PASSWORD-none}, path ${PATH:+set}" > seen.txt\n'


def ask(root, folder):
    folder.mkdir()
    (folder / "bracket.inp").write_text(SCRIPT)
    found = gather(
        LocalFolder(folder),
        "bracket.inp",
        family_of=lambda _: "command",
        default_solver="command",
    )
    found = replace(found, draft=replace(found.draft, email="jo@example.com"))
    return submit(open_at(root), submission_of(found, folder, owner="jo")).job


def test_mail_survives_a_server_that_is_down_and_the_service_s_end(tmp_path):
    mailbox = Mailbox(port=free_port())
    root = make_spool(
        tmp_path / "spool",
        mail=f"{{server: '127.0.0.1:{mailbox.port}', sender: wam@example.com}}",
    )
    job = ask(root, tmp_path / "mine")
    scratch = tmp_path / "scratch"
    secret = {"WAM_SMTP_PASSWORD": "of-the-site"}  # without a user it is not sent anywhere
    with serving(root, scratch, "--until-idle", **secret) as service:
        assert service.wait() == 0, service.said()
        assert "mail not sent" in service.said() and "of-the-site" not in service.said()
    assert outcomes(root)[job].outcome == "completed"
    assert (done_folder(root, job) / "seen.txt").read_text() == "password none, path set\n"
    (letter,) = (scratch / "outbox").glob("*.eml")
    with mail_server(mailbox), serving(root, scratch):
        wait_for(lambda: mailbox.letters, "the letter")
        wait_for(lambda: not letter.exists(), "the letter is gone from the outbox")
    assert [found["Subject"] for found in mailbox.letters] == [f"[WAM] {job} completed"]


def test_a_service_takes_password_and_notification_addresses_from_its_mail_file(tmp_path):
    mail = f"{{server: '127.0.0.1:{free_port()}', sender: wam@example.com}}"
    root = make_spool(tmp_path / "spool", mail=mail)
    file = tmp_path / "mail.yaml"
    file.touch(mode=0o600)
    file.write_text("user: wam\npassword: of-the-site\nnotify: json://127.0.0.1:1/x\n")
    settings = NodeSettings("alpha", tmp_path / "scratch", 1, 1 << 30, mail_file=file)
    node = make_node(str(root), settings)
    node.post.outbox.put("a-aaaaa.g1", b"To: jo@example.com\r\n\r\nx\r\n")
    node.post.send_soon("a-aaaaa.g1")
    node.post.carry()
    (problem,) = node.post.problems()
    assert "a password is not sent over an open line" in problem and "of-the-site" not in problem
    assert node.notices.told == {Told.FAILED, Told.LOST}
