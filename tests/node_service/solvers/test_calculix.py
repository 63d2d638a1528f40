"""Every way in which CalculiX is known to end, with the real ccx and the sentence a user reads."""

import subprocess

import pytest

from node_service.solvers.calculix import CalculixSolver
from node_service.solvers.evidence import StoppedFor
from spool_layout.states import Outcome
from tests.node_service.solvers.conftest import (
    CUBE,
    FIXED,
    JOB,
    SOFT_CUBE,
    Ccx,
    deck_step,
    step,
)
from tests.small_disks import small_disk_at

pytestmark = pytest.mark.real
GOOD = CUBE + FIXED + step()
MODES = "*STEP\n*FREQUENCY\n2\n*END STEP\n"


def judge(evidence):
    verdict = CalculixSolver().judge(evidence)
    print(f"{verdict.outcome} | {verdict.reason} | {verdict.sentence} | {verdict.warnings}")
    return verdict


def test_a_good_run_is_completed(ccx):
    verdict = judge(ccx.evidence(ccx.run(GOOD), deck_step()))
    assert (verdict.outcome, verdict.reason) == (Outcome.COMPLETED, "completed")
    assert verdict.sentence == "CalculiX computed every step to its end."
    assert verdict.warnings == ()
    assert verdict.warning_count == 0


def test_dos_line_ends_and_lower_case_are_fine(ccx):
    deck = GOOD.lower().replace("\n", "\r\n")
    assert judge(ccx.evidence(ccx.run(deck), deck_step())).outcome is Outcome.COMPLETED


def test_several_steps_of_all_kinds_are_completed(ccx):
    deck = GOOD + step("*STATIC\n0.5,2.") + MODES
    steps = (deck_step(), deck_step(2, period=2.0), deck_step(3, period=None))
    verdict = judge(ccx.evidence(ccx.run(deck), *steps))
    assert verdict.outcome is Outcome.COMPLETED
    assert verdict.warnings == ()


def test_steps_that_are_not_closed_are_never_run_and_not_missed(ccx):
    deck = GOOD + step().replace("*END STEP\n", "")
    verdict = judge(ccx.evidence(ccx.run(deck), deck_step(), deck_step(2, closed=False)))
    assert verdict.outcome is Outcome.COMPLETED


COULD_NOT_OPEN = (
    "CalculiX could not open the file '{}' (included names are relative to the deck's folder, "
    "and upper and lower case matter). Add the file and submit the job again."
)
REFUSED = 'CalculiX refuses the deck: "{}". Correct the deck and submit it again.'
NOTHING = (
    "CalculiX computed nothing: the deck has no *STEP that is closed by *END STEP. "
    "Check whether the deck was cut off, and submit it again."
)
NO_CONVERGENCE = (
    "The solution did not converge. Look at the last increments in the .sta and .cvg files; "
    "smaller increments, a softer load or a better constrained model may help."
)
INCREMENTS = (
    "CalculiX used up the increments that the step allows. Raise INC= of the *STEP card, or "
    "check why the increments became so small."
)
NO_RESULTS = (
    "CalculiX could not open the results 'global.frd' that the deck builds on. Add the file "
    "and submit the job again."
)
FAILURES = {
    "missing include": (
        CUBE + FIXED + "*INCLUDE,INPUT=nosuch.inc\n" + step(),
        0,
        "missing-include",
        COULD_NOT_OPEN.format("nosuch.inc"),
    ),
    "unknown element type": (
        GOOD.replace("C3D8", "C9Q9"),
        201,
        "deck-error",
        REFUSED.format("*ERROR reading *ELEMENT: C9Q9 is an unknown element type"),
    ),
    "bad number": (
        GOOD.replace("210000", "abc"),
        201,
        "deck-error",
        REFUSED.format("*ERROR reading *ELASTIC. Card image: ABC,0.3"),
    ),
    "unknown material": (
        GOOD.replace("MATERIAL=STEEL", "MATERIAL=WOOD"),
        201,
        "deck-error",
        REFUSED.format("*ERROR reading *SOLID SECTION: nonexistent material"),
    ),
    "element inside out": (
        GOOD.replace("1,1,2,3,4,5,6,7,8", "1,5,6,7,8,1,2,3,4"),
        201,
        "deck-error",
        REFUSED.format("*ERROR in e_c3d: nonpositive jacobian determinant in element 1"),
    ),
    "no analysis": (
        CUBE + FIXED + "*STEP\n*NO ANALYSIS\n*END STEP\n",
        201,
        "solver-error",
        "CalculiX ended with exit code 201 and did not say why. See the last lines of its output.",
    ),
    "increments used up": (
        CUBE + FIXED + step("*STATIC\n.1,1.,1.E-5,.1", parameters=",NLGEOM,INC=2"),
        201,
        "increments-used-up",
        INCREMENTS,
    ),
    "no convergence, automatic": (
        SOFT_CUBE + FIXED + step("*STATIC\n.5,1.,.4,.5", load=-1e5, parameters=",NLGEOM"),
        201,
        "no-convergence",
        NO_CONVERGENCE,
    ),
    "no convergence, direct": (
        SOFT_CUBE + FIXED + step("*STATIC,DIRECT\n.5,1.", load=-1e5, parameters=",NLGEOM"),
        201,
        "no-convergence",
        NO_CONVERGENCE,
    ),
    "global results missing": (
        CUBE
        + "*SUBMODEL,TYPE=NODE,INPUT=global.frd\nNALL\n"
        + step().replace("*CLOAD", "*BOUNDARY,SUBMODEL,STEP=1\nNALL,1,3\n*CLOAD"),
        16,
        "missing-file",
        NO_RESULTS,
    ),
    "byte order mark": (
        "\ufeff" + GOOD,
        201,
        "deck-error",
        "The deck begins with a byte order mark, which makes CalculiX lose its first card: save "
        "it as UTF-8 without BOM. "
        + REFUSED.format("*ERROR reading *BOUNDARY: node 1 is not defined"),
    ),
}


