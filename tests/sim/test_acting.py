"""Whole lives with the service's own loop, and people who end runs, repeat them, reorder the queue."""

import time

import pytest

from node_service.job_requests import JobRequests
from tests.sim.access import MODES
from tests.sim.clients_acting import build_acting
from tests.sim.root_seed import SCALE, root_seed
from tests.sim.scheduler import Violation, one_core
from tests.sim.worlds_life import Life

SLICE = 5


@pytest.mark.parametrize("mode", MODES)
def test_what_is_asked_is_done_once_and_every_job_ends(mode, tmp_path):
    root, count = root_seed(), max(1, round(SLICE * SCALE))
    began_s = time.perf_counter()
    print(f"\nseeds {root}/0 to {root}/{count - 1} of people who act in mode {mode}")
    with one_core():
        for number in range(count):
            life = Life(mode, f"{root}/{number}")
            world = build_acting(life, tmp_path / str(number))
            try:
                world.run()
                world.checker.check_end()
            except Violation as violation:
                trace = world.simulation.trace(last=150)
                pytest.fail(f"{violation}\nacting, {life}\n{trace}", pytrace=False)
            assert world.requests() == []
    print(f"{mode}: {count} lives, {count / (time.perf_counter() - began_s):.1f}/s")


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
