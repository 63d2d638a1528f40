"""The mail server as a node talks to it: a real one, on a loopback port."""

import socket
import ssl

import pytest

from node_service.mail.server import Credentials, MailRefused, MailServer, MailUnsent
from spool_layout.mail import MailSettings, Tls
from tests.mailbox import SENDER, Mailbox, certificate, mail_server

LETTER = b"From: wam@example.com\r\nTo: jo@example.com, ann@example.com\r\n\r\nDone.\r\n.\r\n"
BOTH = ("jo@example.com", "ann@example.com")


@pytest.fixture
def mailbox():
    with mail_server() as served:
        yield served


def hand_over(server, letter=LETTER, only=()):
    with server.connected() as send:
        send(letter, only)


def test_a_letter_arrives_as_it_was_written(mailbox):
    hand_over(MailServer(mailbox.settings()))
    assert mailbox.envelopes == [(SENDER, BOTH)]
    assert mailbox.letters[0].get_content().splitlines() == ["Done.", "."]


def test_several_letters_go_over_one_connection(mailbox):
    with MailServer(mailbox.settings()).connected() as send:
        send(LETTER, ())
        send(LETTER, BOTH[:1])
    assert [to for _, to in mailbox.envelopes] == [BOTH, BOTH[:1]]


@pytest.mark.parametrize(
    ("refused", "addresses", "arrived", "words"),
    [
        ({BOTH[0]: "550 no such user"}, BOTH[:1], [BOTH[1:]], "550 no such user"),
        (dict.fromkeys(BOTH, "450 later"), BOTH, [], "jo@example.com: 450 later"),
        ({SENDER: "553 not you"}, BOTH, [], "553 not you"),
        ({"text": "554 looks like spam"}, BOTH, [], "554 looks like spam"),
    ],
)
def test_what_is_refused_is_said_and_the_next_letter_goes(
    mailbox, refused, addresses, arrived, words
):
    mailbox.refused = refused
    with MailServer(mailbox.settings()).connected() as send:
        with pytest.raises(MailRefused, match=words) as caught:
            send(LETTER, ())
        mailbox.refused = {}
        send(LETTER, ())
    assert caught.value.addresses == addresses
    assert [to for _, to in mailbox.envelopes] == [*arrived, BOTH]


@pytest.mark.parametrize("refused", [{"text": "421 closing"}, {SENDER: "421 closing"}])
def test_a_server_that_closes_has_refused_no_letter(mailbox, refused):
    mailbox.refused = refused
    with pytest.raises(MailUnsent):
        hand_over(MailServer(mailbox.settings()))


def test_a_server_that_is_down_or_silent_is_no_refusal():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        port = silent.getsockname()[1]
        settings = MailSettings(host="127.0.0.1", port=port, sender=SENDER)
        with pytest.raises(MailUnsent, match=rf"127\.0\.0\.1:{port}"):
            hand_over(MailServer(settings))
        silent.listen()
        with pytest.raises(MailUnsent, match="timed out"):
            hand_over(MailServer(settings, timeout_s=0.2))


def test_starttls_and_login(tmp_path):
    theirs, ours = certificate(tmp_path)
    mailbox = Mailbox()
    options = {
        "authenticator": mailbox.authenticate,
        "auth_required": True,
        "require_starttls": True,
    }
    with mail_server(mailbox, tls_context=theirs, **options):
        settings = mailbox.settings(Tls.STARTTLS)
        hand_over(MailServer(settings, Credentials("wam", "right"), context=ours))
        assert mailbox.logins == [(b"wam", b"right")] and len(mailbox.letters) == 1
        with pytest.raises(MailUnsent, match="535"):
            hand_over(MailServer(settings, Credentials("wam", "wrong"), context=ours))
        with pytest.raises(MailUnsent, match="certificate"):
            hand_over(MailServer(settings, Credentials("wam", "right")))


def test_tls_from_the_start(tmp_path):
    theirs, ours = certificate(tmp_path)
    with mail_server(ssl_context=theirs) as mailbox:
        hand_over(MailServer(mailbox.settings(Tls.TLS), context=ours))
    assert len(mailbox.letters) == 1


def test_a_server_without_starttls_gets_nothing(mailbox):
    context = ssl.create_default_context()
    with pytest.raises(MailUnsent, match="STARTTLS"):
        hand_over(MailServer(mailbox.settings(Tls.STARTTLS), context=context))
    assert mailbox.letters == []


def test_a_password_never_goes_over_an_open_line(mailbox):
    server = MailServer(mailbox.settings(), Credentials("wam", "right"))
    with pytest.raises(MailUnsent, match="not sent over an open line"):
        hand_over(server)
    assert mailbox.logins == []
    assert "right" not in repr(Credentials("wam", "right"))
