"""Carrying out what was decided. What fails for the share's sake is tried again, ever more rarely;
what fails for the job's sake ends the job with a sentence that says so.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from node_service import hooking
from node_service.attempt import Attempt, Phase
from node_service.decide import (
    Action,
    Begin,
    Claim,
    End,
    Lose,
    Quit,
    Relaunch,
    Resume,
    Stop,
    Suspend,
)
from node_service.fencing import fence
from node_service.licences import Licences
from node_service.link import CutOff
from node_service.losing import end_of_lost, suspect, unrun
from node_service.mailing import tell_loss, tell_start
from node_service.node import Node
from node_service.own_faults import OwnFaults
from node_service.processes import LaunchFailed
from node_service.room import Room, kept_to_claim
from node_service.solvers.verdict import DISK_FULL, NO_LICENCE, NOT_RUNNABLE
from node_service.stage_in import (
    InputsDiffer,
    ScratchShort,
    launch_solver,
    read_steps,
    stage_in,
    start_solver,
)
from node_service.stage_out import judge, result_names, stage_out
from node_service.stopping import ask_solver_to_end, note_why
from node_service.suspending import resume_run, suspend_run
from spool_layout.errors import WamError
from spool_layout.records import OutcomeRecord
from spool_layout.request import Verb
from spool_layout.solver_command import OptionNotPermitted
from spool_layout.states import Outcome
from wamspool.asking import cancelled, withdraw
from wamspool.errors import CopyDiffers, Gone, LeaseUnsure, ShareError, TicketGone
from wamspool.expire import has_runs_left
from wamspool.transition import hand_back, requeue
from wamspool.tree import lies_at

RETRY_FIRST_S = 1.0
RETRY_MOST_S = 60.0
FAULT_FAILURES = 6


@dataclass(slots=True)
class Acting:
    """Acts for one node. ``offload`` runs work that may take long, elsewhere or at once."""

    node: Node
    offload: Callable[[Attempt, Callable[[], None], int], None]
    wake: Callable[[], None]
    avoid: Callable[[str], None]
    licences: Licences
    room: Room
    faults: OwnFaults = field(default_factory=lambda: OwnFaults(""))

    def attempt(self, action: Action) -> None:
        """One action on an attempt of this node was begun, or carried out."""
        if isinstance(action, Begin):
            size = sum(f.size_bytes for f in action.attempt.ticket.inputs)
            self.offload(action.attempt, lambda: self._begin(action.attempt), size)
        elif isinstance(action, End):
            self._end(action)
        elif isinstance(action, Lose):
            self._guarded(action.attempt, lambda: self._lose(action.attempt, action.why))
        elif isinstance(action, Relaunch):
            self._guarded(action.attempt, lambda: self._launch_again(action.attempt))
        elif isinstance(action, Quit):
            self._guarded(action.attempt, lambda: self._quit(action.attempt, action.why))
        elif isinstance(action, Stop):
            self._guarded(action.attempt, lambda: self._stop(action))
        elif isinstance(action, Suspend):
            self._guarded(action.attempt, lambda: suspend_run(self.node, action.attempt))
        elif isinstance(action, Resume):
            self._guarded(action.attempt, lambda: resume_run(self.node, action.attempt))
        elif isinstance(action, Claim):
            raise TypeError("a claim is no action on an attempt")

    def _begin(self, attempt: Attempt) -> None:
        self._guarded(attempt, lambda: self._stage_and_start(attempt))

    def _stage_and_start(self, attempt: Attempt) -> None:
        has_begun = hooking.has_begun(attempt)
        if not has_begun and (no_room := self.licences.no_room(attempt)):
            if no_room.hand_back:
                self._hand_back(attempt, no_room.why, avoid=False)
            else:
                self._soon(attempt, no_room.why)
            return
        try:
            if not has_begun:
                stage_in(self.node, attempt)
        except (InputsDiffer, Gone) as error:
            if isinstance(error, Gone) and self._is_there(error.path):
                raise
            self._fail(attempt, "inputs-differ", error)
            return
        except ScratchShort as error:
            self._hand_back(attempt, error.message)
            return
        except (CopyDiffers, OSError) as error:
            why = _of_scratch(error)
            self._suspect(attempt, why)
            self._hand_back(attempt, why)
            return
        if attempt.granted is not None:  # it came while the inputs did
            self._quit(attempt, "")
            return
        if halted := hooking.before_solver(self.node, attempt):
            self._halted(attempt, halted)
            return
        try:
            start_solver(self.node, attempt)
        except (LaunchFailed, OptionNotPermitted) as error:
            self._not_launched(attempt, error)
            return
        tell_start(self.node, attempt)
        self._follow(attempt)

    def _halted(self, attempt: Attempt, halted: hooking.Waits | hooking.HookFailed) -> None:
        if isinstance(halted, hooking.HookFailed):
            if halted.hands_back:
                self._hand_back(attempt, halted.sentence)
                return
            ended = unrun(self.node, attempt, Outcome.FAILED, hooking.FAILED, halted.sentence)
            self._publish(attempt, ended, hooking.logs_of(attempt.folder))

    def _is_there(self, path: str) -> bool:
        """Whether the file is there after all. A mount that has once been told that it is not
        believes so for a minute, unless its folder is listed.
        """
        with suppress(Gone):
            return lies_at(self.node.spool.share, path)
        return False

    def _follow(self, attempt: Attempt) -> None:
        self.node.log.info(
            "start", extra={"job": attempt.job, "cpus": attempt.ticket.draft.resources.cpus}
        )
        self.node.processes.watch_end(attempt.folder.path, self.wake)
        read_steps(self.node, attempt)

    def _launch_again(self, attempt: Attempt) -> None:
        if not attempt.folder.is_staged:
            self._lose(attempt, "its folder on scratch is gone")
            return
        try:
            launch_solver(self.node, attempt)
        except (LaunchFailed, OptionNotPermitted) as error:
            self._not_launched(attempt, error)
            return
        self._follow(attempt)

    def follow_found(self, attempt: Attempt) -> None:
        """A run that an earlier service started is followed like one of our own."""
        self.node.processes.watch_end(attempt.folder.path, self.wake)
        read_steps(self.node, attempt)

    def _end(self, action: End) -> None:
        attempt = action.attempt

        def work() -> None:
            self._guarded(attempt, lambda: self._judge_and_publish(action))

        self.offload(attempt, work, self._size_of_results(attempt))

    def _size_of_results(self, attempt: Attempt) -> int:
        try:
            return attempt.folder.size_bytes(result_names(self.node, attempt))
        except OSError:  # the copying will meet it, too, and says so
            return 0

    def _judge_and_publish(self, action: End) -> None:
        stopped_for = action.attempt.folder.stopped_for
        if stopped_for:
            # Its program has ended; what had left it, and is deaf to signals, has not.
            self.node.processes.stop(action.attempt.folder.path, force=True)
        if stopped_for == Verb.REQUEUE:
            self._requeue(action.attempt)
            return
        if hooking.runs(self.node, action.attempt):
            return
        outcome = judge(self.node, action.attempt, action.ended)
        if outcome.reason == NO_LICENCE:
            self._hand_back(action.attempt, outcome.sentence, avoid=False)
            if action.attempt.phase is Phase.OVER:
                self.licences.note_end(action.attempt.ticket, refused=True)
            return
        self.licences.note_end(action.attempt.ticket, refused=False)
        if outcome.reason == DISK_FULL and self._may_run_again(action.attempt):
            self._lose(action.attempt, "the scratch disk was full, by no fault of this job")
            self.avoid(action.attempt.job)
            return
        names = result_names(self.node, action.attempt)
        # What a plain program ends with, 127 too, is its own word.
        family = self.node.family_of(action.attempt.ticket.draft.solver)
        if outcome.reason == NOT_RUNNABLE and family != "command":
            self._suspect(action.attempt, outcome.sentence)
            self._again_or(action.attempt, outcome.sentence, outcome, names, avoid=True)
            return
        self.faults.note_run()
        if ended := hooking.after_solver(self.node, action.attempt, outcome, names):
            self._publish(action.attempt, *ended)

    def _may_run_again(self, attempt: Attempt) -> bool:
        """Whether the node owes it another run: it had kept to the scratch that it asked for."""
        has_left = has_runs_left(attempt.ticket, attempt.place.name.attempt)
        return has_left and kept_to_claim(attempt) and not attempt.granted

    def _publish(self, attempt: Attempt, outcome: OutcomeRecord, names: list[str]) -> None:
        size_bytes = self._size_of_results(attempt) if names else 0
        if wait := self.room.why_not_published(size_bytes):
            self._later(attempt, wait)
        elif not stage_out(self.node, attempt, outcome, names=names):
            self._soon(attempt, "another change of this job is under way")
        else:
            self._answer(attempt)

    def _answer(self, attempt: Attempt) -> None:
        """What was asked about the job has come to an end, whichever it was."""
        if attempt.granted:
            with suppress(ShareError):  # seen again by any node, and found to be about no job
                withdraw(self.node.spool.share, attempt.granted.requests)

    def _quit(self, attempt: Attempt, why: str) -> None:
        """The solver was not started, and will not be here."""
        hooking.stop_hooks(self.node, attempt.folder)
        granted, spool = attempt.granted, self.node.spool
        if granted is None or not granted.is_to_cancel:
            self._hand_back(attempt, f"asked by {granted.by}" if granted else why, avoid=False)
            return
        self.node.lease.check()
        sentence = "The solver had not been started."
        ended = cancelled(
            spool,
            attempt.place,
            by=granted.by,
            why=granted.why,
            sentence=sentence,
            node=self.node.name,
        )
        self._publish(attempt, ended, [])

    def _requeue(self, attempt: Attempt) -> None:
        """A run that was stopped in order to run again does, however many it has had."""
        by = attempt.granted.by if attempt.granted else "somebody"
        self.node.lease.check()
        if requeue(self.node.spool.share, self.node.spool.doors, attempt.place) is None:
            self._soon(attempt, "another change of this job is under way")
        else:
            self._let_go(attempt, "requeue", f"asked by {by}")

    def _not_launched(self, attempt: Attempt, error: WamError) -> None:
        sentence = f"{error.message} {error.cure}"
        outcome = unrun(self.node, attempt, Outcome.FAILED, "launch-failed", sentence)
        if isinstance(error, OptionNotPermitted):
            self._publish(attempt, outcome, [])
            return
        self._suspect(attempt, error.message)
        self._again_or(attempt, error.message, outcome, [], avoid=True)

    def _suspect(self, attempt: Attempt, why: str) -> None:
        suspect(self.node, self.faults, attempt.job, why)

    def _again_or(
        self, attempt: Attempt, why: str, outcome: OutcomeRecord, names: list[str], *, avoid: bool
    ) -> None:
        """The job waits again while it may, else it is done with this outcome."""
        self.node.lease.check()
        if attempt.granted and attempt.granted.is_to_cancel:
            self._publish(attempt, outcome, names)
        elif end := end_of_lost(self.node, attempt, outcome, why=why):
            self._publish(attempt, end, names)
        elif requeue(self.node.spool.share, self.node.spool.doors, attempt.place) is None:
            self._soon(attempt, "another change of this job is under way")
        else:
            if avoid:
                self.avoid(attempt.job)
            if outcome.outcome is Outcome.LOST:
                owner, number = self.node.name, attempt.generation
                tell_loss(self.node, attempt.ticket, generation=number, owner=owner, why=why)
            self._let_go(attempt, "requeue", why)

    def _fail(self, attempt: Attempt, reason: str, error: WamError) -> None:
        sentence = f"{error.message} {error.cure}"
        self._publish(attempt, unrun(self.node, attempt, Outcome.FAILED, reason, sentence), [])

    def _lose(self, attempt: Attempt, why: str) -> None:
        """A run without an end is run again while the ticket has retries left."""
        name, granted = attempt.place.name, attempt.granted
        self.node.lease.check()
        if granted and granted.is_to_cancel:
            sentence = f"The run was lost on {self.node.name} ({why})."
            ended = cancelled(
                self.node.spool, attempt.place, by=granted.by, why=granted.why, sentence=sentence,
                node=self.node.name,
            )  # fmt: skip
            self._publish(attempt, ended, result_names(self.node, attempt))
        elif granted:
            self._requeue(attempt)
        else:
            self._suspect(attempt, why)
            sentence = f"The run was lost on {self.node.name} ({why}), attempt {name.attempt}."
            outcome = unrun(self.node, attempt, Outcome.LOST, "run-lost", sentence)
            self._again_or(attempt, why, outcome, result_names(self.node, attempt), avoid=False)

    def _hand_back(self, attempt: Attempt, why: str, *, avoid: bool = True) -> None:
        if attempt.granted and attempt.granted.is_to_cancel:
            self._quit(attempt, why)
            return
        self.node.lease.check()
        if hand_back(self.node.spool.share, self.node.spool.doors, attempt.place) is None:
            self._soon(attempt, "another change of this job is under way")
            return
        if avoid:
            self.avoid(attempt.job)
        self._let_go(attempt, "hand_back", why)

    def _let_go(self, attempt: Attempt, event: str, why: str) -> None:
        attempt.phase = Phase.OVER
        attempt.folder.remove()
        self._answer(attempt)
        self.node.journal.note(event, attempt.job, generation=attempt.generation, detail=why)
        self.node.log.warning(event, extra={"job": attempt.job, "why": why})

    def _stop(self, action: Stop) -> None:
        attempt, force, clock = action.attempt, action.force, self.node.spool.clock
        is_first = attempt.stop_asked_s is None
        if is_first:
            note_why(self.node, attempt, action.reached)
            attempt.stop_asked_s = clock.monotonic_s()
            why = action.reached.sentence if action.reached else ""
            generation, now = attempt.generation, clock.utc_now()
            self.node.journal.note("stop", attempt.job, generation=generation, detail=why, at=now)
        attempt.forced = attempt.forced or force
        self.node.log.warning("stop", extra={"job": attempt.job, "force": force})
        if attempt.standstill.is_still:  # what stands still hears nothing
            self.node.processes.resume(attempt.folder.path)
        if is_first and not force and ask_solver_to_end(self.node, attempt):
            return
        attempt.signalled = True
        self.node.processes.stop(attempt.folder.path, force=force)

    def _guarded(self, attempt: Attempt, work: Callable[[], None]) -> None:
        """The work was done, or will be tried again; nothing that goes wrong ends the service."""
        failures = attempt.failures
        try:
            try:
                work()
            except TicketGone:
                fence(self.node, attempt, "another has taken the job over")
        except CutOff:
            self._later(attempt, "the service ends")
        except (ShareError, CopyDiffers, LeaseUnsure, OSError) as error:
            self._later(attempt, str(error))
        except Exception as error:
            # A fault of our own must not end the service, and with it the watch over other jobs.
            self.node.log.exception("fault", extra={"job": attempt.job})
            attempt.failures = max(attempt.failures, FAULT_FAILURES)
            self._later(attempt, f"a fault of the service: {error!r} (see its log)")
        else:
            if attempt.failures == failures:  # else the work itself has put it off, and said why
                attempt.problem, attempt.failures = "", 0

    def _soon(self, attempt: Attempt, why: str) -> None:
        """Tried again in a moment: it is another's doing, which is over in seconds."""
        attempt.try_again_s = self.node.spool.clock.monotonic_s() + RETRY_FIRST_S
        extra = {"job": attempt.job, "phase": attempt.phase, "why": why, "again_s": RETRY_FIRST_S}
        self.node.log.warning("try again", extra=extra)

    def _later(self, attempt: Attempt, problem: str) -> None:
        delay_s = min(RETRY_MOST_S, RETRY_FIRST_S * 2.0 ** min(attempt.failures, 10))
        attempt.try_again_s = self.node.spool.clock.monotonic_s() + delay_s
        attempt.failures += 1
        attempt.problem = problem
        extra = {"job": attempt.job, "phase": attempt.phase, "why": problem, "again_s": delay_s}
        self.node.log.warning("try again", extra=extra)


def _of_scratch(error: CopyDiffers | OSError) -> str:
    if isinstance(error, OSError):
        return f"scratch: {error.strerror or error}"
    return error.message
