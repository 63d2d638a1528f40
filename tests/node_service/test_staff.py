"""Threads at work on attempts: nothing small waits behind what is large, and an end is quiet."""

import threading
from concurrent.futures import Future
from dataclasses import replace

import pytest

from node_service.settings import INLINE_BYTES
from node_service.staff import THREADS, Staff


@pytest.fixture
def staff(site):
    class Slow:
        """A share across a network."""

        traits = replace(site.spool.share.traits, answers_at_once=False)

    node = replace(site.node, spool=replace(site.spool, share=Slow()))
    made = Staff(node, lambda: None)
    yield made
    made.dismiss()


def test_small_work_does_not_wait_behind_large_results(site, staff):
    attempt, go_on, done = site.attempt(), threading.Event(), threading.Event()
    try:
        for _ in range(THREADS):
            staff.offload(attempt, go_on.wait, INLINE_BYTES + 1)
        staff.offload(attempt, done.set, INLINE_BYTES)
        assert done.wait(60)
    finally:
        go_on.set()


def test_work_that_was_not_begun_at_the_end_is_no_fault(site, staff, caplog):
    attempt, late = site.attempt(), Future()
    attempt.busy = True
    late.add_done_callback(lambda done: staff._back(attempt, done))
    assert late.cancel()
    assert not attempt.busy
    assert [r for r in caplog.records if r.levelname == "ERROR"] == []
