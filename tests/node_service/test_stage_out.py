"""From a run that has ended to ``done/``."""

import os
from pathlib import Path

import pytest

from node_service.attempt import Phase
from node_service.processes import Ended
from node_service.stage_out import judge, result_names, stage_out
from spool_layout.records import parse_outcome
from spool_layout.states import Outcome
from spool_layout.ticket import parse_ticket
from tests.real.real_spool import done_folder, left_on, left_over, outcomes, sweep_up
from wamspool.errors import Full, TicketGone, Unreachable
from wamspool.publish import finish_publishing
from wamspool.transition import requeue

ENDED = Ended(0, None, 0.5, 1000.0)


def end(site, attempt, *, exit_code=0):
    (attempt.folder.run / "bracket.dat").write_text("results")
    outcome = judge(site.node, attempt, Ended(exit_code, None, 0.5, 1000.0))
    return stage_out(site.node, attempt, outcome, names=result_names(site.node, attempt))


def test_the_job_is_shown_with_inputs_results_ticket_and_outcome(site, solving):
    (solving.folder.run / "frames").mkdir()
    (solving.folder.run / "frames/1.txt").write_text("1")
    assert end(site, solving)
    folder = done_folder(site.root, solving.job)
    assert (folder / "inputs/bracket.inp").read_text() == "echo\n"
    assert (folder / "bracket.dat").read_text() == "results"
    assert (folder / "frames/1.txt").read_text() == "1"
    record = outcomes(site.root)[solving.job]
    assert record.outcome is Outcome.COMPLETED
    assert record.results == ("bracket.dat", "frames/1.txt")
    assert left_over(site.root) + left_on(site.node.scratch.root) == []
    assert solving.phase is Phase.OVER


def test_inputs_are_no_results(site, solving):
    assert "bracket.inp" not in result_names(site.node, solving)


OWN = ["ticket.yaml", "outcome.yaml", "inputs", "inputs/mesh.inc", "Ticket.YAML"]


@pytest.mark.parametrize("name", OWN)
def test_results_that_are_called_as_our_own_files_are_results_still(site, solving, name):
    path = solving.folder.run / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("wam: 1\nmine: yes\n")
    assert end(site, solving)
    folder = done_folder(site.root, solving.job)
    assert (folder / f"run-{name}").read_text() == "wam: 1\nmine: yes\n"
    assert (folder / "inputs/bracket.inp").read_text() == "echo\n"
    assert parse_ticket((folder / "ticket.yaml").read_bytes(), source="").job == solving.job
    record = outcomes(site.root)[solving.job]
    assert f"run-{name}" in record.results and f"{name} -> run-{name}" in record.warnings[-1]
    assert left_over(site.root) + left_on(site.node.scratch.root) == []


def test_names_that_only_some_shares_take_are_made_plain(site, solving):
    for name in (b"t=0:30.csv", b"A.txt", b"a.txt", b"bad\xff.txt", b"new\nline.txt"):
        Path(solving.folder.run, os.fsdecode(name)).write_bytes(name)
    assert end(site, solving)
    folder = done_folder(site.root, solving.job)
    there = {p.name: p.read_bytes() for p in folder.iterdir() if p.suffix in {".csv", ".txt"}}
    assert there == {
        "t=0_30.csv": b"t=0:30.csv",
        "A.txt": b"A.txt",
        "a~2.txt": b"a.txt",
        "bad_.txt": b"bad\xff.txt",
        "new_line.txt": b"new\nline.txt",
    }
    assert outcomes(site.root)[solving.job].warning_count == 1


def test_of_very_many_results_the_outcome_stays_a_short_text(site, solving):
    for number in range(1500):
        (solving.folder.run / f"{'frame' * 30}.{number}").touch()
    assert end(site, solving)
    record = outcomes(site.root)[solving.job]
    assert record.outcome is Outcome.COMPLETED and 100 < len(record.results) < 1500
    assert len(list(done_folder(site.root, solving.job).glob("frame*"))) == 1500


def test_links_and_pipes_of_the_run_are_no_results(site, solving, tmp_path):
    (tmp_path / "secret").write_text("secret")
    (solving.folder.run / "link.dat").symlink_to(tmp_path / "secret")
    os.mkfifo(solving.folder.run / "pipe.dat")
    names = result_names(site.node, solving)
    assert "link.dat" not in names and "pipe.dat" not in names