@pytest.mark.parametrize("case", FAILURES)
def test_a_failure_is_named_with_its_cure(ccx, case):
    deck, code, reason, sentence = FAILURES[case]
    assert ccx.run(deck) == code
    verdict = judge(ccx.evidence(code, deck_step()))
    assert verdict.outcome is Outcome.FAILED
    assert (verdict.reason, verdict.sentence) == (reason, sentence)
    assert verdict.lines
    for quoted in verdict.lines:
        if quoted.line is not None:
            written = (ccx.folder / quoted.file).read_text().splitlines()[quoted.line - 1]
            assert quoted.text.startswith(" ".join(written.split()))


def test_the_missing_deck_itself(ccx):
    code = ccx.run(GOOD, job="other")
    (ccx.folder / "solver.out").unlink()
    code = subprocess.run(
        "ccx -i bracket >solver.out", shell=True, cwd=ccx.folder, check=False
    ).returncode
    verdict = judge(ccx.evidence(code, deck_step()))
    assert (verdict.reason, code) == ("missing-include", 0)
    assert "'bracket.inp'" in verdict.sentence


@pytest.mark.parametrize(
    "deck",
    [CUBE + FIXED, CUBE + FIXED + step().replace("*END STEP\n", ""), GOOD[:-60]],
    ids=["no step", "no end step", "cut off"],
)
def test_job_finished_where_nothing_was_computed_is_a_failure(ccx, deck):
    code = ccx.run(deck)
    verdict = judge(ccx.evidence(code, deck_step(closed=False)))
    assert code == 0
    assert b"Job finished" in (ccx.folder / "solver.out").read_bytes()
    assert (verdict.outcome, verdict.reason) == (Outcome.FAILED, "incomplete")
    assert verdict.sentence == NOTHING


def test_a_bad_second_step_quotes_the_line(ccx):
    deck = GOOD + step().replace("5,3,10.0", "99,3,10.0")
    verdict = judge(ccx.evidence(ccx.run(deck), deck_step(), deck_step(2)))
    assert verdict.reason == "deck-error"
    assert verdict.lines[0].text == "*ERROR reading *CLOAD: node 99 is not defined"
    assert verdict.lines[0].file == "solver.out"


DANGERS = {
    "unknown card": (
        CUBE + FIXED + "*FROBNICATE\n1,2\n" + step(),
        ("line ignored: *FROBNICATE", "line ignored: 1,2"),
        4,
    ),
    "unknown parameter": (
        GOOD.replace("*NODE,NSET", "*NODE,INPUT=nosuch,NSET"),
        ("parameter ignored: INPUT=nosuch of *NODE",),
        2,
    ),
    "unknown set in output": (
        GOOD.replace("PRINT,NSET=NALL", "PRINT,NSET=NOPE"),
        ("reading *NODE PRINT: node set NOPE does not exist", "line ignored: U"),
        3,
    ),
}


