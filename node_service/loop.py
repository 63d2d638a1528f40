"""The node's loop: look, decide, act. Hints wake it, polling guarantees it."""

import threading
from collections.abc import Iterable
from contextlib import suppress

from node_service.act import Acting
from node_service.adopting import Adopting
from node_service.attempt import Attempt, Phase
from node_service.decide import Begin, Claim, Consider, View, decide
from node_service.expiring import Expiring
from node_service.heartbeat import Heartbeat
from node_service.licences import Licences
from node_service.live import LiveCopies
from node_service.mailing import take_up_letters
from node_service.node import Node
from node_service.outage import Outage, StandstillWatch
from node_service.pace import Pace
from node_service.processes import RunState
from node_service.queue import Dependencies, Tickets
from node_service.recover import find_claims, tidy_scratch
from node_service.requests import Requests
from node_service.run_states import RunStates
from node_service.settings import DROPS_AT_ONCE, STATUS_S
from node_service.staff import Staff
from node_service.watched import folders_to_watch
from spool_layout import folders
from spool_layout.names import TicketName
from spool_layout.states import State
from spool_layout.ticket import Ticket
from wamspool.candidates import Candidates
from wamspool.choose import Offer, PassedBy
from wamspool.drops import Step
from wamspool.errors import ShareError, TicketGone
from wamspool.incoming import Incoming, Queue
from wamspool.litter import Litter
from wamspool.share import Watch
from wamspool.sweep import Sweep, jobs_in_flight
from wamspool.transition import Place

EXAMINE_S = 1.0
SWEEP_S = 30.0
AVOID_S = 60.0


