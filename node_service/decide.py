"""What to do next: pure, from what is known to a list of actions."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from node_service.attempt import Attempt, Phase
from node_service.limits import Reached, limit_reached
from node_service.processes import Ended, NotStarted, Running, RunState, Vanished
from spool_layout.limits import Limits
from spool_layout.names import TicketName
from spool_layout.ticket import Ticket
from wamspool.choose import Offer, PassedBy, Room, choose
from wamspool.drops import Dropped
from wamspool.incoming import DropFolder, Queue


@dataclass(frozen=True, slots=True)
class Consider:
    """Take a drop one step further."""

    drop: Dropped
    folder: DropFolder


@dataclass(frozen=True, slots=True)
class Claim:
    """Try to get this ticket."""

    name: TicketName


@dataclass(frozen=True, slots=True)
class Begin:
    """Stage in and start."""

    attempt: Attempt


@dataclass(frozen=True, slots=True)
class End:
    """Judge, stage out and publish."""

    attempt: Attempt
    ended: Ended


@dataclass(frozen=True, slots=True)
class Lose:
    """The run is gone without an end: queue the job again, or give it up."""

    attempt: Attempt
    why: str


@dataclass(frozen=True, slots=True)
class Relaunch:
    """The ticket says running, and nothing was started: start it."""

    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Quit:
    """Nothing was started yet and somebody wants no start: end the job, or hand it back."""

    attempt: Attempt
    why: str


@dataclass(frozen=True, slots=True)
class Stop:
    """Ask the solver to end, or end it. ``reached``: the limit, where that is why."""

    attempt: Attempt
    force: bool
    reached: Reached | None = None


@dataclass(frozen=True, slots=True)
class Suspend:
    """Have the run stand still."""

    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Resume:
    """Have the run go on."""

    attempt: Attempt


Action = Consider | Claim | Begin | End | Lose | Relaunch | Quit | Stop | Suspend | Resume


@dataclass(frozen=True, slots=True)
class View:
    """All that a decision is made from. ``queue``: what a look has just shown, if there was one;
    ``waiting``: the tickets that may be claimed now, by this look or an earlier one. A node that
    drains claims none, and goes on making jobs of drops; so does one without room. ``crowding``:
    the runs that are to make room. ``off_hours``: runs stand still for now.
    """

    now_s: float
    attempts: tuple[Attempt, ...]
    states: dict[str, RunState]
    queue: Queue | None
    waiting: Iterable[TicketName]
    free: Offer
    claiming: bool
    quiet_s: float
    grace_s: Callable[[Attempt], float]
    avoided: frozenset[str]
    ticket_of: Callable[[TicketName], Ticket | None]
    may_run: Callable[[Ticket], bool]
    passed_by: PassedBy
    draining: bool = False
    off_hours: bool = False
    limits: Limits = field(default_factory=Limits)
    stall_s: Callable[[Attempt], float | None] = lambda _: None
    has_room: bool = True
    crowding: Mapping[str, Reached] = field(default_factory=dict)
    room: Room | None = None
    note_unfit: Callable[[TicketName, Ticket], None] = lambda *_: None


def decide(view: View) -> list[Action]:
    """The actions to take now, in this order."""
    actions: list[Action] = []
    for attempt in view.attempts:
        if not attempt.busy and attempt.try_again_s <= view.now_s:
            actions += _for_attempt(view, attempt)
    takes_jobs = view.claiming and not view.draining and view.has_room
    if takes_jobs and view.waiting != ():
        chosen = choose(
            (name for name in view.waiting if name.job not in view.avoided),
            view.free,
            ticket_of=view.ticket_of,
            may_run=view.may_run,
            passed_by=view.passed_by,
            room=view.room,
            note_unfit=view.note_unfit,
        )
        actions += [Claim(name) for name in chosen]
    if view.claiming and view.queue is not None:
        actions += _for_drops(view, view.queue)
    return actions


def _for_drops(view: View, queue: Queue) -> list[Action]:
    return [
        Consider(drop, folder)
        for folder in queue.folders
        # A dropped folder is one copy of many files: which decks are included by others is
        # known only when nothing has been added for a while.
        if not folder.is_group or view.now_s - folder.quiet_since_s >= view.quiet_s
        for drop in folder.drops
    ]


def _for_attempt(view: View, attempt: Attempt) -> list[Action]:
    if attempt.phase is Phase.STAGE_IN:
        if attempt.granted or view.draining:
            return [Quit(attempt, "this node takes no more jobs")]
        return [Begin(attempt)]
    state = view.states.get(attempt.job)
    if attempt.phase is not Phase.SOLVING or state is None:
        return []
    if isinstance(state, Ended):
        return [End(attempt, state)]
    if isinstance(state, Vanished):
        return [Lose(attempt, state.reason)]
    if isinstance(state, NotStarted):
        return [Quit(attempt, "") if attempt.granted else Relaunch(attempt)]
    return _for_running(view, attempt, state)


def _for_running(view: View, attempt: Attempt, state: Running) -> list[Action]:
    if state.orphaned:
        # How it ends will never be known; what is left of it must not compute on beside a rerun.
        return [Stop(attempt, force=True)]
    if attempt.stop_asked_s is not None:
        return _for_stopping(view, attempt, view.now_s - attempt.stop_asked_s)
    if attempt.granted is not None:
        return [Stop(attempt, force=False)]
    if (view.off_hours or attempt.standstill.asked) and attempt.job not in view.crowding:
        return _for_standstill(view, attempt)
    if attempt.standstill.is_still:
        return [Resume(attempt)]
    reached = limit_reached(
        attempt, now_s=view.now_s, limits=view.limits, stall_s=view.stall_s(attempt)
    ) or view.crowding.get(attempt.job)
    return [Stop(attempt, force=False, reached=reached)] if reached else []


def _for_standstill(view: View, attempt: Attempt) -> list[Action]:
    """The solver's own way, if it has one, gets half of the grace; then its processes are stopped.

    No limit ends a run that stands still: neither its walltime nor a stall counts.
    """
    standstill = attempt.standstill
    waited_s = view.now_s - attempt.still_since_s
    if standstill.halted or (standstill.is_still and waited_s < view.grace_s(attempt) / 2):
        return []
    return [Suspend(attempt)]


def _for_stopping(view: View, attempt: Attempt, waited_s: float) -> list[Action]:
    """The solver's own way, if it has one, gets half of the grace; then signals, then the end."""
    grace_s = view.grace_s(attempt)
    if waited_s >= grace_s:
        return [] if attempt.forced else [Stop(attempt, force=True)]
    if waited_s >= grace_s / 2 and not attempt.signalled:
        return [Stop(attempt, force=False)]
    return []