@pytest.mark.parametrize("case", DANGERS)
def test_what_calculix_ignores_is_told_by_name(ccx, case):
    deck, warnings, count = DANGERS[case]
    verdict = judge(ccx.evidence(ccx.run(deck), deck_step()))
    assert verdict.outcome is Outcome.COMPLETED
    assert verdict.warnings == warnings
    assert verdict.warning_count == count
    assert verdict.sentence.startswith(
        f"CalculiX computed every step to its end, but check this first: {warnings[0]}"
    )


@pytest.mark.parametrize("output", ["*NODE FILE\nU\n", ""], ids=["dat and frd", "dat alone"])
def test_a_model_without_constraints_is_suspicious(ccx, output):
    verdict = judge(ccx.evidence(ccx.run(CUBE + step(output=output)), deck_step()))
    assert verdict.outcome is Outcome.COMPLETED
    assert "bracket.dat has displacements of 7.0e+12: the model may be free" in verdict.warnings[0]
    assert any("bracket.frd" in warning for warning in verdict.warnings) is bool(output)


def test_mode_shapes_are_not_displacements(ccx):
    deck = CUBE.replace("7.8E-9", "7.8E-30") + FIXED + MODES.replace("*END", "*NODE FILE\nU\n*END")
    verdict = judge(ccx.evidence(ccx.run(deck), deck_step(period=None)))
    assert verdict.outcome is Outcome.COMPLETED
    assert verdict.warnings == ()


@pytest.mark.parametrize(
    ("deck", "name", "hint"),
    [(b"", "ABRT", "The deck is empty."), (b"\x93\xff\x00\x11" * 200, "SEGV|ABRT", "")],
    ids=["empty", "random bytes"],
)
def test_a_crash_names_the_signal(ccx, deck, name, hint):
    code = ccx.run(deck, shell_before="ulimit -c 0")
    verdict = judge(ccx.evidence(code))
    assert code < 0
    assert verdict.outcome is Outcome.FAILED
    assert verdict.reason in {f"signal-{n}" for n in name.split("|")}
    assert verdict.sentence.startswith(hint)
    assert f"ended by the signal {verdict.reason.removeprefix('signal-')}." in verdict.sentence


def test_memory_that_ran_out(ccx):
    code = ccx.run(GOOD, shell_before="ulimit -v 60000")
    verdict = judge(ccx.evidence(code, deck_step()))
    assert (code, verdict.reason) == (16, "out-of-memory")
    assert verdict.sentence == (
        "CalculiX could not get the memory it needs. Submit the job with more memory, or to a "
        "larger node."
    )


def test_a_file_that_may_not_grow(ccx):
    code = ccx.run(LONG, shell_before="ulimit -c 0; ulimit -f 16")
    assert judge(ccx.evidence(code, deck_step())).reason == "signal-XFSZ"


def test_a_name_that_is_too_long(ccx):
    code = ccx.run(GOOD, job="x" * 140)
    verdict = judge(ccx.evidence(code, deck_step(), job="x" * 140))
    assert (code, verdict.reason) == (201, "name-too-long")


@pytest.fixture
def small_disk(tmp_path):
    with small_disk_at(tmp_path / "disk", "64k") as disk:
        yield disk


LONG = CUBE + FIXED + step("*STATIC,DIRECT\n.01,1.", parameters=",NLGEOM,INC=200")


def test_a_full_disk_is_told_although_calculix_says_nothing(small_disk):
    ccx = Ccx(small_disk)
    code = ccx.run(LONG)
    verdict = judge(ccx.evidence(code, deck_step()))
    assert (code, verdict.outcome, verdict.reason) == (0, Outcome.FAILED, "disk-full")
    assert verdict.sentence == (
        "The node's scratch disk is full (0 B free), so the results may be cut off even where "
        "the solver says nothing. Free space there and run the job again."
    )


def test_a_quota_shows_though_there_is_free_space(small_disk):
    ccx = Ccx(small_disk)
    code = ccx.run(LONG)
    verdict = judge(ccx.evidence(code, deck_step(), free_scratch_bytes=10**12))
    assert verdict.reason == "disk-full"
    assert "takes no more files (a quota may be used up)" in verdict.sentence


def test_results_cut_off_while_space_came_back(ccx):
    code = ccx.run(GOOD)
    frd = ccx.folder / f"{JOB}.frd"
    frd.write_bytes(frd.read_bytes()[:1024])
    verdict = judge(ccx.evidence(code, deck_step()))
    assert verdict.reason == "incomplete"
    assert verdict.sentence == (
        "The results are not complete: bracket.frd breaks off: its last line is not 9999. "
        "Run the job again."
    )


