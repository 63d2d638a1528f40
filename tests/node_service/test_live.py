"""Copies of what people watch while a job runs."""

import os

from node_service.live import PIECE_BYTES, LiveCopies
from node_service.settings import LIVE_S
from wamspool.errors import Full


def carried(site, live, *attempts):
    """The copies after one interval."""
    live.carry(list(attempts))
    site.clock.sleep(LIVE_S)
    live.carry(list(attempts))
    (attempt,) = attempts
    folder = site.root / f"jobs/{attempt.job}/live/g{attempt.generation}"
    return {p.name: p.read_bytes() for p in folder.iterdir()} if folder.exists() else {}


def test_what_was_added_is_carried_over_and_nothing_twice(site, solving):
    live, out = LiveCopies(site.node), solving.folder.run / "solver.out"
    out.write_bytes(b"one\n")
    assert carried(site, live, solving) == {"solver.out": b"one\n"}
    out.write_bytes(b"one\ntwo\n")
    (solving.folder.run / "bracket.sta").write_bytes(b"1\n")
    assert carried(site, live, solving) == {"solver.out": b"one\ntwo\n", "bracket.sta": b"1\n"}


def test_a_job_that_ends_within_the_first_interval_costs_nothing(site, solving):
    (solving.folder.run / "solver.out").write_bytes(b"one\n")
    before = len(site.share.calls)
    LiveCopies(site.node).carry([solving])
    assert len(site.share.calls) == before


def test_a_service_started_anew_goes_on_where_the_copy_ends(site, solving):
    out = solving.folder.run / "solver.out"
    out.write_bytes(b"one\n")
    carried(site, LiveCopies(site.node), solving)
    solving.live_offsets.clear()
    out.write_bytes(b"one\ntwo\n")
    assert carried(site, LiveCopies(site.node), solving) == {"solver.out": b"one\ntwo\n"}


def test_much_at_once_is_carried_in_pieces(site, solving):
    live = LiveCopies(site.node)
    (solving.folder.run / "solver.out").write_bytes(b"x" * (PIECE_BYTES + 7))
    assert len(carried(site, live, solving)["solver.out"]) == PIECE_BYTES + 0
    assert len(carried(site, live, solving)["solver.out"]) == PIECE_BYTES + 7


def test_a_share_that_refuses_is_tried_at_the_next_turn(site, solving):
    live = LiveCopies(site.node)
    (solving.folder.run / "solver.out").write_bytes(b"one\n")
    site.share.fail("append", Full("jobs", "no room"))
    assert carried(site, live, solving) == {}
    assert carried(site, live, solving) == {"solver.out": b"one\n"}


def test_after_a_job_has_ended_elsewhere_its_folder_does_not_come_back(site, solving):
    live = LiveCopies(site.node)
    (solving.folder.run / "solver.out").write_bytes(b"one\n")
    (site.root / f"jobs/{solving.job}").rename(site.root / "done/elsewhere")
    assert carried(site, live, solving) == {}
    assert not (site.root / f"jobs/{solving.job}").exists()


def test_a_pipe_in_the_place_of_a_text_keeps_nobody_waiting(site, solving):
    os.mkfifo(solving.folder.run / "bracket.sta")
    assert carried(site, LiveCopies(site.node), solving) == {}
