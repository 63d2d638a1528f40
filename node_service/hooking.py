"""Running the site's hooks for an attempt, one step at each call, so that nobody waits for one.

Each is a run of its own under a runner that outlives the service, known by its folder: a service
that comes after a killed one finds it where it is, and starts none twice. What is lost with its
records, as when the machine goes down, counts as failed and is not repeated.
"""

from collections.abc import Mapping
from dataclasses import replace

from node_service.attempt import Attempt
from node_service.hooks import Hook, HookFailed, OnFailure, When
from node_service.node import Node
from node_service.processes import Ended, Launch, LaunchFailed, NotStarted, Running, signal_name
from node_service.scratch import AttemptFolder
from node_service.scratch_hooks import (
    has_hooks,
    hook_folder,
    hooks_of,
    keep_said,
    logs_of,
    prepare_hook,
)
from spool_layout.records import OutcomeRecord
from spool_layout.states import Outcome
from spool_layout.units import format_duration

LIMIT = "limit"
FAILED = "hook-failed"
AGAIN_S = 1.0

__all__ = [
    "FAILED",
    "HookFailed",
    "Waits",
    "after_solver",
    "before_solver",
    "has_begun",
    "logs_of",
    "runs",
    "stop_hooks",
]


class Waits:
    """A hook runs, or has just been started: ask again."""


def before_solver(node: Node, attempt: Attempt) -> Waits | HookFailed | None:
    """The next step before the solver may start; None when it may. Raises OSError."""
    came = _step(node, attempt, When.PRE)
    if isinstance(came, Waits):
        return came
    for one in came:
        if one.hook.on_failure is not OnFailure.WARN:
            return one
        node.log.warning("hook", extra={"job": attempt.job, "why": one.sentence})
    return None


def after_solver(
    node: Node, attempt: Attempt, outcome: OutcomeRecord, names: list[str]
) -> tuple[OutcomeRecord, list[str]] | None:
    """The next step after it; None: ask again. Then the outcome and the results with what the
    hooks have come to and have said. Raises OSError.
    """
    came = _step(node, attempt, When.POST, outcome)
    if isinstance(came, Waits):
        return None
    logs = logs_of(attempt.folder)
    return with_failed(outcome, came), [*(name for name in names if name not in logs), *logs]


def _step(
    node: Node, attempt: Attempt, when: When, outcome: OutcomeRecord | None = None
) -> Waits | list[HookFailed]:
    """The next step of the hooks of this kind, in their order.

    A list when all have ended: those that failed. A ``pre`` hook that fails, and does not merely
    warn, is the last that is run. Raises OSError.
    """
    failed = []
    for hook in node.settings.hooks:
        if not hook.is_for(when, attempt.ticket.draft.solver):
            continue
        problem = _problem(node, attempt, hook, outcome)
        if isinstance(problem, Waits):
            _ask_again(node, attempt)
            return problem
        if problem:
            failed.append(HookFailed(hook, f"The {when} hook '{hook.name}' {problem}."))
            if when is When.PRE and hook.on_failure is not OnFailure.WARN:
                break
    return failed


def with_failed(outcome: OutcomeRecord, failed: list[HookFailed]) -> OutcomeRecord:
    """The outcome with what its hooks have failed in. A run that had completed has failed, when one
    of them is to fail the job; one that failed before says that still, with a warning more.
    """
    if not failed:
        return outcome
    sentences = tuple(one.sentence for one in failed)
    warnings = (*outcome.warnings, *sentences)
    told = replace(outcome, warnings=warnings, warning_count=outcome.warning_count + len(failed))
    decisive = [one for one in failed if one.hook.on_failure is OnFailure.FAIL]
    if not decisive or outcome.outcome is not Outcome.COMPLETED:
        return told
    sentence = f"{decisive[0].sentence} The solver itself had completed."
    return replace(told, outcome=Outcome.FAILED, reason=FAILED, sentence=sentence)


