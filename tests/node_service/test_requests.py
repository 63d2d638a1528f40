"""Requests: found by one listing a heartbeat, answered on another thread, once."""

import logging
import threading
from datetime import UTC, datetime

import pytest

from node_service import requests
from node_service.requests import Requests
from spool_layout.request import Request, Verb, format_request
from wamspool.errors import Denied, PartnerSilent, Unreachable

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def joined(monkeypatch):
    """The meetings that a node has joined, and what comes of the next ones."""

    class Joined:
        def __init__(self):
            self.meetings, self.error, self.started = [], None, threading.Event()

        def __call__(self, share, clock, mark, *, node, is_over):
            self.meetings.append((mark, node))
            self.is_over = is_over
            self.started.set()
            if self.error:
                raise self.error
            return []

    made = Joined()
    monkeypatch.setattr(requests, "join", made)
    return made


@pytest.fixture
def looking(site):
    made = Requests(site.node)
    yield made
    made.close()


def ask(site, name, *, verb=Verb.DOCTOR, text=None):
    node, _, mark = name.partition(".")
    asked = Request(verb, "", NOON, by="desk", node=node, meeting=mark.partition(".")[0])
    content = text if text is not None else format_request(asked)
    (site.root / "requests" / name).write_text(content)


def left(site):
    return sorted(p.name for p in (site.root / "requests").iterdir())


def answered(looking):
    looking.look()
    looking.close()


def test_one_for_this_node_is_taken_and_answered(site, looking, joined):
    ask(site, "alpha.k7f3x.doctor.yaml")
    answered(looking)
    assert joined.meetings == [("k7f3x", "alpha")]
    assert left(site) == []


@pytest.mark.parametrize(
    "name", ["beta.k7f3x.doctor.yaml", "wing-bbbbb.cancel.yaml", "alpha.doctor.yaml", ".wam-1"]
)
def test_what_is_not_for_this_node_is_left_alone(site, looking, joined, name):
    ask(site, name)
    answered(looking)
    assert joined.meetings == [] and left(site) == [name]
    assert "read requests/" + name not in site.share.calls


def test_a_look_is_one_listing_and_comes_once_a_heartbeat(site, looking, joined):
    looking.look()
    del site.share.calls[:]
    for _ in range(5):
        looking.look()
    assert site.share.calls == []
    site.clock.sleep(site.spool.settings.heartbeat_s)
    looking.look()
    assert site.share.calls == ["list requests"]


def test_one_that_cannot_be_removed_is_not_answered_again_and_again(site, looking, joined, caplog):
    ask(site, "alpha.k7f3x.doctor.yaml")
    site.share.fail("remove", Denied("requests/x", "not yours"), times=9)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            looking.look()
            site.clock.sleep(60)
    looking.close()
    assert joined.meetings == [("k7f3x", "alpha")]
    assert [r.why for r in caplog.records if r.message == "request"] == ["requests/x: not yours"]


def test_one_that_says_nothing_is_reported_once(site, looking, joined, caplog):
    ask(site, "alpha.k7f3x.doctor.yaml", text="verb: explode\n")
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            looking.look()
            site.clock.sleep(60)
    assert len([r for r in caplog.records if r.message == "request"]) == 1
    assert joined.meetings == []


def test_a_share_that_does_not_answer_is_asked_again_later(site, looking, joined):
    ask(site, "alpha.k7f3x.doctor.yaml")
    site.share.fail("list", Unreachable("requests", "no answer"), about="requests")
    looking.look()
    assert left(site)
    site.clock.sleep(60)
    answered(looking)
    assert joined.meetings


@pytest.mark.parametrize("error", [PartnerSilent("gone"), ZeroDivisionError()])
def test_what_goes_wrong_ends_no_service(site, looking, joined, error, caplog):
    joined.error = error
    ask(site, "alpha.k7f3x.doctor.yaml")
    answered(looking)
    assert joined.meetings
    assert any(r.message.startswith("doctor ") for r in caplog.records)


def test_a_service_that_ends_says_so_to_the_one_that_measures(site, looking, joined):
    ask(site, "alpha.k7f3x.doctor.yaml")
    looking.look()
    assert joined.started.wait(30)
    assert not joined.is_over()
    looking.close()
    assert joined.is_over()


def test_the_loop_looks_and_its_end_is_theirs(site, joined):
    ask(site, "alpha.k7f3x.doctor.yaml")
    loop = site.loop()
    site.turn(loop)
    assert joined.started.wait(30)
    loop._finish()
    assert joined.is_over()
    site.loops.clear()
