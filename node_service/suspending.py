"""Having a run stand still, and go on: in the solver's own way first where its profile has one.

Written down before anything is stopped, and after it goes on: a service that is killed in between
is followed by one that does the same once more, which changes nothing.
"""

from collections.abc import Callable, Collection
from dataclasses import replace

from node_service.attempt import Attempt, Phase
from node_service.node import Node
from node_service.processes import LaunchFailed
from node_service.stage_in import solver_arguments
from node_service.standstill import Standstill
from spool_layout.request import RequestName, Verb
from spool_layout.solver_command import build_environment, fill_command
from spool_layout.ticket import format_time, parse_time
from wamspool.asking import Refused, judge_suspending, withdraw


def suspend_run(node: Node, attempt: Attempt) -> None:
    """The run's solver has been asked to stand still or, where that has no way of its own or has
    been asked before, the run's processes are stopped. Raises OSError.
    """
    before = attempt.standstill
    clock, profile = node.spool.clock, node.profiles[attempt.ticket.draft.solver]
    if not before.is_still:
        since = format_time(clock.utc_now())
        _note(attempt, replace(before, since=since, halted=False))
        attempt.still_since_s = clock.monotonic_s()
        _tell(node, attempt, Verb.SUSPEND, attempt.standstill.reason)
        if profile.suspend_command and ask_solver(node, attempt, profile.suspend_command):
            return
    node.processes.suspend(attempt.folder.path)
    _note(attempt, replace(attempt.standstill, halted=True))


def resume_run(node: Node, attempt: Attempt) -> None:
    """The run goes on; the time that it has stood still counts to no walltime. Raises OSError."""
    profile = node.profiles[attempt.ticket.draft.solver]
    node.processes.resume(attempt.folder.path)
    if profile.resume_command:
        ask_solver(node, attempt, profile.resume_command)
    stood_s = node.spool.clock.monotonic_s() - attempt.still_since_s
    stood_before_s = attempt.standstill.stood_s
    _note(
        attempt,
        replace(attempt.standstill, since="", halted=False, stood_s=stood_before_s + stood_s),
    )
    attempt.started_s += stood_s
    _tell(node, attempt, Verb.UNSUSPEND, "")


def find_standstill(node: Node, attempt: Attempt) -> None:
    """A run that an earlier service had stand still is known to do so. ``started_s`` counts from
    the start of the run, before; after, it leaves out how long the run has stood still.
    """
    attempt.standstill = attempt.folder.standstill
    attempt.started_s += attempt.standstill.stood_s
    if attempt.standstill.is_still:
        try:
            since = parse_time(attempt.standstill.since)
        except ValueError:
            since = node.spool.clock.utc_now()
        stands_s = (node.spool.clock.utc_now() - since).total_seconds()
        attempt.still_since_s = node.spool.clock.monotonic_s() - max(0.0, stands_s)


def ask_solver(node: Node, attempt: Attempt, command: tuple[str, ...]) -> bool:
    """Whether a command of the solver's profile has been started in the run's folder.

    Not promised: that the solver understood it.
    """
    profile = node.profiles[attempt.ticket.draft.solver]
    arguments = solver_arguments(node, attempt)
    environment = build_environment(profile, arguments, node.environment)
    try:
        node.processes.tell(attempt.folder.path, fill_command(command, arguments), environment)
    except LaunchFailed as error:
        node.log.warning("told nothing", extra={"job": attempt.job, "why": error.message})
        return False
    return True


def take_requests(
    node: Node,
    attempt: Attempt,
    names: Collection[RequestName],
    refuse: Callable[[Refused], None],
) -> bool:
    """Requests to suspend or resume the run are noted with it, and gone; True where that changes
    something. Those that come before there is a run, or when it has ended, are left: until it
    starts, or its job is done. Raises ShareError, OSError.
    """
    if not names or attempt.phase is not Phase.SOLVING or attempt.busy:
        return False
    judged = judge_suspending(node.spool, names, attempt.place, attempt.ticket)
    for refused in judged.refused:
        refuse(refused)
    withdraw(node.spool.share, judged.moot)
    granted, before = judged.granted, attempt.standstill
    if granted is None:
        return False
    if granted.verb is Verb.SUSPEND:
        _note(attempt, replace(before, asked=True, by=granted.by, why=granted.why))
    else:
        _note(attempt, replace(before, asked=False, by="", why=""))
    if before.asked != attempt.standstill.asked:
        by = granted.by or "somebody unknown"
        detail = f"by {by}{f': {granted.why}' if granted.why else ''}"
        node.journal.note(
            f"{granted.verb}_asked", attempt.job, generation=attempt.generation, detail=detail
        )
    withdraw(node.spool.share, granted.requests)
    return True


def _note(attempt: Attempt, standstill: Standstill) -> None:
    attempt.folder.note_standstill(standstill)
    attempt.standstill = standstill


def _tell(node: Node, attempt: Attempt, event: str, why: str) -> None:
    now = node.spool.clock.utc_now()
    node.journal.note(str(event), attempt.job, generation=attempt.generation, detail=why, at=now)
    node.log.warning(str(event), extra={"job": attempt.job, "why": why})