def runs(node: Node, attempt: Attempt) -> bool:
    """Whether a hook of the attempt runs now: then ask again. One over its limit is ended."""
    for hook in node.settings.hooks:
        folder = hook_folder(attempt.folder, hook.name)
        if not folder.path.exists():
            continue
        state = node.processes.examine(folder.path)
        if isinstance(state, Running):
            _end_at_limit(node, attempt, hook, folder, state)
            _ask_again(node, attempt)
            return True
    return False


def _ask_again(node: Node, attempt: Attempt) -> None:
    attempt.try_again_s = node.spool.clock.monotonic_s() + AGAIN_S


def has_begun(attempt: Attempt) -> bool:
    """Whether the attempt has come to its hooks, so that its inputs are staged."""
    return attempt.folder.is_staged and has_hooks(attempt.folder)


def stop_hooks(node: Node, attempt_folder: AttemptFolder) -> None:
    """No hook of the attempt runs any more."""
    for folder in hooks_of(attempt_folder):
        node.processes.stop(folder.path, force=True)


def _problem(
    node: Node, attempt: Attempt, hook: Hook, outcome: OutcomeRecord | None
) -> str | Waits:
    """Empty when it has ended well."""
    folder = hook_folder(attempt.folder, hook.name)
    is_there = folder.path.exists()
    state = node.processes.examine(folder.path) if is_there else NotStarted()
    if isinstance(state, NotStarted):
        return _start(node, attempt, hook, outcome)
    if isinstance(state, Running):
        _end_at_limit(node, attempt, hook, folder, state)
        return Waits()
    said = keep_said(attempt.folder, hook.name)
    if not isinstance(state, Ended):
        return f"was lost ({state.reason})"
    if state.exit_code == 0:
        return ""
    if folder.stopped_for == LIMIT:
        return f"was ended at its limit of {format_duration(hook.limit_s)}"
    if state.signal is not None:
        return f"was ended by signal {signal_name(state.signal)}"
    return f"ended with exit code {state.exit_code}{f': {said}' if said else ''}"


def _start(node: Node, attempt: Attempt, hook: Hook, outcome: OutcomeRecord | None) -> str | Waits:
    folder = prepare_hook(attempt.folder, hook.name)
    environment = {**node.environment, **_told(node, attempt, outcome)}
    try:
        node.processes.start(Launch(folder.path, hook.command, environment))
    except LaunchFailed as error:
        return f"could not be started: {error.message}"
    node.log.info("hook", extra={"job": attempt.job, "hook": hook.name})
    attempt.hook_since_s = node.spool.clock.monotonic_s()
    return Waits()


def _end_at_limit(
    node: Node, attempt: Attempt, hook: Hook, folder: AttemptFolder, state: Running
) -> None:
    """By the node's own clock; of one that an earlier service started, from when that is known."""
    now_s = node.spool.clock.monotonic_s()
    if attempt.hook_since_s is None:
        ran_s = node.spool.clock.utc_now().timestamp() - state.started
        attempt.hook_since_s = now_s - max(0.0, ran_s)
    if now_s - attempt.hook_since_s >= hook.limit_s:
        folder.note_stop(LIMIT)
        node.log.warning("hook limit", extra={"job": attempt.job, "hook": hook.name})
        node.processes.stop(folder.path, force=True)


def _told(node: Node, attempt: Attempt, outcome: OutcomeRecord | None) -> Mapping[str, str]:
    draft = attempt.ticket.draft
    told = {
        "WAM_JOB": attempt.job,
        "WAM_NAME": draft.name or draft.input,
        "WAM_OWNER": attempt.ticket.owner,
        "WAM_NODE": node.name,
        "WAM_ATTEMPT": str(attempt.place.name.attempt),
        "WAM_SOLVER": draft.solver,
        "WAM_DECK": attempt.ticket.staged_deck,
        "WAM_FOLDER": str(attempt.folder.run),
        "WAM_CPUS": str(draft.resources.cpus),
    }
    if outcome is not None:
        code = "" if outcome.exit_code is None else str(outcome.exit_code)
        told |= {
            "WAM_OUTCOME": str(outcome.outcome),
            "WAM_REASON": outcome.reason,
            "WAM_EXIT_CODE": code,
        }
    return told
