"""Whether a process of this machine writes a file."""

import os

import pytest

from wamspool.share import Settled
from wamspool.shares.writers import writer_is_known, writer_state


@pytest.fixture
def opened(tmp_path):
    (tmp_path / "a").write_bytes(b"x")
    descriptor = os.open(tmp_path / "a", os.O_RDONLY)
    yield tmp_path / "a", descriptor
    os.close(descriptor)


def test_an_open_writer_is_told_where_the_system_can(opened):
    path, descriptor = opened
    with path.open("ab"):
        state = writer_state(descriptor)
    assert state is (Settled.WRITING if writer_is_known() else Settled.UNKNOWN)
    assert writer_state(descriptor) is (Settled.CLOSED if writer_is_known() else Settled.UNKNOWN)


def test_what_cannot_be_asked_is_unknown(tmp_path):
    """A pipe here; on a share it is a file of another account, or an odd file system."""
    reading, writing = os.pipe()
    try:
        assert writer_state(reading) is Settled.UNKNOWN
    finally:
        os.close(reading)
        os.close(writing)
