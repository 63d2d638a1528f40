"""An owner that has lost its ticket."""

import pytest

from node_service.attempt import Phase
from node_service.fencing import fence
from tests.real.real_spool import SteppedClock, left_over, open_at, outcomes, sweep_up
from wamspool.errors import Unreachable


def test_a_fenced_run_is_stopped_and_its_results_are_kept(site, solving):
    (solving.folder.run / "bracket.dat").write_text("result")
    place = fence(site.node, solving, "its ticket has been taken back")
    assert solving.phase is Phase.OVER
    assert site.processes.stopped == [(solving.folder.path.name, True)]
    assert (place / "run/bracket.dat").read_text() == "result"
    assert not solving.folder.path.exists()
    said = site.journal()
    assert '"fenced"' in said and str(place) in said


def test_of_a_claim_that_was_not_begun_nothing_is_kept(site):
    attempt = site.attempt()
    site.node.scratch.new_attempt(attempt.folder)
    assert fence(site.node, attempt, "taken back") is None
    assert site.node.scratch.attempts() == []
    assert "nothing had been run" in site.journal()


def test_it_happens_once(site, solving):
    assert fence(site.node, solving, "first")
    assert fence(site.node, solving, "second") is None
    assert len(site.processes.stopped) == 1


def test_the_spool_is_left_as_it_is(site, solving):
    before = left_over(site.root)
    fence(site.node, solving, "taken back")
    assert left_over(site.root) == before


def finish_elsewhere(site, attempt):
    """The node's own finishing move arrives, its answer does not; others show the job."""
    loop = site.loop()
    loop._attempts[attempt.job] = attempt
    site.processes.end_all()
    lost = Unreachable("done", "timed out")
    site.share.fail("move", lost, about=".yaml", done=True)
    site.share.fail("list", lost, about="running")
    loop.turn()
    assert attempt.phase is Phase.SOLVING and outcomes(site.root) == {}
    site.share.heal()
    sweep_up(open_at(site.root, SteppedClock()))
    assert set(outcomes(site.root)) == {attempt.job}
    return loop


def test_a_finish_whose_answer_was_lost_and_that_others_have_shown_is_our_own(site, solving):
    loop = finish_elsewhere(site, solving)
    site.turn(loop, 5)
    assert solving.phase is Phase.OVER
    assert '"finish"' in site.journal() and '"fenced"' not in site.journal()
    assert list((site.node.scratch.root / "aside").iterdir()) == []
    sweep_up(open_at(site.root, SteppedClock()))
    assert left_over(site.root) == []


def test_a_share_that_does_not_answer_leaves_it_open_whether_it_was_fenced(site, solving):
    (path,) = (site.root / "running").iterdir()
    path.unlink()
    site.share.fail("list", Unreachable("done", "timed out"), about="done")
    with pytest.raises(Unreachable):
        fence(site.node, solving, "taken back")
    assert solving.phase is Phase.SOLVING and solving.folder.is_staged
    assert fence(site.node, solving, "taken back")
