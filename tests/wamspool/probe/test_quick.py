"""The quick look: refuses what breaks a promise at once, and costs little."""

import pytest

from benchmarks.counting import CountingShare
from tests import broken_shares as broken
from tests.leaping import LeapingClock, LeapingShare
from wamspool.errors import Denied, UnfitShare, Unreachable
from wamspool.probe.quick import refuse_unfit_share

OPERATIONS_MAX = 25


class NeverLists(broken.BlindListing):
    """Shows nothing that is new."""

    def list(self, folder):
        return []


class Garbles(broken.Broken):
    """Gives back another content."""

    def read(self, path, **options):
        return b"?"


def look(root, kind=None):
    clock = LeapingClock()
    share = LeapingShare(root, clock)
    refuse_unfit_share(kind(share, clock, {}) if kind else share, clock, base="")


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (broken.DoorForAll, "lets two callers make the same folder"),
        (broken.CreatesOver, "creates a file over one that is there"),
        (broken.MovesOver, "moves a file onto one that is there"),
        (NeverLists, "listings do not show what was done"),
        (Garbles, "another content than was written"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_breaks_a_promise_is_refused(tmp_path, kind, said):
    with pytest.raises(UnfitShare, match=said) as caught:
        look(tmp_path, kind)
    assert str(tmp_path) in caught.value.message
    assert "must not be used" in caught.value.message
    assert "Reach the share in another way" in caught.value.cure


def test_a_sound_share_is_let_pass_and_nothing_is_left(tmp_path):
    look(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_without_the_right_to_write_it_says_so(tmp_path):
    with pytest.raises(Denied):
        look(tmp_path, broken.ReadOnly)


def test_an_answer_that_does_not_come_is_not_taken_for_a_broken_promise(tmp_path):
    class Silent(broken.Broken):
        def create(self, path, content):
            raise Unreachable(path, "no answer")

    with pytest.raises(Unreachable):
        look(tmp_path, Silent)
    assert list(tmp_path.iterdir()) == []


def test_it_costs_few_operations(tmp_path):
    clock = LeapingClock()
    share = CountingShare(LeapingShare(tmp_path, clock))
    refuse_unfit_share(share, clock, base="")
    assert 10 < share.total() <= OPERATIONS_MAX, share.counts
