"""The post: letters wait for a server that is down, are tried again, and survive a restart."""

import logging
import threading

import pytest

from node_service.mail.post import (
    LETTERS_SHOWN,
    PAUSE_FIRST_S,
    PAUSE_MOST_S,
    REFUSED_SHOWN_S,
    TRIES_OF_REFUSED,
    Post,
    pause_s,
)
from node_service.mail.server import MailServer
from node_service.scratch_outbox import Outbox
from tests.clocks import FakeClock
from tests.mailbox import Mailbox, free_port, mail_server

LETTER = b"From: wam@example.com\r\nTo: jo@example.com, ann@example.com\r\n\r\nDone.\r\n"
LOG = logging.getLogger("wam-test.post")


class Desk:
    """A post with letters, and a server that is up or down."""

    def __init__(self, folder):
        self.folder = folder
        self.clock = FakeClock()
        self.outbox = Outbox(folder)
        self.mailbox = Mailbox(port=free_port())
        self.post = self.new_post()

    def new_post(self, **options):
        server = MailServer(self.mailbox.settings(), timeout_s=5, **options)
        return Post(server, self.outbox, self.clock, LOG)

    def letter(self, job="bracket-k7f3x"):
        self.outbox.keep(job, 1, LETTER)
        name = self.outbox.release(job, 1)
        self.post.send_soon(name)
        return name

    def files(self):
        outbox = self.folder / "outbox"
        return sorted(p.relative_to(outbox).as_posix() for p in outbox.rglob("*.*"))


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def test_pauses_grow_to_an_hour():
    assert [pause_s(n) for n in (1, 2, 3)] == [PAUSE_FIRST_S, 30, 90]
    assert pause_s(9) == pause_s(99) == PAUSE_MOST_S


def test_what_was_sent_is_removed(desk):
    desk.letter()
    with mail_server(desk.mailbox):
        desk.post.carry()
        desk.post.carry()
    assert len(desk.mailbox.letters) == 1
    assert desk.files() == [] and desk.post.problems() == ()


def test_a_server_that_is_down_is_asked_ever_more_rarely_and_said(desk, caplog):
    names = [desk.letter(f"job{n}-k7f3x") for n in range(3)]
    asked = []
    for _ in range(60):
        before = len(caplog.records)
        desk.post.carry()
        asked.append(len(caplog.records) - before)
        desk.clock.advance(PAUSE_FIRST_S)
    assert [i for i, n in enumerate(asked) if n] == [0, 1, 4, 13, 40]
    assert set(asked) == {0, 1}, "one try for all letters"
    (problem,) = desk.post.problems()
    assert f"127.0.0.1:{desk.mailbox.port}" in problem and "(3 to be sent)" in problem
    desk.clock.advance(PAUSE_MOST_S)
    with mail_server(desk.mailbox):
        desk.post.carry()
    assert len(desk.mailbox.letters) == len(names)
    assert desk.post.problems() == () and desk.files() == []


def test_a_refused_recipient_keeps_no_other_from_the_letter(desk):
    desk.mailbox.refused = {"jo@example.com": "550 no such user"}
    desk.letter()
    with mail_server(desk.mailbox):
        desk.post.carry()
        assert [to for _, to in desk.mailbox.envelopes] == [("ann@example.com",)]
        (problem,) = desk.post.problems()
        assert problem == "mail bracket-k7f3x.g1: jo@example.com: 550 no such user"
        desk.mailbox.refused = {}
        desk.clock.advance(PAUSE_FIRST_S)
        desk.post.carry()
    assert [to for _, to in desk.mailbox.envelopes][1:] == [("jo@example.com",)]
    assert desk.files() == [] and desk.post.problems() == ()


def test_a_letter_that_is_refused_again_and_again_is_given_up_and_the_next_one_goes(desk, caplog):
    desk.mailbox.refused = {"jo@example.com": "550 no", "ann@example.com": "550 no"}
    desk.letter()
    with mail_server(desk.mailbox):
        for _ in range(TRIES_OF_REFUSED):
            desk.post.carry()
            desk.clock.advance(PAUSE_MOST_S / 4)
        assert desk.files() == ["refused/bracket-k7f3x.g1.eml"]
        assert any("was given up" in problem for problem in desk.post.problems())
        assert [r.levelname for r in caplog.records][-1] == "ERROR"
        desk.clock.advance(REFUSED_SHOWN_S)
        assert desk.post.problems() == ()
        desk.mailbox.refused = {}
        desk.letter("other-k7f3x")
        desk.post.carry()
    assert len(desk.mailbox.letters) == 1


def test_a_letter_that_somebody_removed_is_forgotten(desk):
    name = desk.letter()
    desk.outbox.remove(name)
    desk.letter("other-k7f3x")
    with mail_server(desk.mailbox):
        desk.post.carry()
    assert len(desk.mailbox.letters) == 1
    assert desk.post._letters == {}


def test_a_letter_that_cannot_be_removed_is_not_sent_twice_by_one_service(desk, monkeypatch):
    def stuck(name):
        raise PermissionError(13, "no")

    desk.letter()
    monkeypatch.setattr(desk.outbox, "remove", stuck)
    with mail_server(desk.mailbox):
        desk.post.carry()
        desk.clock.advance(PAUSE_MOST_S)
        desk.post.carry()
    assert len(desk.mailbox.letters) == 1


def test_the_next_service_sends_what_lies_there(desk):
    desk.letter()
    desk.post.carry()
    assert desk.files() == ["bracket-k7f3x.g1.eml"]
    later = desk.new_post()
    for name in desk.outbox.letters():
        later.send_soon(name)
    with mail_server(desk.mailbox):
        later.carry()
    assert len(desk.mailbox.letters) == 1 and desk.files() == []


def test_the_thread_sends_at_once_and_once_more_before_it_ends(desk):
    with mail_server(desk.mailbox):
        desk.post.start()
        desk.letter()
        desk.letter("other-k7f3x")
        desk.post.stop()
    assert len(desk.mailbox.letters) == 2


def test_a_server_that_is_down_keeps_no_service_from_ending(desk):
    desk.letter()
    desk.post.start()
    desk.post.stop()
    assert not desk.post._thread.is_alive()
    assert desk.files() == ["bracket-k7f3x.g1.eml"]


def test_a_fault_of_our_own_does_not_end_the_thread(desk, monkeypatch, caplog):
    failed = threading.Event()

    def fault():
        failed.set()
        raise ZeroDivisionError

    monkeypatch.setattr(desk.post, "carry", fault)
    desk.post.start()
    assert failed.wait(10)
    thread = desk.post._thread
    assert thread.is_alive()
    monkeypatch.undo()
    desk.post.stop()
    assert not thread.is_alive()


def test_of_many_letters_that_are_refused_only_the_first_are_told(desk):
    desk.mailbox.refused = {"jo@example.com": "550 no", "ann@example.com": "550 no"}
    for number in range(20):
        desk.letter(f"bracket{number}-k7f3x")
    with mail_server(desk.mailbox):
        for _ in range(TRIES_OF_REFUSED):
            desk.post.carry()
            assert len(desk.post.problems()) == LETTERS_SHOWN + 1
            assert "15 more" in desk.post.problems()[-1]
            desk.clock.advance(PAUSE_MOST_S / 4)
