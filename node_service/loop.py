"""The node's loop: look, decide, act. Hints wake it, polling guarantees it."""

import threading
from collections.abc import Iterable
from contextlib import suppress

from node_service.act import Acting
from node_service.adopting import Adopting
from node_service.attempt import Attempt, Phase
from node_service.claiming import Claiming
from node_service.condition import Condition
from node_service.decide import Begin, Claim, Consider, Stop, View, decide
from node_service.expiring import Expiring
from node_service.fencing import fence
from node_service.heartbeat import Heartbeat
from node_service.live import LiveCopies
from node_service.looking import Looking
from node_service.mail_rounds import MailRounds
from node_service.mailing import posts_of, take_up_letters
from node_service.node import Node
from node_service.outage import Outage, StandstillWatch
from node_service.recover import tidy_scratch
from node_service.reloading import Reloading, SettingsSource
from node_service.requests import Requests
from node_service.rivals import NameTaken
from node_service.room import Room
from node_service.settings import STATUS_S
from node_service.staff import Staff
from node_service.tidying import Tidying
from node_service.viewing import Viewing
from node_service.wakefulness import Wakefulness
from node_service.watched import folders_to_watch
from spool_layout import folders
from spool_layout.names import TicketName
from wamspool.errors import ShareError
from wamspool.incoming import Queue
from wamspool.share import Watch
from wamspool.sweep import jobs_in_flight

EXAMINE_S = 1.0
SWEEP_S = 30.0


