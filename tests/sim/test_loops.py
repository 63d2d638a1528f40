"""Whole lives with the service's own loop on every kind of share."""

import pytest

from tests.sim.access import MODES
from tests.sim.lives import live_through
from tests.sim.worlds_loop import build_loops

SLICE = 6


@pytest.mark.parametrize("mode", MODES)
def test_services_bring_every_job_to_its_end(mode, tmp_path):
    live_through("services", mode, build_loops, tmp_path, slice_=SLICE)