def test_what_the_ticket_does_not_bear_out_is_not_called_completed(site, solving):
    end(site, solving, exit_code=3)
    record = outcomes(site.root)[solving.job]
    assert (record.outcome, record.exit_code) == (Outcome.FAILED, 3)


def test_a_full_share_loses_nothing_and_the_next_try_is_whole(site, solving):
    site.share.fail("copy_in", Full("done", "no room"))
    with pytest.raises(Full):
        end(site, solving)
    assert len(site.tickets("running")) == 1 and solving.folder.is_staged
    assert end(site, solving)
    assert outcomes(site.root)[solving.job].outcome is Outcome.COMPLETED


def test_a_fenced_node_shows_nothing_and_keeps_its_results_aside(site, solving):
    assert requeue(site.share, site.spool.doors, solving.place)
    assert not end(site, solving), "it waits for whoever has made the next door"
    site.clock.sleep(site.spool.settings.door_grace_s)
    with pytest.raises(TicketGone):
        end(site, solving)
    aside = site.node.scratch.root / "aside" / f"{solving.job}.g1"
    assert (aside / "run/bracket.dat").read_text() == "results"
    assert outcomes(site.root) == {}
    assert list((site.root / "done").glob("*/*")) == []
    assert list((site.root / "done").glob("*/.*")) == [], "a late owner left its copy in the spool"


def test_a_sleeper_that_wakes_after_the_job_is_done_leaves_nothing(make_site, site, solving):
    place = requeue(site.share, site.spool.doors, solving.place)
    other = make_site(name="beta", root=site.root)
    from node_service.recover import find_claims
    from node_service.stage_in import stage_in, start_solver
    from wamspool.transition import claim

    claim(other.share, other.spool.doors, place, "beta")
    (theirs,) = find_claims(other.node)
    stage_in(other.node, theirs)
    start_solver(other.node, theirs)
    assert end(other, theirs)
    with pytest.raises(TicketGone):
        end(site, solving)
    assert outcomes(site.root)[solving.job].node == "beta"
    sweep_up(other.spool)
    assert left_over(site.root) == []


@pytest.mark.parametrize("looks_fail", [0, 2])
def test_a_finish_whose_answer_was_lost_loses_neither_ticket_nor_results(site, solving, looks_fail):
    lost = Unreachable("done", "timed out")
    site.share.fail("move", lost, about="ticket.yaml", done=True)
    site.share.fail("list", lost, times=looks_fail)
    try:
        end(site, solving)
    except Unreachable:
        site.share.heal()
        assert end(site, solving)
    record = outcomes(site.root)[solving.job]
    assert record.outcome is Outcome.COMPLETED
    assert (done_folder(site.root, solving.job) / "bracket.dat").read_text() == "results"
    assert left_over(site.root) == []


def test_another_finishes_showing_what_was_published(site, solving, monkeypatch):
    def dies(share, publication):
        raise KeyboardInterrupt

    monkeypatch.setattr("node_service.stage_out.finish_publishing", dies)
    with pytest.raises(KeyboardInterrupt):
        end(site, solving)
    assert outcomes_hidden(site) == 1
    sweep_up(site.spool)
    assert outcomes(site.root)[solving.job].outcome is Outcome.COMPLETED
    assert finish_publishing  # the real one did it


def outcomes_hidden(site):
    return len(list((site.root / "done").glob("*/.*/ticket.yaml")))


@pytest.mark.parametrize("count", [10, 6000])
def test_the_outcome_of_a_run_with_many_results_can_be_read(site, solving, count):
    for number in range(count):
        (solving.folder.run / f"frame_{number:06}_of_the_whole_animation.vtu").touch()
    names = result_names(site.node, solving)
    assert stage_out(site.node, solving, judge(site.node, solving, ENDED), names=names)
    path = done_folder(site.root, solving.job) / "outcome.yaml"
    record = parse_outcome(path.read_bytes(), source="")
    assert record.outcome is Outcome.COMPLETED


def test_a_result_with_a_name_that_is_no_text_comes_back_and_the_outcome_can_be_read(site, solving):
    import os

    (solving.folder.run / os.fsdecode(b"odd\xff\nname.dat")).write_bytes(b"odd")
    assert end(site, solving)
    record = outcomes(site.root)[solving.job]
    assert record.outcome is Outcome.COMPLETED
    assert "bracket.dat" in record.results
