"""Asking a node to show a job's texts."""

import pytest

from client_tools.live_texts import PATIENCE_S, RENEW_S, LiveTexts
from spool_layout.request import parse_watch_request_name
from spool_layout.states import State
from tests.faults import FaultyShare, raising
from wamspool.errors import Denied


@pytest.fixture
def place(spool, made):
    return made.job(spool, "plate-ccccc", State.RUNNING, node="cougar", generation=1)


def requests(spool):
    return [parse_watch_request_name(entry.name) for entry in spool.share.list("requests")]


def test_it_is_asked_again_now_and_then(spool, clock, place):
    texts = LiveTexts(spool)
    texts.ask(place)
    texts.ask(place)
    assert requests(spool) == ["plate-ccccc"]
    clock.sleep(RENEW_S)
    texts.ask(place)
    assert requests(spool) == ["plate-ccccc"] * 2


def test_nobody_is_asked_about_a_job_that_waits(spool, made):
    LiveTexts(spool).ask(made.job(spool, "wheel-ccccc"))
    LiveTexts(spool).ask(None)
    assert requests(spool) == []


def test_the_answer_is_waited_for(spool, clock, place):
    def answer():
        (entry,) = spool.share.list("requests")
        spool.share.remove(f"requests/{entry.name}")

    clock.meanwhile, warned, began_s = [lambda: None, answer], [], clock.monotonic_s()
    LiveTexts(spool).fresh(place, warned.append)
    assert warned == [] and clock.monotonic_s() - began_s < PATIENCE_S / 2


def test_a_node_that_does_not_answer_is_told_of_and_nothing_is_left(spool, place):
    warned = []
    LiveTexts(spool).fresh(place, warned.append)
    assert warned == ["cougar does not answer; its texts may have grown since"]
    assert requests(spool) == []


def test_who_may_not_write_reads_what_is_there(spool, place):
    from dataclasses import replace

    faulty = FaultyShare(spool.share).at("create", before=raising(Denied("requests", "no right")))
    warned = []
    LiveTexts(replace(spool, share=faulty)).fresh(place, warned.append)
    assert warned == []
