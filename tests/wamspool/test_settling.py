"""Settling: a file is taken when its writer has finished, as far as anybody can tell."""

import pytest

from tests.clocks import FakeClock
from tests.faults import FaultyShare, raising
from wamspool.errors import Denied, Gone
from wamspool.settling import Settling
from wamspool.share import Settled
from wamspool.shares.local import LocalShare

QUIET_S = 6.0


class Telling(FaultyShare):
    """A share that says of each file what the test says."""

    says = Settled.UNKNOWN

    def settled(self, path):
        self._share.examine(path)
        return self.says


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def share(tmp_path, clock):
    (tmp_path / "share").mkdir()
    local = LocalShare(tmp_path / "share", clock, durable=False)
    local.create("a.inp", b"x")
    return Telling(local)


@pytest.fixture
def settling(share, clock):
    return Settling(share, clock, quiet_s=QUIET_S)


def test_a_writer_that_has_closed_is_believed_at_once(share, settling):
    share.says = Settled.CLOSED
    assert settling.settled("a.inp") == share.examine("a.inp")


def test_a_writer_that_is_seen_is_waited_for_however_long(share, settling, clock):
    """An Explorer copy has its full size at once; a paused one is as it was for hours."""
    share.says = Settled.WRITING
    for _ in range(5):
        assert settling.settled("a.inp") is None
        clock.advance(3600)


def test_where_nobody_can_tell_a_time_of_quiet_must_do(settling, clock):
    assert settling.settled("a.inp") is None
    clock.advance(QUIET_S - 0.1)
    assert settling.settled("a.inp") is None
    clock.advance(0.1)
    assert settling.settled("a.inp").size_bytes == 1


def test_each_change_begins_the_quiet_anew(share, settling, clock):
    for _ in range(5):
        assert settling.settled("a.inp") is None
        clock.advance(QUIET_S - 1)
        share.append("a.inp", b"y")
    assert settling.settled("a.inp") is None
    clock.advance(QUIET_S)
    assert settling.settled("a.inp").size_bytes == 6


def test_a_file_rewritten_in_place_with_its_old_size_and_time_has_changed(
    share, settling, clock, tmp_path
):
    """Copiers set the modification time back; the time of the last change of all tells."""
    import os
    import time

    path = tmp_path / "share/a.inp"
    os.utime(path, ns=(10**18, 10**18))
    settling.settled("a.inp")
    clock.advance(QUIET_S)
    time.sleep(0.02)
    path.write_bytes(b"y")
    os.utime(path, ns=(10**18, 10**18))
    assert settling.settled("a.inp") is None


def test_how_long_it_has_rested(settling, clock):
    assert settling.waiting_s("a.inp") == 0
    settling.settled("a.inp")
    clock.advance(7)
    assert settling.waiting_s("a.inp") == 7
    settling.forget("a.inp")
    assert settling.waiting_s("a.inp") == 0


def test_a_file_that_may_not_be_read_rests_too(share, settling, clock):
    """Else it would never be late, and its owner never told."""
    denied = raising(Denied("a.inp", "Permission denied"))
    share.settled = lambda path: denied()
    for waited_s in (0, 7, 14):
        with pytest.raises(Denied):
            settling.settled("a.inp")
        assert settling.waiting_s("a.inp") == waited_s
        clock.advance(7)


def test_what_is_gone_is_gone(share, settling):
    share.remove("a.inp")
    with pytest.raises(Gone):
        settling.settled("a.inp")


def test_the_sight_of_an_examination_is_what_a_writer_changes(share):
    from wamspool.settling import sight_of

    before = sight_of(share.examine("a.inp"))
    assert sight_of(share.examine("a.inp")) == before
    share.append("a.inp", b"y")
    assert sight_of(share.examine("a.inp")) != before
