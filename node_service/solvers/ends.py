"""Ends that are judged alike whatever the solver: stopped by WAM, not runnable, unknown, killed."""

from typing import Final

from node_service.processes import signal_name
from node_service.processes.interface import SOLVER_ERR, SOLVER_OUT
from node_service.solvers.evidence import Evidence, StoppedFor
from node_service.solvers.output import last_lines
from node_service.solvers.verdict import DISK_FULL, NOT_RUNNABLE, Quoted, Verdict
from spool_layout.states import Outcome
from spool_layout.units import format_size

FULL_BELOW_BYTES: Final = 1024 * 1024
_PROBE_BYTES: Final = 64 * 1024
_NOT_RUNNABLE: Final = {125, 126, 127}

_STOPPED: Final = {
    StoppedFor.CANCELLED: (
        Outcome.CANCELLED,
        "cancelled",
        "It was running; what it had written by then is with the results.",
    ),
    StoppedFor.WALLTIME: (
        Outcome.WALLTIME,
        "walltime",
        "It was stopped at its walltime. Submit it again with a longer one.",
    ),
    StoppedFor.STALLED: (
        Outcome.FAILED,
        "stalled",
        "It was stopped because it stood still. Find out from its last lines what it waited for.",
    ),
    StoppedFor.MEMORY: (
        Outcome.FAILED,
        "memory-limit",
        "It was stopped so that other jobs keep theirs. Submit it again with more memory.",
    ),
    StoppedFor.DISK_LOW: (
        Outcome.FAILED,
        "disk-low",
        "It was stopped before the node's disk was full. Submit it again, and ask for scratch.",
    ),
}

_SIGNALS: Final = {
    "KILL": (
        "It was killed from outside; most often by the system because memory ran out. "
        "Submit it with more memory, or ask who runs the node."
    ),
    "SEGV": "It crashed. Check the deck for damaged lines, and the memory that it needs.",
    "ABRT": "It crashed. Check the deck for damaged lines.",
    "BUS": "It crashed; the scratch disk may be full or damaged.",
    "XFSZ": "A file reached the largest size that the node allows.",
    "XCPU": "It reached the CPU time that the node allows.",
    "TERM": "Somebody or something on the node asked it to end; it was not WAM.",
}


def judge_stopped(evidence: Evidence) -> Verdict | None:
    """The verdict where WAM stopped the run."""
    if evidence.stopped_for is None:
        return None
    outcome, reason, sentence = _STOPPED[evidence.stopped_for]
    words = f"{evidence.limit} {sentence}".strip()
    return Verdict(outcome=outcome, reason=reason, sentence=words, lines=quote_ends(evidence))


def judge_launch(evidence: Evidence) -> Verdict | None:
    """The verdict where the program never ran, or where nobody knows how it ended."""
    if evidence.exit_code in _NOT_RUNNABLE:
        return Verdict(
            outcome=Outcome.FAILED,
            reason=NOT_RUNNABLE,
            sentence="The solver's program could not be run on this node "
            f"(exit code {evidence.exit_code}). Check 'program' in the solver profile.",
            lines=last_lines(evidence.run_folder / SOLVER_ERR, 3),
        )
    if evidence.exit_code is None and evidence.signal is None:
        return Verdict(
            outcome=Outcome.LOST,
            reason="end-unknown",
            sentence="Nobody recorded how the solver ended: the node was restarted, or what "
            "watches the solver was killed. Run the job again.",
            lines=quote_ends(evidence),
        )
    return None


def judge_signal(evidence: Evidence) -> Verdict | None:
    """The verdict where a signal ended the solver and WAM did not send it."""
    if evidence.signal is None:
        return None
    name = signal_name(evidence.signal)
    advice = _SIGNALS.get(name, "WAM did not send it.")
    return Verdict(
        outcome=Outcome.FAILED,
        reason=f"signal-{name}",
        sentence=f"The solver was ended by the signal {name}. {advice}",
        lines=quote_ends(evidence),
    )


def judge_disk(evidence: Evidence) -> Verdict | None:
    """The verdict where the scratch disk has no room left: nothing on it can be trusted."""
    if evidence.free_scratch_bytes < FULL_BELOW_BYTES:
        what = f"is full ({format_size(evidence.free_scratch_bytes)} free)"
    elif not _takes_a_file(evidence):
        what = "takes no more files (a quota may be used up)"
    else:
        return None
    return Verdict(
        outcome=Outcome.FAILED,
        reason=DISK_FULL,
        sentence=f"The node's scratch disk {what}, so the results may be cut off even where the "
        "solver says nothing. Free space there and run the job again.",
        lines=quote_ends(evidence),
    )


def quote_ends(evidence: Evidence) -> tuple[Quoted, ...]:
    """The last lines of the solver's standard output and of its standard error."""
    run = evidence.run_folder
    return last_lines(run / SOLVER_OUT, 3) + last_lines(run / SOLVER_ERR, 3)


def _takes_a_file(evidence: Evidence) -> bool:
    """Tried, because a quota does not show in the free space."""
    probe = evidence.run_folder / ".wam-probe"
    try:
        probe.write_bytes(b"\0" * _PROBE_BYTES)
    except OSError:
        return False
    finally:
        probe.unlink(missing_ok=True)
    return True