@pytest.mark.parametrize(
    ("suffix", "content", "said"),
    [
        (".frd", None, "there is no bracket.frd"),
        (".sta", b"", "bracket.sta is missing or breaks off"),
        (".dat", b"1.0 2.", "bracket.dat breaks off in the middle of a line"),
    ],
)
def test_each_result_file_must_be_whole(ccx, suffix, content, said):
    code = ccx.run(GOOD)
    path = ccx.folder / f"{JOB}{suffix}"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    verdict = judge(ccx.evidence(code, deck_step()))
    assert verdict.reason == "incomplete"
    assert said in verdict.sentence


def test_a_step_short_of_its_period(ccx):
    verdict = judge(ccx.evidence(ccx.run(GOOD), deck_step(period=2.0)))
    assert verdict.sentence == "The results are not complete: step 1 reached the time 1 of 2."


def test_a_step_that_was_not_begun(ccx):
    verdict = judge(ccx.evidence(ccx.run(GOOD), deck_step(), deck_step(2)))
    assert verdict.sentence == "CalculiX ran 1 of the 2 steps of the deck."


def test_an_error_before_job_finished_is_not_completed(ccx):
    code = ccx.run(GOOD)
    with (ccx.folder / "solver.out").open("ab") as out:
        out.write(b" *ERROR in umat: something odd\n")
    verdict = judge(ccx.evidence(code, deck_step()))
    assert (verdict.outcome, verdict.reason) == (Outcome.FAILED, "solver-error")
    assert '"*ERROR in umat: something odd". Do not trust the results' in verdict.sentence


@pytest.mark.parametrize(
    ("why", "outcome", "reason"),
    [
        (StoppedFor.CANCELLED, Outcome.CANCELLED, "cancelled"),
        (StoppedFor.WALLTIME, Outcome.WALLTIME, "walltime"),
        (StoppedFor.STALLED, Outcome.FAILED, "stalled"),
        (StoppedFor.MEMORY, Outcome.FAILED, "memory-limit"),
        (StoppedFor.DISK_LOW, Outcome.FAILED, "disk-low"),
    ],
)
def test_what_wam_stopped_is_told_as_such(ccx, why, outcome, reason):
    ccx.run(GOOD)
    (ccx.folder / f"{JOB}.frd").unlink()
    verdict = judge(ccx.evidence(-15, deck_step(), stopped_for=why))
    assert (verdict.outcome, verdict.reason) == (outcome, reason)


def test_a_run_that_ended_before_it_could_be_stopped_is_completed(ccx):
    code = ccx.run(GOOD)
    verdict = judge(ccx.evidence(code, deck_step(), stopped_for=StoppedFor.WALLTIME))
    assert verdict.outcome is Outcome.COMPLETED


def test_an_end_that_nobody_saw_is_lost_even_with_whole_results(ccx):
    ccx.run(GOOD)
    verdict = judge(ccx.evidence(0, deck_step(), exit_code=None))
    assert (verdict.outcome, verdict.reason) == (Outcome.LOST, "end-unknown")


def test_a_program_that_could_not_be_run(ccx):
    (ccx.folder / "solver.err").write_text("sh: 1: /opt/ccx: not found\n")
    verdict = judge(ccx.evidence(127, deck_step()))
    assert verdict.reason == "not-runnable"
    assert verdict.lines[0].text == "sh: 1: /opt/ccx: not found"


def test_progress_follows_the_steps(ccx):
    deck = GOOD + step("*STATIC,DIRECT\n.25,3.", parameters=",NLGEOM") + MODES
    ccx.run(deck)
    steps = (deck_step(), deck_step(2, period=3.0), deck_step(3, period=None))
    progress = CalculixSolver().progress(ccx.folder, JOB, steps)
    assert (progress.percent, progress.step, progress.steps) == (100.0, 3, 3)
    assert progress.increments == 13
    sta = ccx.folder / f"{JOB}.sta"
    sta.write_bytes(b"".join(sta.read_bytes().splitlines(keepends=True)[:-6]))
    progress = CalculixSolver().progress(ccx.folder, JOB, steps)
    assert progress.percent == pytest.approx(100 * (1 + 1.5) / 4)


def test_progress_before_the_first_line_is_nought(ccx):
    progress = CalculixSolver().progress(ccx.folder, JOB, (deck_step(),))
    assert (progress.percent, progress.step, progress.steps) == (0.0, 0, 1)


def test_its_last_word_is_that_the_job_has_finished(ccx):
    ccx.run(GOOD)
    assert CalculixSolver().says_it_ended(ccx.folder, JOB)
    (ccx.folder / "solver.out").write_text("STEP 1\n")
    assert not CalculixSolver().says_it_ended(ccx.folder, JOB)
