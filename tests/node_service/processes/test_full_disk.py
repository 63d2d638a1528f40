"""The end of a run is recorded on a disk that the solver has filled to the last byte."""

import os

import pytest

from tests.node_service.processes.conftest import Attempt
from tests.small_disks import small_disk_at

pytestmark = pytest.mark.real


@pytest.fixture
def small_disk(tmp_path):
    with small_disk_at(tmp_path / "disk", "256k") as disk:
        yield disk


def test_the_end_is_recorded_on_a_full_disk(small_disk, processes):
    attempt = Attempt(small_disk / "bracket-k7f3.g2", processes)
    attempt.start_shell("cat /dev/zero >fill; echo more || exit 3")
    ended = attempt.wait_for_end()
    assert ended.exit_code == 3
    assert os.statvfs(small_disk).f_bavail == 0


def test_a_disk_that_was_full_before_the_start_still_starts_and_records(small_disk, processes):
    attempt = Attempt(small_disk / "bracket-k7f3.g2", processes)
    with pytest.raises(OSError, match="No space left"):
        (small_disk / "fill").write_bytes(b"x" * 300_000)
    attempt.start("/bin/sh", "-c", "exit 4")
    assert attempt.wait_for_end().exit_code == 4
