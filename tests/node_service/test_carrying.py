"""Results are carried once, whatever happens on the way."""

from collections import Counter
from dataclasses import replace

import pytest

from node_service.carrying import Progress
from node_service.link import CutOff, Link
from node_service.processes import Ended
from node_service.stage_out import judge, result_names, stage_out
from spool_layout.states import Outcome
from tests.real.real_spool import done_folder, left_on, left_over, outcomes
from wamspool.errors import CopyDiffers, Full, Unreachable

BLOCK = 1000
BIG = bytes(range(256)) * 20  # 5,120 bytes: six blocks
SMALL = b"s" * 300


class Killed(BaseException):
    """As kill -9 does: nothing of the service comes after it."""


class Traffic:
    """Counts the bytes that go to the share, and may end the service at one of its calls."""

    def __init__(self, share):
        self._share = share
        self.sent: Counter[str] = Counter()
        self.end_after: tuple[str, int] | None = None
        self.error: BaseException = Killed()

    def __getattr__(self, name):
        return getattr(self._share, name)

    def write_at(self, path, offset, content):
        self._share.write_at(path, offset, content)
        self.sent[path.rpartition("/")[2]] += len(content)
        self._perhaps_end(path)

    def copy_in(self, source, path, *, transform=None):
        copied = self._share.copy_in(source, path, transform=transform)
        self.sent[path.rpartition("/")[2]] += copied.size_bytes
        self._perhaps_end(path)
        return copied

    def _perhaps_end(self, path):
        if self.end_after and path.endswith(self.end_after[0]):
            name, calls = self.end_after
            self.end_after = (name, calls - 1) if calls > 1 else None
            if calls == 1:
                raise self.error


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr("wamspool.piecewise.BLOCK_BYTES", BLOCK)
    monkeypatch.setattr("node_service.carrying.LARGE_BYTES", 2 * BLOCK)
    monkeypatch.setattr("node_service.carrying.INLINE_BYTES", 400)


@pytest.fixture
def traffic(site, solving):
    (solving.folder.run / "a.dat").write_bytes(SMALL)
    (solving.folder.run / "big.frd").write_bytes(BIG)
    (solving.folder.run / "z.dat").write_bytes(SMALL)
    share = Traffic(site.share)
    site.node = replace(site.node, spool=replace(site.node.spool, share=share))
    return share


def carry_out(site, attempt, *, node=None):
    node = node or site.node
    outcome = judge(node, attempt, Ended(0, None, 0.5, 1000.0))
    return stage_out(node, attempt, outcome, names=result_names(node, attempt))


def assert_whole(site, attempt):
    folder = done_folder(site.root, attempt.job)
    assert (folder / "big.frd").read_bytes() == BIG
    assert (folder / "a.dat").read_bytes() == (folder / "z.dat").read_bytes() == SMALL
    assert outcomes(site.root)[attempt.job].outcome is Outcome.COMPLETED
    assert left_over(site.root) + left_on(site.node.scratch.root) == []


@pytest.mark.parametrize("calls", range(1, 7))
def test_a_service_killed_in_the_middle_goes_on_at_the_last_block(site, solving, traffic, calls):
    traffic.end_after = ("big.frd", calls)
    with pytest.raises(Killed):
        carry_out(site, solving)
    assert traffic.sent["a.dat"] == len(SMALL)
    assert carry_out(site, solving)
    # The call in which it was killed had arrived, and had not been noted yet.
    again = min(BLOCK, len(BIG) - (calls - 1) * BLOCK)
    assert traffic.sent["big.frd"] == len(BIG) + again
    assert traffic.sent["a.dat"] == traffic.sent["z.dat"] == len(SMALL)
    assert_whole(site, solving)


@pytest.mark.parametrize("error", [Unreachable("done", "no answer"), Full("done", "no room")])
def test_an_outage_costs_one_block(site, solving, traffic, error):
    traffic.end_after, traffic.error = ("big.frd", 4), error
    with pytest.raises(type(error)):
        carry_out(site, solving)
    assert carry_out(site, solving)
    assert traffic.sent["big.frd"] == len(BIG) + BLOCK
    assert traffic.sent["a.dat"] == len(SMALL)
    assert_whole(site, solving)


