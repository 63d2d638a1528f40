"""The truth table of Abaqus' ends: what lies in the run folder, and the sentence a user reads."""

import pytest

from node_service.solvers.abaqus import AbaqusSolver
from node_service.solvers.evidence import Evidence, StoppedFor
from node_service.solvers.solver import solver_for
from node_service.solvers.verdict import NO_LICENCE
from spool_layout.states import Outcome
from tests.node_service.solvers.conftest import JOB, deck_step
from wamspool.profiles.load import load_profiles

ROW = "   1     1   1     0     3     3  1.00       1.00       1.000\n"
DONE = "\n THE ANALYSIS HAS COMPLETED SUCCESSFULLY\n"
NOT_DONE = "\n THE ANALYSIS HAS NOT BEEN COMPLETED\n"
BEGUN = f"Abaqus JOB {JOB}\nRun pre.exe\nRun standard.exe\n"
SAID = f"{BEGUN}End Abaqus/Standard Analysis\nAbaqus JOB {JOB} COMPLETED\n"
GAVE_UP = f"{BEGUN}Abaqus/Analysis exited with errors\n"
REFUSED = "FlexNet Licensing error:-87,147\nAbaqus Error: Error checking out Abaqus license.\n"
GOOD = {".sta": ROW + DONE, ".odb": "x", ".dat": "\n", ".msg": "\n", "solver.out": SAID}
BAD = GOOD | {".sta": ROW + NOT_DONE, "solver.out": GAVE_UP}


@pytest.fixture
def judged(tmp_path):
    def judge(files, *, exit_code=0, signal=None, steps=(), **more):
        (tmp_path / "solver.err").write_text("")
        for name, text in files.items():
            if text is not None:
                path = tmp_path / (name if name.startswith("solver") else JOB + name)
                path.write_text(text)
        known = {"free_scratch_bytes": 10**10, "stopped_for": None} | more
        return AbaqusSolver().judge(
            Evidence(
                run_folder=tmp_path,
                job=JOB,
                steps=steps,
                exit_code=None if signal else exit_code,
                signal=signal,
                **known,
            )
        )

    return judge


def error(text, suffix=".msg"):
    return BAD | {suffix: f"x\n ***ERROR: {text}\n"}


