"""WAM_MOUNTS=off leaves these tests out, WAM_MOUNTS=all runs what takes long too."""

import pytest

from tests.real.mounts.guests import Lab
from tests.real.mounts.packages import ASKED

if ASKED == "off":
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture
def lab(empty_lab) -> Lab:
    """A server and the two hosts 'a' and 'b'; a test may boot more."""
    empty_lab.boot("srv", "a", "b")
    return empty_lab
