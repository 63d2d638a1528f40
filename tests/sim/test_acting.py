"""Whole lives with the service's own loop, and people who end runs, repeat them, reorder the queue."""

import pytest

from node_service.job_requests import JobRequests
from tests.sim.access import MODES
from tests.sim.clients_acting import build_acting
from tests.sim.lives import live_through
from tests.sim.scheduler import Violation, one_core
from tests.sim.worlds_life import Life

SLICE = 5


@pytest.mark.parametrize("mode", MODES)
def test_what_is_asked_is_done_once_and_every_job_ends(mode, tmp_path):
    def nothing_is_asked_any_more(world):
        assert world.requests() == []

    live_through(
        "people who act",
        mode,
        build_acting,
        tmp_path,
        slice_=SLICE,
        afterwards=nothing_is_asked_any_more,
    )


def test_without_somebody_for_what_nobody_answers_a_request_stays_for_ever(tmp_path, monkeypatch):
    monkeypatch.setattr(JobRequests, "_answer_orphans", lambda *_: None)
    found = ""
    with one_core():
        for number in range(40):
            world = build_acting(Life("local", f"teeth/{number}"), tmp_path / str(number))
            try:
                world.run()
            except Violation as violation:
                found = str(violation)
                break
    assert "no end" in found, "the guard is not needed"
    assert world.requests()
