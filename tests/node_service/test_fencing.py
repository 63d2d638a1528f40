"""An owner that has lost its ticket."""

from node_service.attempt import Phase
from node_service.fencing import fence
from tests.real.real_spool import left_over


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
