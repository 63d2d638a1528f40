"""WAM_MOUNTS=off leaves these tests out, as it does all that need guests."""

import pytest

from tests.real.booted.machine import HOST, Machine
from tests.real.mounts.packages import ASKED

if ASKED == "off":
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(scope="session")
def machine(empty_lab) -> Machine:
    """A machine that systemd runs; a node's settings and a spool are there, no service yet."""
    empty_lab.boot(HOST)
    made = Machine(empty_lab)
    made.make()
    return made