def test_whole_files_are_not_carried_again(site, solving, traffic):
    traffic.end_after = ("z.dat", 1)
    with pytest.raises(Killed):
        carry_out(site, solving)
    assert carry_out(site, solving)
    assert traffic.sent["big.frd"] == len(BIG) and traffic.sent["a.dat"] == len(SMALL)
    assert_whole(site, solving)


def test_a_result_that_has_changed_since_is_carried_anew(site, solving, traffic):
    traffic.end_after = ("big.frd", 3)
    with pytest.raises(Killed):
        carry_out(site, solving)
    (solving.folder.run / "big.frd").write_bytes(BIG[::-1])
    assert carry_out(site, solving)
    assert (done_folder(site.root, solving.job) / "big.frd").read_bytes() == BIG[::-1]
    assert traffic.sent["a.dat"] == len(SMALL)


def test_what_somebody_took_away_on_the_share_is_carried_anew(site, solving, traffic):
    traffic.end_after = ("big.frd", 3)
    with pytest.raises(Killed):
        carry_out(site, solving)
    (hidden,) = site.root.glob("done/*/.*")
    (hidden / "big.frd").write_bytes(BIG[:10])
    (hidden / "a.dat").unlink()
    (hidden / "stray").write_bytes(b"of nobody")
    assert carry_out(site, solving)
    assert not (done_folder(site.root, solving.job) / "stray").exists()
    assert_whole(site, solving)


def test_a_note_that_was_cut_off_says_nothing(solving):
    solving.folder.note_carried('["2026-11", "a.dat", 3, 4, 3]')
    solving.folder.note_carried('["2026-11", "big.frd", 5120, ')
    assert list(Progress.of(solving.folder).arrivals) == ["a.dat"]


def test_a_month_that_ends_in_between_costs_nothing(site, solving, traffic):
    traffic.end_after = ("big.frd", 4)
    with pytest.raises(Killed):
        carry_out(site, solving)
    site.clock.sleep(35 * 86400)
    site.node.lease.renew(site.clock.monotonic_s())
    assert carry_out(site, solving)
    assert traffic.sent["big.frd"] == len(BIG) + BLOCK
    assert_whole(site, solving)


def test_a_result_that_grows_while_it_is_copied_is_not_shown(site, solving, traffic):
    def grow(path, offset, content, write=traffic._share.write_at):
        write(path, offset, content)
        with (solving.folder.run / "big.frd").open("ab") as file:
            file.write(b"more")

    traffic.write_at = grow
    with pytest.raises(CopyDiffers, match="grown"):
        carry_out(site, solving)
    del traffic.write_at
    assert carry_out(site, solving)
    folder = done_folder(site.root, solving.job)
    assert (folder / "big.frd").read_bytes().startswith(BIG + b"more")


def test_the_rate_holds_for_all_that_is_carried(site, solving, traffic):
    before_s = site.clock.monotonic_s()
    node = replace(site.node, link=Link(site.clock, 1000.0))
    assert carry_out(site, solving, node=node)
    took_s = site.clock.monotonic_s() - before_s
    assert took_s == pytest.approx((len(BIG) + len(SMALL)) / 1000.0, rel=0.01)


def test_a_service_that_ends_cuts_off_what_is_large_and_the_next_goes_on(site, solving, traffic):
    link = Link(site.clock)
    traffic.end_after, traffic.error = ("big.frd", 2), Killed()
    with pytest.raises(Killed):
        carry_out(site, solving, node=replace(site.node, link=link))
    link.close()
    with pytest.raises(CutOff):
        carry_out(site, solving, node=replace(site.node, link=link))
    assert outcomes(site.root) == {}
    assert carry_out(site, solving)
    assert traffic.sent["big.frd"] == len(BIG) + BLOCK
    assert_whole(site, solving)


def test_small_results_are_not_waited_for_and_leave_no_notes(site, solving):
    (solving.folder.run / "a.dat").write_bytes(SMALL)
    node = replace(site.node, link=Link(site.clock, 1.0))
    before_s, folder = site.clock.monotonic_s(), solving.folder
    noted = []
    type(folder).note_carried, kept = lambda _, line: noted.append(line), type(folder).note_carried
    try:
        assert carry_out(site, solving, node=node)
    finally:
        type(folder).note_carried = kept
    assert site.clock.monotonic_s() == before_s and noted == []
