"""Opening files of the server's disk that its NFS server has lent to a client."""

import os
import sys
import threading

import pytest

from tests.clocks import FakeClock
from wamspool.shares.local import LocalShare

if sys.platform != "linux":
    pytest.skip("only Linux lends files", allow_module_level=True)

from fcntl import F_RDLCK, F_SETLEASE, F_SETSIG, F_UNLCK, F_WRLCK, fcntl

SIGURG = 23
BACK_S = 0.1


@pytest.mark.parametrize(
    ("lent_for", "act"),
    [
        (F_RDLCK, lambda share: share.append("a", b"y")),
        (F_WRLCK, lambda share: share.read("a")),
    ],
)
def test_a_file_that_is_lent_is_waited_for(tmp_path, lent_for, act):
    """It comes back within moments; that it is lent is no outage."""
    share = LocalShare(tmp_path, FakeClock(), durable=False)
    share.create("a", b"x")
    lent = os.open(tmp_path / "a", os.O_RDWR if lent_for == F_WRLCK else os.O_RDONLY)
    fcntl(lent, F_SETSIG, SIGURG)
    fcntl(lent, F_SETLEASE, lent_for)
    giving_back = threading.Timer(BACK_S, lambda: fcntl(lent, F_SETLEASE, F_UNLCK))
    giving_back.start()
    try:
        act(share)
    finally:
        giving_back.join()
        os.close(lent)
    assert share.read("a") == (b"xy" if lent_for == F_RDLCK else b"x")
