"""Runs that are judged by what a profile declares."""

import pytest

from node_service.solvers.calculix import CalculixSolver
from node_service.solvers.command import CommandSolver
from node_service.solvers.evidence import Evidence, StoppedFor
from node_service.solvers.solver import solver_for
from spool_layout.profile import parse_profile
from spool_layout.states import Outcome

PROFILE = """\
wam_profile: 1
name: site
family: command
command: ["{program}", "{input}"]
success:
  exit_codes: [0, 4]
  must_contain: {"{job}.log": "ANALYSIS +COMPLETE"}
  must_not_contain: {solver.out: ["^ERROR", "licence"]}
  files: ["{job}*.res"]
progress: {file: solver.out, pattern: "([0-9.]+) ?% done"}
"""


@pytest.fixture
def run_folder(tmp_path):
    (tmp_path / "solver.out").write_text("start\n10 % done\n62.5% done\nmore\n")
    (tmp_path / "solver.err").write_text("")
    (tmp_path / "a.log").write_text("...\nANALYSIS   COMPLETE\n")
    (tmp_path / "a_1.res").write_text("1")
    return tmp_path


@pytest.fixture
def solver():
    return solver_for(parse_profile(PROFILE, source="site.yaml"))


def evidence(folder, **more):
    known = {
        "run_folder": folder,
        "job": "a",
        "steps": (),
        "exit_code": 0,
        "signal": None,
        "free_scratch_bytes": 10**9,
    }
    return Evidence(**(known | more))


def test_who_judges_which_profile(solver):
    assert isinstance(solver, CommandSolver)
    text = PROFILE.partition("success")[0].replace("family: command", "family: calculix")
    assert isinstance(solver_for(parse_profile(text, source="x")), CalculixSolver)


@pytest.mark.parametrize("code", [0, 4])
def test_a_run_with_all_that_is_declared_is_completed(solver, run_folder, code):
    verdict = solver.judge(evidence(run_folder, exit_code=code))
    assert (verdict.outcome, verdict.reason) == (Outcome.COMPLETED, "completed")


def test_another_exit_code_is_a_failure(solver, run_folder):
    verdict = solver.judge(evidence(run_folder, exit_code=3))
    assert (verdict.outcome, verdict.reason) == (Outcome.FAILED, "exit-code")
    assert verdict.sentence == (
        "The program ended with exit code 3; its solver profile wants 0 or 4. "
        "See the last lines of its output."
    )
    assert verdict.lines[-1].text == "more"


def test_a_text_that_must_not_be_there_is_quoted(solver, run_folder):
    with (run_folder / "solver.out").open("a") as out:
        out.write("no licence left\n")
    verdict = solver.judge(evidence(run_folder))
    assert verdict.reason == "error-reported"
    assert '"no licence left" in solver.out' in verdict.sentence
    assert (verdict.lines[0].line, verdict.lines[0].file) == (5, "solver.out")


def test_a_text_that_must_be_there(solver, run_folder):
    (run_folder / "a.log").write_text("broke off\n")
    verdict = solver.judge(evidence(run_folder))
    assert verdict.reason == "incomplete"
    assert verdict.sentence.startswith("a.log does not contain 'ANALYSIS +COMPLETE'")


@pytest.mark.parametrize("content", [None, ""])
def test_a_file_that_must_be_there_and_not_empty(solver, run_folder, content):
    (run_folder / "a_1.res").unlink()
    if content is not None:
        (run_folder / "a_1.res").write_text(content)
    verdict = solver.judge(evidence(run_folder))
    assert verdict.sentence == "The program left no a*.res, or an empty one."


def test_a_stopped_one_is_never_completed(solver, run_folder):
    verdict = solver.judge(evidence(run_folder, stopped_for=StoppedFor.WALLTIME))
    assert verdict.outcome is Outcome.WALLTIME


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"exit_code": None, "signal": 9}, "signal-KILL"),
        ({"exit_code": None, "signal": 63}, "signal-63"),
        ({"exit_code": None}, "end-unknown"),
        ({"exit_code": 127}, "not-runnable"),
        ({"free_scratch_bytes": 1000}, "disk-full"),
    ],
)
def test_ends_that_no_profile_needs_to_declare(solver, run_folder, more, reason):
    assert solver.judge(evidence(run_folder, **more)).reason == reason


def test_progress_is_the_last_percentage(solver, run_folder):
    assert solver.progress(run_folder, "a", ()).percent == 62.5
    (run_folder / "solver.out").unlink()
    assert solver.progress(run_folder, "a", ()).percent is None


def test_without_a_reader_progress_is_unknown(run_folder):
    solver = solver_for(parse_profile(PROFILE.partition("progress")[0], source="x"))
    assert solver.progress(run_folder, "a", ()).percent is None


def test_no_word_of_a_program_is_its_last(solver, run_folder):
    assert not solver.says_it_ended(run_folder, "a")
