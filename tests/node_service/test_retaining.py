"""Nodes apply the site's policy, a little at a time."""

import os
from dataclasses import replace
from datetime import timedelta

import pytest

from node_service.retaining import AT_ONCE, FIRST_S, ROUND_S, Retaining
from spool_layout.after import parse_after
from spool_layout.records import OutcomeRecord, format_outcome
from spool_layout.states import Outcome
from tests.faults import FaultyShare, raising
from tests.real.real_spool import make_spool
from wamspool.errors import Denied, Unreachable
from wamspool.transition import start


@pytest.fixture
def kept(make_site, tmp_path):
    root = make_spool(tmp_path / "spool", retention="{completed: 90 d, failed: 7 d}")
    return make_site(root=root)


def done(site, job, outcome, *, days, files=3):
    ended = site.share.now() - timedelta(days=days)
    folder = site.root / "done" / f"{ended:%Y-%m}" / job
    (folder / "inputs").mkdir(parents=True)
    record = OutcomeRecord(job, outcome, "", "", ended=ended)
    (folder / "outcome.yaml").write_text(format_outcome(record))
    for number in range(files):
        (folder / f"{number}.dat").write_text("x")
    os.utime(folder, (ended.timestamp(), ended.timestamp()))
    return folder


def step(site, retaining, *, until=200):
    removed = []
    for _ in range(until):
        removed += retaining.step()
    return removed


def test_what_is_due_goes_once_a_day(kept):
    retaining = Retaining(kept.spool, kept.node.journal)
    old = done(kept, "old-aaaaa", Outcome.COMPLETED, days=91)
    young = done(kept, "young-bbbbb", Outcome.COMPLETED, days=89)
    failed = done(kept, "failed-ccccc", Outcome.FAILED, days=8)
    lost = done(kept, "lost-ddddd", Outcome.LOST, days=1000)
    assert step(kept, retaining) == []
    kept.clock.sleep(FIRST_S)
    assert sorted(step(kept, retaining)) == ["failed-ccccc", "old-aaaaa"]
    assert [folder.exists() for folder in (old, young, failed, lost)] == [False, True, False, True]
    assert list(kept.root.glob("done/*/.*")) == []
    assert kept.journal().count('"clean"') == 2
    kept.clock.sleep(ROUND_S - 1)
    assert step(kept, retaining) == []
    kept.clock.sleep(2 * 86400)
    assert step(kept, retaining) == ["young-bbbbb"]


def test_without_a_policy_nothing_is_looked_at(site):
    retaining = Retaining(site.spool, site.node.journal)
    done(site, "old-aaaaa", Outcome.COMPLETED, days=9000)
    site.clock.sleep(FIRST_S)
    before = len(site.share.calls)
    assert step(site, retaining) == [] and len(site.share.calls) == before


def test_a_step_costs_no_more_than_it_may(kept):
    retaining = Retaining(kept.spool, kept.node.journal)
    done(kept, "old-aaaaa", Outcome.COMPLETED, days=91, files=3 * AT_ONCE)
    kept.clock.sleep(FIRST_S)
    costs = []
    for _ in range(10):
        before = len(kept.share.calls)
        retaining.step()
        costs.append(len(kept.share.calls) - before)
    assert max(costs) <= AT_ONCE + 30 and costs[1] >= AT_ONCE and costs[-1] == 0


def test_a_service_that_dies_half_way_is_finished_by_the_next(kept):
    retaining = Retaining(kept.spool, kept.node.journal)
    folder = done(kept, "old-aaaaa", Outcome.COMPLETED, days=91, files=3 * AT_ONCE)
    kept.clock.sleep(FIRST_S)
    assert retaining.step() == ["old-aaaaa"]
    assert not folder.exists() and list(kept.root.glob("done/*/.*"))
    other = Retaining(kept.spool, kept.node.journal)
    kept.clock.sleep(FIRST_S)
    step(kept, other)
    assert list(kept.root.glob("done/*/.*")) == []


@pytest.mark.parametrize("text", ["old-aaaaa", "old-aaaaa:any", "old-aaaaa:failed", "OLD-a:later"])
@pytest.mark.parametrize("held_by_a_node", [False, True])
def test_what_a_job_in_flight_needs_stays(kept, text, held_by_a_node):
    """A run may be lost with its node: then its job waits again for what it came after."""
    folder = done(kept, "old-aaaaa", Outcome.COMPLETED, days=91)
    ticket = kept.submit(after=(parse_after(text),))
    if held_by_a_node:
        start(kept.share, kept.claim(ticket))
    retaining = Retaining(kept.spool, kept.node.journal)
    kept.clock.sleep(FIRST_S)
    assert step(kept, retaining) == [] and folder.exists()


def test_what_may_not_be_removed_is_passed_over(kept):
    first = done(kept, "aaa-aaaaa", Outcome.COMPLETED, days=91)
    done(kept, "bbb-bbbbb", Outcome.COMPLETED, days=91)
    faulty = FaultyShare(kept.share).at("move", "aaa", before=raising(Denied("done", "no right")))
    retaining = Retaining(replace(kept.spool, share=faulty), kept.node.journal)
    kept.clock.sleep(FIRST_S)
    assert step(kept, retaining) == ["bbb-bbbbb"] and first.exists()


def test_an_outage_ends_the_round_and_the_next_one_comes(kept):
    done(kept, "old-aaaaa", Outcome.COMPLETED, days=91)
    retaining = Retaining(kept.spool, kept.node.journal)
    kept.clock.sleep(FIRST_S)
    kept.share.fail("list", Unreachable("done", "no answer"))
    with pytest.raises(Unreachable):
        retaining.step()
    kept.clock.sleep(ROUND_S)
    assert step(kept, retaining) == ["old-aaaaa"]


def test_a_node_whose_clock_was_wrong_loses_no_results(kept):
    """It says that the job ended long ago; the share's own times say otherwise."""
    folder = done(kept, "old-aaaaa", Outcome.COMPLETED, days=9000)
    now = kept.share.now().timestamp()
    os.utime(folder, (now, now))
    retaining = Retaining(kept.spool, kept.node.journal)
    kept.clock.sleep(FIRST_S)
    assert step(kept, retaining) == [] and folder.exists()


def test_a_share_whose_clock_has_jumped_loses_no_results(kept):
    folder = done(kept, "old-aaaaa", Outcome.COMPLETED, days=1)
    retaining = Retaining(kept.spool, kept.node.journal)
    kept.clock.sleep(FIRST_S)
    ahead = kept.share.now() + timedelta(days=9000)
    kept.share.now = lambda: ahead
    assert step(kept, retaining) == [] and folder.exists()