class Loop:
    """Runs one node until it is told to stop, or until what it was asked for is done."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._clock = node.spool.clock
        self._woken = threading.Event()
        self._stopping = False
        self._attempts: dict[str, Attempt] = {}
        self._avoided: dict[str, float] = {}
        self._incoming = Incoming(node.spool)
        self._adopting = Adopting(node)
        self._tickets = Tickets(node)
        self._dependencies = Dependencies(node.spool)
        self._heartbeat = Heartbeat(node)
        self._expiring = Expiring(node)
        self._live = LiveCopies(node)
        self._sweep = Sweep(node.spool)
        self._litter = Litter(node.spool)
        self._licences = Licences(node)
        self._requests = Requests(node, self._attempts)
        self._run_states = RunStates(node)
        self._staff = Staff(node.log, self._woken.set)
        self._acting = Acting(
            node, self._staff.offload, self._woken.set, self._avoid, self._licences
        )
        self._watch: Watch | None = None
        self._pace = Pace(self._clock, fixed_s=node.settings.poll_s)
        self._candidates = Candidates(node.name)
        self._passed_by = PassedBy()
        self._has_room = False
        self._look_due_s = 0.0
        self._examine_due_s = 0.0
        self._sweep_due_s = 0.0
        self._outage = Outage(self._clock, node.log)
        self._turning_s = float("inf")
        self._standstill = StandstillWatch(self._clock, lambda: self._turning_s, self._hang)
        self._once_looked = False
        self._unsure_of_claims = False
        self._drops_considered = 0

    def stop(self) -> None:
        """The loop will end soon; running solvers go on. May be called from a signal's code."""
        self._stopping = True
        self._woken.set()

    def run(self) -> None:
        """Begins and serves until stopped."""
        self.begin()
        self.serve()

    def serve(self) -> None:
        """Serves until stopped, once begun. Running solvers are left alone at the end."""
        self._standstill.start()
        try:
            self.turn()
            while not self._stopping and not self._is_done():
                self.wait_and_turn(self._pause_s())
        finally:
            self._finish()
            self._standstill.stop()

    def begin(self) -> None:
        """What an earlier service has left is taken up, and hints of changes are asked for."""
        self._heartbeat.begin()
        self._heartbeat.refuse_rival()
        # Before anything is claimed or taken up: others may hold this node for dead.
        self._heartbeat.beat(self._requests.draining.state, self._free(), [], ())
        self._take_up_claims()
        self._requests.look()  # before anything is claimed: this node may be asked not to
        tidy_scratch(self._node, list(self._attempts.values()))
        held = {(attempt.job, attempt.generation) for attempt in self._attempts.values()}
        take_up_letters(self._node, held)
        if self._node.settings.events:
            watched = folders_to_watch(self._node.spool)
            self._watch = self._node.spool.share.watch(watched, self._changed)
            self._pace.notified = self._watch is not None
        self._node.log.info("begin", extra={"node": self._node.name, "events": bool(self._watch)})

    def _take_up_claims(self) -> None:
        for attempt in find_claims(self._node):
            if attempt.job not in self._attempts:
                self._attempts[attempt.job] = attempt
                if self._unsure_of_claims and attempt.phase is Phase.STAGE_IN:
                    self._node.journal.note("claim", attempt.job, generation=attempt.generation)
                if attempt.phase is Phase.SOLVING:
                    self._acting.follow_found(attempt)
        self._unsure_of_claims = False

    def _changed(self, folder: str) -> None:
        if folder == folders.REQUESTS:
            self._requests.look_soon()
            self._woken.set()
        else:
            self._incoming.changed(folder)
            self.look_again()

    def is_solving(self) -> bool:
        """Whether a solver of this node runs, as far as the last turn saw."""
        return any(a.phase is Phase.SOLVING for a in self._attempts.values())

    def wait_and_turn(self, limit_s: float) -> None:
        """One turn, after a hint or the end of a run has come, or this time has passed."""
        self._woken.wait(limit_s)
        self.turn()

    def turn(self) -> None:
        """One look, decision and act."""
        self._turning_s = self._clock.monotonic_s()
        try:
            self._turn()
        finally:
            self._turning_s = float("inf")

    def _turn(self) -> None:
        self._woken.clear()
        queue = self._look()
        drops: list[Consider] = []
        for action in decide(self._view(queue, self._may_be_claimed(queue))):
            if isinstance(action, Consider):
                drops.append(action)
            elif isinstance(action, Claim):
                self._claim(action)
            else:
                self._acting.attempt(action)
        if queue is not None:
            self._consider(drops, queue)
        self._let_go_of_ended()
        self._tell(queue)
        self._watch_leases()

    def _look(self) -> Queue | None:
        now_s = self._clock.monotonic_s()
        if now_s < self._next_look_s() or (self._node.settings.once and self._once_looked):
            return None
        self._look_due_s = now_s + self._poll_s()
        try:
            queue = self._incoming.look()
            if self._unsure_of_claims:
                self._take_up_claims()
        except ShareError as error:
            self._outage.note(error)
            return None
        self._once_looked = True
        self._pace.note_look(began_s=now_s)
        self._outage.over()
        self._pace.note_seen((queue.waiting, [folder.names for folder in queue.folders]))
        self._tickets.forget_all_but(queue.waiting)
        self._licences.look_again()
        return queue

    def next_look_in_s(self) -> float:
        """When the spool may be looked at again; 0 or less: at the next turn."""
        return self._next_look_s() - self._clock.monotonic_s()

    def _next_look_s(self) -> float:
        return max(self._look_due_s, self._pace.rests_until_s)

    def _may_be_claimed(self, queue: Queue | None) -> Iterable[TicketName]:
        """After a look all that wait; when a job has ended since, what is left of them."""
        if queue is not None:
            self._candidates.look(queue.waiting, nodes=self._expiring.nodes)
        elif not self._has_room or self._node.settings.once:
            return ()
        else:
            self._tickets.read_on()
        self._has_room = False
        return self._candidates

    def _watch_leases(self) -> None:
        if self._expiring.due_in_s() > 0:
            return
        try:
            if self._expiring.look(list(self._attempts.values())):
                self.look_again()
            self._unsure_of_claims |= self._expiring.has_forgotten
            self._pace.note_nodes(self._expiring.nodes)
        except ShareError as error:
            self._outage.note(error)

    def _hang(self, hangs_s: float) -> None:
        """Called from another thread, while a call to the share keeps the loop."""
        self._outage.note_problem(
            "a call to the share hangs; running solvers go on",
            "Look at the network and the server.",
        )
        self._node.log.debug("share hangs", extra={"for_s": round(hangs_s)})
        self._heartbeat.tell_locally(self._outage.problem)

    def _poll_s(self) -> float:
        unsettled = self._adopting.unsettled or self._incoming.is_filling()
        quiet_s = self._node.spool.settings.quiet_s
        return self._pace.next_s(at_most_s=quiet_s / 4 if unsettled else None)

    def _view(self, queue: Queue | None, waiting: Iterable[TicketName]) -> View:
        now_s = self._clock.monotonic_s()
        self._avoided = {job: until for job, until in self._avoided.items() if until > now_s}
        return View(
            now_s=now_s,
            attempts=tuple(self._attempts.values()),
            states=self._states(),
            queue=queue,
            waiting=waiting,
            free=self._free(),
            claiming=not self._stopping and self._node.lease.holds(),
            quiet_s=self._node.spool.settings.quiet_s,
            grace_s=lambda a: self._node.profiles[a.ticket.draft.solver].grace_s,
            avoided=frozenset(self._avoided) | frozenset(self._attempts),
            ticket_of=self._tickets.read,
            may_run=self._may_run,
            passed_by=self._passed_by,
            draining=self._requests.draining.is_on,
        )

    def _may_run(self, ticket: Ticket) -> bool:
        return self._dependencies.are_met(ticket) and self._licences.set_aside(ticket)

    def _states(self) -> dict[str, RunState]:
        return {
            attempt.job: self._run_states.look(attempt)
            for attempt in self._attempts.values()
            if attempt.phase is Phase.SOLVING and not attempt.busy
        }

    def _free(self) -> Offer:
        free = self._node.whole()
        for attempt in self._attempts.values():
            free = free.less(attempt.ticket)
        return free

    def _claim(self, action: Claim) -> None:
        ticket = self._tickets.read(action.name)
        if ticket is None:
            return
        try:
            place = self._licences.claim(Place(State.QUEUED, action.name), ticket)
        except TicketGone:
            place = None
        except ShareError as error:
            # After an unclear answer the ticket may be ours without our knowing.
            self._unsure_of_claims = True
            self._node.log.debug("not claimed", extra={"job": ticket.job, "why": str(error)})
            return
        if place is None:  # another was quicker: the next one is tried at once
            self._candidates.note_missed(action.name)
            self._has_room = True
            self._woken.set()
            return
        self._candidates.note_claimed(action.name)
        self._take(place, ticket)

    def _take(self, place: Place, ticket: Ticket) -> None:
        node, name = self._node, place.name
        folder = node.scratch.attempt(name.job, name.generation)
        gpus = self._free_gpus()[: ticket.draft.resources.gpus]
        attempt = Attempt(place, ticket, folder, Phase.STAGE_IN, gpus=gpus)
        self._attempts[attempt.job] = attempt
        node.journal.note("claim", name.job, generation=name.generation)
        self._acting.attempt(Begin(attempt))

    def _free_gpus(self) -> tuple[int, ...]:
        taken = {gpu for attempt in self._attempts.values() for gpu in attempt.gpus}
        return tuple(gpu for gpu in range(self._node.settings.gpus) if gpu not in taken)

    def _consider(self, drops: list[Consider], queue: Queue) -> None:
        # In turns: those that wait for something must not keep the others from being looked at.
        start = self._drops_considered if self._drops_considered < len(drops) else 0
        for action in drops[start : start + DROPS_AT_ONCE]:
            considered = self._adopting.consider(action)
            if considered and considered.step is Step.ADOPTED:
                self.look_again()
        self._drops_considered = start + DROPS_AT_ONCE
        if self._drops_considered < len(drops):
            self.look_again()
        self._adopting.tidy(queue)

    def look_again(self) -> None:
        """The next turn looks at the queue; it comes at once."""
        self._look_due_s = 0.0
        self._woken.set()

    def _avoid(self, job: str) -> None:
        self._avoided[job] = self._clock.monotonic_s() + AVOID_S

    def _let_go_of_ended(self) -> None:
        ended = [job for job, a in self._attempts.items() if a.phase is Phase.OVER and not a.busy]
        for job in ended:
            del self._attempts[job]
            self._has_room = True
            self.look_again()

    def _tell(self, queue: Queue | None) -> None:
        attempts = list(self._attempts.values())
        state = self._requests.draining.state
        self._heartbeat.beat(state, self._free(), attempts, self._problems())
        self._live.carry(attempts)
        if self._requests.look(nodes=self._expiring.nodes):
            self._woken.set()
        self._node.journal.flush()
        self._node.scratch.make_spare()
        now_s = self._clock.monotonic_s()
        if queue is not None and now_s >= self._sweep_due_s:
            self._sweep_due_s = now_s + SWEEP_S
            with suppress(ShareError):
                for path in self._litter.tidy():
                    self._node.log.info("tidied", extra={"litter": path})
                for job in self._sweep.sweep():
                    self._node.log.info("swept", extra={"job": job})

    def _problems(self) -> tuple[str, ...]:
        of_attempts = tuple(f"{a.job}: {a.problem}" for a in self._attempts.values() if a.problem)
        of_share = dict.fromkeys(p for p in (self._outage.problem, self._heartbeat.problem) if p)
        of_mail = self._node.post.problems() if self._node.post else ()
        return (*self._requests.draining.problems, *of_share, *of_attempts, *of_mail)

    def _pause_s(self) -> float:
        pauses = [
            self.next_look_in_s(),
            self._heartbeat.due_in_s(),
            self._expiring.due_in_s(),
        ]
        if self._attempts:
            pauses.append(min(EXAMINE_S, STATUS_S))
        return max(0.0, min(pauses))

    def _is_done(self) -> bool:
        if self._attempts or not (self._node.settings.once or self._node.settings.until_idle):
            return False
        if self._node.settings.once:
            return self._once_looked
        try:
            return not self._anything_left()
        except ShareError:
            return False

    def _anything_left(self) -> bool:
        queue = self._incoming.look_everywhere()
        return bool(
            queue.waiting
            or any(folder.drops for folder in queue.folders)
            or jobs_in_flight(self._node.spool.share, with_held=False)
            or self._sweep.has_unfinished()
        )

    def _finish(self) -> None:
        if self._watch:
            self._watch.stop()
        self._staff.dismiss()
        self._requests.close()
        if self._node.post:
            self._node.post.stop()
        attempts = list(self._attempts.values())
        self._heartbeat.beat("stopped", self._free(), attempts, self._problems())
        self._node.journal.flush()
        self._node.log.info("end", extra={"node": self._node.name, "left": len(attempts)})
