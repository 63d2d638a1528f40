"""Notifications: by apprise itself to a server of the test, and what goes when it does not."""

import json
import logging
import sys
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from node_service.mail.notices import NoApprise, NoticeServer
from node_service.mail.post import Post
from node_service.mail.server import MailUnsent
from node_service.node import Notices
from node_service.scratch_outbox import NOTICES, Outbox
from spool_layout.mail_events import Told
from tests.real.real_spool import outcomes

LETTER = b"From: WAM <wam@localhost>\r\nSubject: [WAM] press failed\r\n\r\none\r\ntwo\r\n"


@pytest.fixture
def server():
    """An HTTP server that keeps what it is sent, and answers as it is told."""
    taken = []

    class Keeping(BaseHTTPRequestHandler):
        def do_POST(self):
            size = int(self.headers["Content-Length"])
            taken.append(json.loads(self.rfile.read(size)))
            self.send_response(served.code)
            self.end_headers()

        def log_message(self, *_):
            pass

    served = ThreadingHTTPServer(("127.0.0.1", 0), Keeping)
    served.code, served.taken = 200, taken
    thread = threading.Thread(target=served.serve_forever)
    thread.start()
    yield served
    served.shutdown()
    thread.join()
    served.server_close()


def address(server):
    return f"json://127.0.0.1:{server.server_address[1]}/wam"


def test_a_letter_becomes_a_notice(server):
    with NoticeServer([address(server)]).connected() as send:
        send(LETTER, ())
    (notice,) = server.taken
    assert notice["title"] == "[WAM] press failed"
    assert notice["message"].split() == ["one", "two"]


def test_one_that_is_not_taken_is_tried_again(server):
    server.code = 500
    notices = NoticeServer([address(server)])
    with pytest.raises(MailUnsent, match="has not taken") as caught, notices.connected() as send:
        send(LETTER, ())
    assert "127.0.0.1" not in str(caught.value), "an address may hold a password"


def test_an_address_that_means_nothing_is_counted_not_shown():
    with pytest.raises(MailUnsent, match="address 2 of") as caught:
        NoticeServer(["json://127.0.0.1:1/", "secret-words"])
    assert "secret" not in caught.value.message


def test_without_the_package_the_cure_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(NoApprise) as caught:
        NoticeServer(["json://127.0.0.1:1/"])
    assert "pip install apprise" in caught.value.cure


@pytest.mark.parametrize(("exit_code", "words"), [(3, ["failed"]), (0, [])])
def test_a_node_tells_of_what_it_was_told_to_whoever_s_job_it_is(site, server, exit_code, words):
    outbox = Outbox(site.node.scratch.root, NOTICES)
    post = Post(NoticeServer([address(server)]), outbox, site.clock, logging.getLogger("wam-test"))
    site.node = replace(site.node, notices=Notices(post, frozenset({Told.FAILED})))
    job = site.submit().job
    loop = site.loop()
    site.turn(loop, 2)
    site.processes.end_all(exit_code)
    site.turn(loop, 3)
    post.stop()
    assert len(outcomes(site.root)) == 1
    assert [notice["title"] for notice in server.taken] == [f"[WAM] {job} {w}" for w in words]
    assert outbox.letters() == [] == outbox.pending()