class Loop:
    """Runs one node until it is told to stop, or until what it was asked for is done."""

    def __init__(self, node: Node, source: SettingsSource | None = None) -> None:
        self._node = node
        self._reloading = Reloading(node, source)
        self._clock = node.spool.clock
        self._woken = threading.Event()
        self._stopping = False
        self._attempts: dict[str, Attempt] = {}
        self._has_ended = False  # a job, since the last look or the last try to claim without one
        self._adopting = Adopting(node)
        self._claiming = Claiming(node, self._attempts, self._woken.set)
        self._heartbeat = Heartbeat(node, self._claiming.announced)
        self._expiring = Expiring(node)
        self._tidying = Tidying(node)
        self._requests = Requests(node, self._attempts)
        self._live = LiveCopies(node, self._requests.watchers)
        self._room = Room(node)
        self._wakefulness = Wakefulness(node, self._woken.set)
        self._staff = Staff(node, self._woken.set)
        self._acting = Acting(
            node,
            self._staff.offload,
            self._woken.set,
            self._claiming.avoid,
            self._claiming.room_found,
            self._claiming.licences,
            self._room,
            self._requests.draining.faults,
        )
        self._mail_rounds = MailRounds(node, self._claiming.tickets.read)
        self._watch: Watch | None = None
        self._sweep_due_s = 0.0
        self._outage = Outage(self._clock, node.log)
        self._turning_s = float("inf")
        self._standstill = StandstillWatch(self._clock, lambda: self._turning_s, self._hang)
        self._looking = Looking(
            node,
            self._claiming,
            self._adopting,
            self._outage,
            wake=self._woken.set,
            take_up=self._take_up_claims,
        )
        self._condition = Condition(
            node, self._attempts, self._claiming, self._requests.draining, self._wakefulness,
            self._reloading, self._room, self._outage, self._heartbeat,
        )  # fmt: skip
        node.turn.follow(self._clock, self._beat_in_between, long_s=node.spool.settings.heartbeat_s)
        self._viewing = Viewing(
            node, self._attempts, self._claiming, self._room, condition=self._condition
        )

    def stop(self) -> None:
        """The loop will end soon; running solvers go on. May be called from a signal's code."""
        self._stopping = True
        self._woken.set()

    def reload(self) -> None:
        """The settings file will be followed soon. May be called from a signal's code."""
        self._reloading.soon()
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
        except NameTaken:
            self._give_up_name()
            raise
        finally:
            self._finish()
            self._standstill.stop()

    def _give_up_name(self) -> None:
        """The other service takes up what is claimed under the name; two runs of it are too many."""
        self._heartbeat.is_over = True
        for attempt in self._attempts.values():
            if not attempt.busy:
                with suppress(ShareError):
                    fence(self._node, attempt, "another service has this node's name")

    def begin(self) -> None:
        """What an earlier service has left is taken up, and hints of changes are asked for."""
        self._heartbeat.begin()
        self._heartbeat.refuse_rival()
        # Before anything is claimed or taken up: others may hold this node for dead.
        self._heartbeat.beat(self._condition.state(), self._claiming.free(), [], ())
        self._take_up_claims()
        self._node.turn.begin()
        self._requests.look()  # before anything is claimed: this node may be asked not to
        tidy_scratch(self._node, list(self._attempts.values()))
        held = {(attempt.job, attempt.generation) for attempt in self._attempts.values()}
        take_up_letters(self._node, held)
        if self._node.settings.events:
            watched = folders_to_watch(self._node.spool)
            self._watch = self._node.spool.share.watch(watched, self._changed)
            self._looking.pace.notified = self._watch is not None
        self._node.log.info("begin", extra={"node": self._node.name, "events": bool(self._watch)})

    def _take_up_claims(self) -> None:
        for attempt in self._claiming.take_up():
            if attempt.phase is Phase.SOLVING:
                self._acting.beginning.follow_found(attempt)

    def _changed(self, folder: str) -> None:
        if folder in {folders.REQUESTS, folders.CANCEL}:
            self._requests.look_soon(folder)
            self._woken.set()
        else:
            self._looking.changed(folder)

    def is_solving(self) -> bool:
        """Whether a solver of this node runs, as far as the last turn saw."""
        return any(a.phase is Phase.SOLVING for a in self._attempts.values())

    def is_carrying(self) -> bool:
        """Whether a thread is at work on an attempt of this node."""
        return any(a.busy for a in self._attempts.values())

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
        self._let_go_of_ended()
        self._woken.clear()
        self._node.turn.begin()
        self._claiming.licences.queries.look()
        if self._reloading.look():
            self._looking.pace.obey(self._node.settings.poll_s)
            self.look_again()
        queue = self._looking.look()
        drops: list[Consider] = []
        node, claims_on = self._node, True
        waiting = self._claiming.waiting(queue, nodes=self._expiring.nodes)
        actions = decide(self._view(queue, waiting))
        for action in actions:
            if isinstance(action, Consider):
                drops.append(action)
            elif isinstance(action, Claim):
                if claims_on and (attempt := self._claiming.claim(action.name)):
                    self._acting.attempt(Begin(attempt))
                claims_on = claims_on and node.turn.goes_on()
            else:
                self._acting.attempt(action)
        if queue is not None:
            if self._adopting.consider_some(drops):
                self.look_again()
            self._adopting.tidy(queue)
        elif self._has_ended and not any(isinstance(action, Claim) for action in actions):
            self.look_again()  # the last look has shown nothing more
        self._has_ended = False
        self._let_go_of_ended()
        self._tell(queue)
        self._watch_leases()

    def _watch_leases(self) -> None:
        if self._expiring.due_in_s() > 0:
            return
        try:
            if self._expiring.look(list(self._attempts.values())):
                self.look_again()
            self._claiming.is_unsure |= self._expiring.has_forgotten
            self._looking.pace.note_nodes(len(self._expiring.nodes))
        except ShareError as error:
            self._outage.note(error)

    def _hang(self, hangs_s: float) -> None:
        """Called from another thread, while a call to the share keeps the loop."""
        self._outage.note_problem(
            "a call to the share hangs; running solvers go on",
            "Look at the network and the server.",
        )
        self._node.log.debug("share hangs", extra={"for_s": round(hangs_s)})
        self._stop_at_limits()
        self._heartbeat.tell_locally(self._outage.problem)

    def _stop_at_limits(self) -> None:
        """Runs are ended at their limits: that takes scratch and processes alone, no share.

        Called while the loop's own thread is kept by the share. When that is let go at this very
        moment, both may stop the same run: a second signal does no harm.
        """
        try:
            actions = decide(self._view(None, ()))
        except RuntimeError:  # what is looked through changes: the loop's own thread goes on again
            return
        for action in actions:
            if isinstance(action, Stop):
                self._acting.attempt(action)

    def _view(self, queue: Queue | None, waiting: Iterable[TicketName]) -> View:
        nodes = self._expiring.nodes
        return self._viewing.view(queue, waiting, nodes=nodes, stopping=self._stopping)

    def _beat_in_between(self) -> None:
        if self._heartbeat.due_in_s() <= 0:
            self._beat()

    def _beat(self) -> None:
        state = self._condition.state()
        if not self._heartbeat.rests(state):
            self._heartbeat.keeps_room_for = self._claiming.keeping.job
            attempts, problems = list(self._attempts.values()), self._condition.problems()
            self._heartbeat.beat(state, self._claiming.free(), attempts, problems)

    def look_again(self) -> None:
        """The next turn looks at the queue; it comes at once."""
        self._looking.again()

    def next_look_in_s(self) -> float:
        """When the spool may be looked at again; 0 or less: at the next turn."""
        return self._looking.due_in_s()

    def _let_go_of_ended(self) -> None:
        ended = [job for job, a in self._attempts.items() if a.phase is Phase.OVER and not a.busy]
        for job in ended:
            del self._attempts[job]
        if ended:
            self._has_ended = True
            self._claiming.note_room()
            self._looking.after_end()

    def _tell(self, queue: Queue | None) -> None:
        attempts = list(self._attempts.values())
        self._beat()
        if self._requests.look(nodes=len(self._expiring.nodes)):
            self._woken.set()
        self._live.carry(attempts)
        self._wakefulness.turn(attempts)
        self._node.journal.flush()
        self._node.scratch.make_spare()
        if queue is not None:
            self._mail_rounds.look(queue.waiting, nodes=self._expiring.nodes)
        now_s = self._clock.monotonic_s()
        if queue is not None and now_s >= self._sweep_due_s:
            self._sweep_due_s = now_s + SWEEP_S
            self._room.look_at_share()
            self._tidying.step()

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
            return self._looking.has_looked
        try:
            return not (
                self._looking.finds_any()
                or jobs_in_flight(self._node.spool.share, with_held=False)
                or self._tidying.has_unfinished()
            )
        except ShareError:
            return False

    def _finish(self) -> None:
        if self._watch:
            self._watch.stop()
        self._node.link.close()
        self._staff.dismiss()
        self._requests.close()
        self._wakefulness.close()
        self._mail_rounds.finish()
        for post in posts_of(self._node):
            post.stop()
        attempts = list(self._attempts.values())
        self._heartbeat.beat("stopped", self._claiming.free(), attempts, self._condition.problems())
        self._node.journal.flush()
        self._node.log.info("end", extra={"node": self._node.name, "left": len(attempts)})