AFTERWARDS = "Abaqus completed the analysis. Afterwards {}, which changes nothing in the results."
COMPLETED = {
    "all as it must be": (GOOD, {}, "Abaqus completed the analysis."),
    "exit code 1 after completion": (
        GOOD, {"exit_code": 1}, AFTERWARDS.format("its launcher ended with exit code 1"),
    ),
    "signal 6 after completion": (
        GOOD | {"solver.out": BEGUN}, {"signal": 6},
        AFTERWARDS.format("its launcher was ended by the signal ABRT"),
    ),
    "abort in the log, exit code 0": (
        GOOD | {"solver.out": GAVE_UP}, {}, AFTERWARDS.format("its launcher reported an error"),
    ),
    "no COMPLETED in the log": (
        GOOD | {"solver.out": BEGUN}, {},
        AFTERWARDS.format("its launcher did not say COMPLETED"),
    ),
    "the log in a file of its own": (
        GOOD | {"solver.out": "", ".log": SAID}, {}, "Abaqus completed the analysis.",
    ),
    "lower case, DOS line ends": (
        GOOD | {".sta": (ROW + DONE).replace("\n", "\r\n")}, {}, "Abaqus completed the analysis.",
    ),
    "stopped, but it had completed": (
        GOOD, {"stopped_for": StoppedFor.WALLTIME}, "Abaqus completed the analysis.",
    ),
    "no odb": (
        GOOD | {".odb": None}, {},
        f"Abaqus completed the analysis, but check this first: there is no {JOB}.odb, or an empty one.",
    ),
    "a step that ended early": (
        GOOD, {"steps": (deck_step(period=2.0),)},
        "Abaqus completed the analysis, but check this first: step 1 ended at the time 1 of 2.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", COMPLETED)
def test_completed_is_what_the_files_say(judged, case):
    files, how, sentence = COMPLETED[case]
    verdict = judged(files, **how)
    assert (verdict.outcome, verdict.reason) == (Outcome.COMPLETED, "completed")
    assert verdict.sentence == sentence
    assert bool(verdict.warnings) == (sentence != "Abaqus completed the analysis.")


FAILED = {
    "exit code 0 and NOT COMPLETED": (
        GOOD | {".sta": ROW + NOT_DONE}, {}, "solver-error",
        "Abaqus says that the analysis has not been completed, and does not say why.",
    ),
    "exited with errors, no message": (
        BAD, {"exit_code": 1}, "solver-error",
        'Abaqus reported an error: "Abaqus/Analysis exited with errors".',
    ),
    "launcher's own error": (
        {"solver.out": "Abaqus Error: no input file\n"}, {"exit_code": 1}, "solver-error",
        'Abaqus reported an error: "Abaqus Error: no input file".',
    ),
    "input file processor, message in .dat": (
        {".dat": '\n ***ERROR: in keyword *ELASTC, file "bracket.inp", line 12\n', "solver.out":
         "Analysis Input File Processor exited with an error\nAbaqus/Analysis exited with errors\n"},
        {"exit_code": 1}, "deck-error",
        'Abaqus refuses the deck: "in keyword *ELASTC, file "bracket.inp", line 12". Correct',
    ),
    "input file processor, no message": (
        {"solver.out": "Analysis Input File Processor exited with an error.\n"}, {}, "deck-error",
        'Abaqus refuses the deck: "Analysis Input File Processor exited with an error."',
    ),
    "too many attempts": (
        error("TOO MANY ATTEMPTS MADE FOR THIS INCREMENT"), {}, "no-convergence",
        "The solution did not converge. Look at the last increments in the .sta and .msg files;",
    ),
    "increment below the minimum": (
        error("TIME INCREMENT REQUIRED IS LESS THAN THE MINIMUM\n          SPECIFIED"), {},
        "no-convergence", "The solution did not converge.",
    ),
    "increments used up": (
        error("TOO MANY INCREMENTS NEEDED TO COMPLETE THE STEP"), {}, "increments-used-up",
        "Raise INC= of the *STEP card",
    ),
    "distorted": (
        error("The elements in set bad have been excessively distorted", ".sta"), {}, "distorted",
        "Elements were distorted until Abaqus gave up.",
    ),
    "memory": (
        error("THE REQUESTED MEMORY CANNOT BE ALLOCATED"), {}, "out-of-memory",
        "Abaqus could not get the memory it needs.",
    ),
    "disk full, in a message": (
        error("ERROR WRITING SCRATCH: No space left on device"), {}, "disk-full",
        "Abaqus found no room on the node's scratch disk.",
    ),
    "disk full, in the log": (
        BAD | {"solver.out": f"{BEGUN}OSError: [Errno 28] No space left on device\n"}, {},
        "disk-full", "Abaqus found no room on the node's scratch disk.",
    ),
    "disk full, by the disk alone": (
        GOOD, {"free_scratch_bytes": 0}, "disk-full", "The node's scratch disk is full (0 B free)",
    ),
    "a file that is not there": (
        error("THE FILE wing.odb DOES NOT EXIST", ".dat"), {}, "missing-file",
        'Abaqus could not open a file: "THE FILE wing.odb DOES NOT EXIST".',
    ),
    "compiler": (
        {"solver.out": "Abaqus Error: Problem during compilation - umat.f\n"}, {"exit_code": 1},
        "user-subroutine", "The user subroutine could not be built:",
    ),
    "another error": (
        error("SOMETHING ELSE"), {}, "solver-error",
        'Abaqus reported an error: "SOMETHING ELSE". Do not trust the results;',
    ),
    "an error on the standard output alone": (
        BAD | {"solver.out": f" ***ERROR: SOMETHING ELSE\n{GAVE_UP}"}, {}, "solver-error",
        'Abaqus reported an error: "SOMETHING ELSE".',
    ),
    "completed, and an error": (
        GOOD | {".msg": " ***ERROR: SOMETHING ELSE\n"}, {}, "solver-error",
        'The .sta file says completed, but: Abaqus reported an error: "SOMETHING ELSE".',
    ),
    "completed, and a lock": (
        GOOD | {".lck": ""}, {}, "incomplete",
        f"The .sta file says that the analysis has completed, but {JOB}.lck is left:",
    ),
    "completed, a lock and a signal": (
        GOOD | {".lck": ""}, {"signal": 9}, "signal-KILL", "ended by the signal KILL",
    ),
    "killed": (
        BAD | {".sta": ROW, ".lck": "", "solver.out": BEGUN}, {"signal": 9}, "signal-KILL",
        "most often by the system because memory ran out",
    ),
    "silence": (
        {"solver.out": ""}, {}, "incomplete",
        "Abaqus ended with exit code 0, and its .sta file does not say how the analysis ended.",
    ),
    "the status file breaks off": (
        GOOD | {".sta": ROW + " THE ANALYSIS HAS COMPL"}, {}, "incomplete", "does not say how",
    ),
    "the program is not there": (
        {"solver.out": ""}, {"exit_code": 127}, "not-runnable", "could not be run on this node",
    ),
    "a licence lost on the way": (
        BAD | {"solver.out": BEGUN + REFUSED}, {"exit_code": 1}, "licence-lost",
        "Abaqus lost its licence while it computed.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", FAILED)
def test_whatever_else_is_a_failure_with_a_reason(judged, case):
    files, how, reason, words = FAILED[case]
    verdict = judged(files, **how)
    print(f"{verdict.reason} | {verdict.sentence} | {verdict.lines}")
    assert (verdict.outcome, verdict.reason) == (Outcome.FAILED, reason)
    assert words in verdict.sentence


LICENCES = {
    "FlexNet refuses": REFUSED,
    "queued for too long": "Time limit of in queue has been exceeded. Exiting.\n" + REFUSED[-46:],
    "the launcher's word alone": "Abaqus Error: Error checking out Abaqus license.\n",
    "all taken": "Licensed number of users already reached.\n",
}


@pytest.mark.parametrize("case", LICENCES)
def test_a_refused_licence_is_a_reason_of_its_own(judged, case):
    verdict = judged({"solver.out": f"Abaqus JOB {JOB}\n{LICENCES[case]}"}, exit_code=1)
    assert (verdict.outcome, verdict.reason) == (Outcome.FAILED, NO_LICENCE)
    assert verdict.sentence.startswith('Abaqus got no licence: "')
    assert verdict.lines[0].line == 2


def test_a_deck_that_is_refused_does_not_wait_for_a_licence(judged):
    files = {".dat": " ***ERROR: UNKNOWN KEYWORD\n", "solver.out": REFUSED}
    assert judged(files, exit_code=1).reason == "deck-error"


@pytest.mark.parametrize("why", [StoppedFor.CANCELLED, StoppedFor.WALLTIME])
@pytest.mark.parametrize("files", [BAD, error("TOO MANY ATTEMPTS"), {"solver.out": REFUSED}])
def test_what_wam_stopped_is_told_as_such(judged, files, why):
    verdict = judged(files, exit_code=1, stopped_for=why)
    assert verdict.reason == str(why)


def test_messages_are_quoted_whole_with_file_and_line_and_once(judged):
    text = "a\nb\n ***ERROR: FIRST PART\n          SECOND PART\n***ERROR: OTHER\n\nEND"
    verdict = judged(BAD | {".dat": text, ".msg": " ***ERROR: OTHER\n"})
    assert [(q.file, q.line, q.text) for q in verdict.lines] == [
        (f"{JOB}.dat", 3, "***ERROR: FIRST PART SECOND PART"),
        (f"{JOB}.dat", 5, "***ERROR: OTHER"),
    ]


def test_of_ten_thousand_errors_the_first_are_kept(judged):
    text = "".join(f" ***ERROR: NODE {number}\n" for number in range(10_000))
    verdict = judged(BAD | {".dat": text})
    assert len(verdict.lines) == 12
    assert '"NODE 0"' in verdict.sentence


def test_warnings_are_counted_and_dangerous_ones_are_told(judged):
    text = (
        " ***WARNING: SOMETHING\n ***WARNING: SOLVER PROBLEM. ZERO PIVOT WHEN PROCESSING NODE 7\n"
    )
    verdict = judged(GOOD | {".msg": text * 3})
    assert verdict.warning_count == 6
    assert verdict.warnings == (
        "the equation system may be singular: SOLVER PROBLEM. ZERO PIVOT WHEN PROCESSING NODE 7",
    )
    assert "but check this first: the equation system may be singular" in verdict.sentence


def test_who_judges_abaqus():
    assert isinstance(solver_for(load_profiles({})["abaqus"]), AbaqusSolver)


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("solver.out", SAID, True),
        (f"{JOB}.log", GAVE_UP, True),
        ("solver.out", BEGUN, False),
        (f"{JOB}.sta", DONE, False),  # results may still be converted
    ],
)
def test_its_last_word_is_in_the_log(tmp_path, file, text, said):
    (tmp_path / file).write_text(text)
    assert AbaqusSolver().says_it_ended(tmp_path, JOB) is said
