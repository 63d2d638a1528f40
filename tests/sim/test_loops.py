"""Whole lives with the service's own loop on every kind of share."""

import time

import pytest

from tests.sim.access import MODES
from tests.sim.root_seed import SCALE, root_seed
from tests.sim.scheduler import Violation, one_core
from tests.sim.worlds_life import Life
from tests.sim.worlds_loop import build_loops

SLICE = 6


@pytest.mark.parametrize("mode", MODES)
def test_services_bring_every_job_to_its_end(mode, tmp_path):
    root, count = root_seed(), max(1, round(SLICE * SCALE))
    began_s = time.perf_counter()
    print(f"\nseeds {root}/0 to {root}/{count - 1} of services in mode {mode}")
    with one_core():
        for number in range(count):
            life = Life(mode, f"{root}/{number}")
            world = build_loops(life, tmp_path / str(number))
            try:
                world.run()
                world.checker.check_end()
            except Violation as violation:
                trace = world.simulation.trace(last=150)
                pytest.fail(f"{violation}\nservices, {life}\n{trace}", pytrace=False)
    print(f"{mode}: {count} lives of services, {count / (time.perf_counter() - began_s):.1f}/s")
