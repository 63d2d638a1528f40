"""From the spool to scratch, verified; then the start, once."""

from dataclasses import replace

import pytest

from node_service.attempt import Phase
from node_service.processes import LaunchFailed
from node_service.stage_in import InputsDiffer, ScratchShort, launch_solver, stage_in, start_solver
from spool_layout.run_folder import RunFolder
from spool_layout.ticket import Resources
from wamspool.errors import Gone, TicketGone, Unreachable


def asking(attempt, **resources):
    draft = replace(attempt.ticket.draft, resources=Resources(**resources))
    attempt.ticket = replace(attempt.ticket, draft=draft)
    return attempt


def test_all_inputs_are_there_under_their_staged_names(site):
    attempt = site.attempt(name="Br cket é")
    stage_in(site.node, attempt)
    assert (attempt.folder.run / "Br_cket_e.inp").read_text() == "echo\n"
    assert attempt.folder.is_staged and attempt.stem == "Br_cket_e"


def test_an_input_that_was_changed_on_the_spool_is_not_run(site):
    attempt = site.attempt()
    (site.root / f"jobs/{attempt.job}/bracket.inp").write_text("ECHO\n")
    with pytest.raises(InputsDiffer, match="not the file that was submitted"):
        stage_in(site.node, attempt)
    assert not attempt.folder.is_staged


def test_an_input_that_is_gone_is_said_to_be_gone(site):
    attempt = site.attempt()
    (site.root / f"jobs/{attempt.job}/bracket.inp").unlink()
    with pytest.raises(Gone):
        stage_in(site.node, attempt)


def test_an_input_that_became_a_link_is_not_followed(site, tmp_path):
    attempt = site.attempt()
    place = site.root / f"jobs/{attempt.job}/bracket.inp"
    place.rename(tmp_path / "outside")
    place.symlink_to(tmp_path / "outside")
    with pytest.raises(Exception, match="symbolic links"):
        stage_in(site.node, attempt)
    assert not (attempt.folder.run / "bracket.inp").read_bytes()


def test_staging_again_leaves_nothing_of_the_first_time(site):
    attempt = site.attempt()
    stage_in(site.node, attempt)
    (attempt.folder.run / "old.dat").write_text("of an earlier try")
    stage_in(site.node, attempt)
    assert not (attempt.folder.run / "old.dat").exists()


def test_a_job_that_asks_for_more_scratch_than_there_is_is_not_staged(site):
    attempt = asking(site.attempt(), scratch_bytes=1 << 59)
    with pytest.raises(ScratchShort, match="free"):
        stage_in(site.node, attempt)


def test_the_start_moves_the_ticket_and_counts_the_attempt(site):
    attempt = site.attempt()
    stage_in(site.node, attempt)
    start_solver(site.node, attempt)
    assert site.tickets("claimed") == []
    assert site.tickets("running") == [attempt.place.name.file_name]
    assert attempt.place.name.attempt == 1 and attempt.phase is Phase.SOLVING
    assert site.processes.started == [attempt.folder.path.name]
    assert '"event": "start"' in site.journal()


def test_a_fenced_node_starts_nothing(site):
    attempt = site.attempt()
    stage_in(site.node, attempt)
    (site.root / attempt.place.path).unlink()
    with pytest.raises(TicketGone):
        start_solver(site.node, attempt)
    assert site.processes.started == []


def test_a_start_whose_answer_was_lost_is_found_to_have_happened(site):
    attempt = site.attempt()
    stage_in(site.node, attempt)
    site.share.fail("move", Unreachable("running", "timed out"), about="running/", done=True)
    start_solver(site.node, attempt)
    assert site.processes.started == [attempt.folder.path.name]
    assert len(site.tickets("running")) == 1


def test_a_solver_that_cannot_be_launched_is_no_start(site):
    attempt = site.attempt()
    stage_in(site.node, attempt)
    site.processes.refusal = LaunchFailed("no such program")
    with pytest.raises(LaunchFailed):
        launch_solver(site.node, attempt)
    assert attempt.phase is Phase.STAGE_IN


def test_what_the_profile_wants_is_in_the_run_folder(site, monkeypatch):
    wanted = RunFolder(folders=("scratch",), append={"site.env": "run = {run}, {cpus}\n"})
    profile = replace(site.node.profiles["command"], run_folder=wanted)
    monkeypatch.setitem(site.node.profiles, "command", profile)
    attempt = asking(site.attempt(), cpus=2)
    for _ in range(2):  # staged anew, it stands there once
        stage_in(site.node, attempt)
        assert (attempt.folder.run / "site.env").read_text() == f"run = {attempt.folder.run}, 2\n"
    assert (attempt.folder.run / "scratch").is_dir()
