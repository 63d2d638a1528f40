"""How an attempt leaves its node: its run judged and published, lost, queued again, handed back."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from node_service import hooking
from node_service.attempt import Attempt, Phase
from node_service.licences import Licences
from node_service.losing import end_of_lost, suspect, unrun
from node_service.mailing import tell_loss
from node_service.node import Node
from node_service.own_faults import OwnFaults
from node_service.processes import Ended
from node_service.retrying import Retrying
from node_service.room import Room, kept_to_claim
from node_service.solvers.verdict import DISK_FULL, NO_LICENCE, NOT_RUNNABLE
from node_service.stage_out import judge, result_names, stage_out
from spool_layout.errors import WamError
from spool_layout.records import OutcomeRecord
from spool_layout.request import Verb
from spool_layout.solver_command import OptionNotPermitted
from spool_layout.states import Outcome
from wamspool.asking import Granted, cancelled, withdraw
from wamspool.errors import ShareError
from wamspool.expire import has_runs_left
from wamspool.find import done_exactly
from wamspool.transition import hand_back, requeue
from wamspool.twins import set_aside

FILE_COST_BYTES: Final = 16 * 1024


@dataclass(slots=True)
class Ending:
    """Ends the attempts of one node. ``avoid`` leaves a job to other nodes for a while;
    ``note_room``: what an attempt held is free, and others may be claimed for it.

    Its methods raise ShareError, OSError, LeaseUnsure, TicketGone: to be tried again. Where another's
    door is in the way they put the attempt off themselves.
    """

    node: Node
    avoid: Callable[[str], None]
    note_room: Callable[[], None]
    licences: Licences
    room: Room
    faults: OwnFaults
    retrying: Retrying

    def judge_and_publish(self, attempt: Attempt, ended: Ended) -> None:
        """The run that has ended is done, or its job waits again; perhaps ask again."""
        stopped_for = attempt.folder.stopped_for
        if stopped_for:
            # Its program has ended; what had left it, and is deaf to signals, has not.
            self.node.processes.stop(attempt.folder.path, force=True)
        if stopped_for == Verb.REQUEUE:
            self._requeue(attempt)
        elif not hooking.runs(self.node, attempt):
            self._judged(attempt, judge(self.node, attempt, ended))

    def _judged(self, attempt: Attempt, outcome: OutcomeRecord) -> None:
        if outcome.reason == NO_LICENCE:
            self.hand_back(attempt, outcome.sentence, avoid=False)
            if attempt.phase is Phase.OVER:
                self.licences.note_end(attempt.ticket, refused=True)
            return
        self.licences.note_end(attempt.ticket, refused=False)
        if outcome.reason == DISK_FULL and self._may_run_again(attempt):
            self.lose(attempt, "the scratch disk was full, by no fault of this job")
            self.avoid(attempt.job)
            return
        names = result_names(self.node, attempt)
        # What a plain program ends with, 127 too, is its own word.
        family = self.node.family_of(attempt.ticket.draft.solver)
        if outcome.reason == NOT_RUNNABLE and family != "command":
            self.suspect(attempt, outcome.sentence)
            self._again_or(attempt, outcome.sentence, outcome, names, avoid=True)
            return
        self.faults.note_run()
        if ended := hooking.after_solver(self.node, attempt, outcome, names):
            self._publish(attempt, *ended)

    def _may_run_again(self, attempt: Attempt) -> bool:
        """Whether the node owes it another run: it had kept to the scratch that it asked for."""
        has_left = has_runs_left(attempt.ticket, attempt.place.name.attempt)
        return has_left and kept_to_claim(attempt) and not attempt.granted

    def size_of_results(self, attempt: Attempt) -> int:
        """How much work it is to carry them, in bytes; 0 where that cannot be told. Ten thousand
        empty files are no small work, so each counts for what is carried in the same time.
        """
        names = result_names(self.node, attempt)
        return self._size_of(attempt, names) + FILE_COST_BYTES * len(names)

    def _size_of(self, attempt: Attempt, names: list[str]) -> int:
        try:
            return attempt.folder.size_bytes(names)
        except OSError:  # the copying will meet it, too, and says so
            return 0

    def _publish(self, attempt: Attempt, outcome: OutcomeRecord, names: list[str]) -> None:
        if not attempt.has_ended:
            attempt.has_ended = True
            self.note_room()
        size_bytes = self._size_of(attempt, names)
        if wait := self.room.why_not_published(size_bytes):
            self.retrying.later(attempt, wait)
        elif not stage_out(self.node, attempt, outcome, names=names):
            self.retrying.another_changes(attempt)
        else:
            self._answer(attempt)

    def _answer(self, attempt: Attempt) -> None:
        """What was asked about the job has come to an end, whichever it was."""
        if attempt.granted:
            with suppress(ShareError):  # seen again by any node, and found to be about no job
                withdraw(self.node.spool.share, attempt.granted.requests)

    def quit(self, attempt: Attempt, why: str) -> None:
        """The solver was not started, and will not be here."""
        hooking.stop_hooks(self.node, attempt.folder)
        granted = attempt.granted
        if granted is None or not granted.is_to_cancel:
            self.hand_back(attempt, f"asked by {granted.by}" if granted else why, avoid=False)
            return
        self.node.lease.check()
        self._cancel(attempt, granted, "The solver had not been started.", [])

    def _cancel(self, attempt: Attempt, granted: Granted, sentence: str, names: list[str]) -> None:
        ended = cancelled(
            self.node.spool,
            attempt.place,
            by=granted.by,
            why=granted.why,
            sentence=sentence,
            node=self.node.name,
        )
        self._publish(attempt, ended, names)

    def _requeue(self, attempt: Attempt) -> None:
        """A run that was stopped in order to run again does, however many it has had."""
        by = attempt.granted.by if attempt.granted else "somebody"
        self.node.lease.check()
        if requeue(self.node.spool.share, self.node.spool.doors, attempt.place) is None:
            self.retrying.another_changes(attempt)
        else:
            self._let_go(attempt, "requeue", f"asked by {by}")

    def not_launched(self, attempt: Attempt, error: WamError) -> None:
        """The solver could not be started: for the ticket's sake, or for this node's."""
        sentence = f"{error.message} {error.cure}"
        outcome = unrun(self.node, attempt, Outcome.FAILED, "launch-failed", sentence)
        if isinstance(error, OptionNotPermitted):
            self._publish(attempt, outcome, [])
            return
        self.suspect(attempt, error.message)
        self._again_or(attempt, error.message, outcome, [], avoid=True)

    def inputs_differ(self, attempt: Attempt, error: WamError) -> None:
        """The inputs are not what was submitted: the job has failed. Where it is done already, and
        took its inputs with it, this ticket is a copy that somebody had made by hand before.
        """
        if done_exactly(self.node.spool.share, attempt.job):
            set_aside(self.node.spool.share, attempt.place)
            self._let_go(attempt, "reject", "a copy of the ticket of a job that is done")
            return
        sentence = f"{error.message} {error.cure}"
        outcome = unrun(self.node, attempt, Outcome.FAILED, "inputs-differ", sentence)
        self._publish(attempt, outcome, [])

    def hook_failed(self, attempt: Attempt, failed: hooking.HookFailed) -> None:
        """A hook before the solver has failed: the job is handed back or has failed, as it says."""
        if failed.hands_back:
            self.hand_back(attempt, failed.sentence)
            return
        ended = unrun(self.node, attempt, Outcome.FAILED, hooking.FAILED, failed.sentence)
        self._publish(attempt, ended, hooking.logs_of(attempt.folder))

    def suspect(self, attempt: Attempt, why: str) -> None:
        """This node may be to blame; after several such jobs it takes no more."""
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
            self.retrying.another_changes(attempt)
        else:
            if avoid:
                self.avoid(attempt.job)
            if outcome.outcome is Outcome.LOST:
                owner, number = self.node.name, attempt.generation
                tell_loss(self.node, attempt.ticket, generation=number, owner=owner, why=why)
            self._let_go(attempt, "requeue", why)

    def lose(self, attempt: Attempt, why: str) -> None:
        """A run without an end is run again while the ticket has retries left."""
        number, granted = attempt.place.name.attempt, attempt.granted
        self.node.lease.check()
        if granted and granted.is_to_cancel:
            sentence = f"The run was lost on {self.node.name} ({why})."
            self._cancel(attempt, granted, sentence, result_names(self.node, attempt))
        elif granted:
            self._requeue(attempt)
        else:
            # A machine that was restarted with three runs took no more jobs: what an earlier
            # service has lost tells nothing of what can be run now.
            if not attempt.is_inherited:
                self.suspect(attempt, why)
            sentence = f"The run was lost on {self.node.name} ({why}), attempt {number}."
            outcome = unrun(self.node, attempt, Outcome.LOST, "run-lost", sentence)
            self._again_or(attempt, why, outcome, result_names(self.node, attempt), avoid=False)

    def hand_back(self, attempt: Attempt, why: str, *, avoid: bool = True) -> None:
        """The claim is over and does not count as a run; a job to be cancelled is done instead."""
        if attempt.granted and attempt.granted.is_to_cancel:
            self.quit(attempt, why)
            return
        self.node.lease.check()
        if hand_back(self.node.spool.share, self.node.spool.doors, attempt.place) is None:
            self.retrying.another_changes(attempt)
            return
        if avoid:
            self.avoid(attempt.job)
        self._let_go(attempt, "hand_back", why)

    def _let_go(self, attempt: Attempt, event: str, why: str) -> None:
        attempt.phase = Phase.OVER
        attempt.folder.remove()
        # To end it may have been asked just now: then that is yet to be done, where it waits.
        if not (attempt.granted and attempt.granted.is_to_cancel):
            self._answer(attempt)
        self.node.journal.note(event, attempt.job, generation=attempt.generation, detail=why)
        self.node.log.warning(event, extra={"job": attempt.job, "why": why})
