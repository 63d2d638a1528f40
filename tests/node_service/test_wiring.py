"""What the wiring makes of a machine."""

import logging

import pytest

from node_service import wiring
from node_service.processes import Core
from node_service.settings import NodeSettings

TWO = (Core(0, (0, 2)), Core(0, (1, 3)))
SINGLY = tuple(Core(0, (n,)) for n in (0, 2, 1, 3))


@pytest.mark.parametrize(
    ("cpus", "pin_cores", "given"),
    [(2, True, TWO), (1, True, TWO), (4, True, SINGLY), (5, True, ()), (2, False, ())],
)
def test_hyperthreads_count_as_cores_only_where_that_many_are_offered(
    monkeypatch, tmp_path, caplog, cpus, pin_cores, given
):
    monkeypatch.setattr(wiring, "find_cores", lambda: TWO)
    settings = NodeSettings("alpha", tmp_path, cpus=cpus, memory_bytes=1, pin_cores=pin_cores)
    log = logging.getLogger("wam-test.wiring")
    assert wiring._cores(settings, log) == given
    assert ("cores not pinned" in caplog.text) == (cpus == 5)
