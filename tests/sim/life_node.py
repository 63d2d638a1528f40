"""A node, as far as the protocol goes: the functions of wamspool in the order of node_service.

What it computes and where it computes it is simulated; what it asks of the share is what the
service asks. ``worlds_loop`` runs the service's own loop.
"""

import logging
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from node_service.attempt import Attempt, Phase
from node_service.expiring import Expiring
from node_service.fencing import fence, was_published
from node_service.node import Node
from node_service.settings import NodeSettings
from spool_layout import folders
from spool_layout.names import TicketName, parse_beat_name, parse_ticket_name
from spool_layout.records import OutcomeRecord
from spool_layout.states import FOLDERS, Event, Outcome, State
from spool_layout.ticket import Ticket
from tests.sim.invariants import read_ticket, result_of
from tests.sim.machine import Machine, MemoryFile, Run
from tests.sim.scheduler import Actor, Crash, SimulatedClock
from tests.sim.world import World
from wamspool.adopt import Adopter
from wamspool.errors import CopyDiffers, Denied, Exists, Gone, LeaseUnsure, ShareError, TicketGone
from wamspool.expire import has_runs_left
from wamspool.incoming import Incoming, Queue
from wamspool.lease import OwnLease
from wamspool.leftovers import Leftovers
from wamspool.profiles.load import load_profiles
from wamspool.publish import (
    Publication,
    discard_prepared,
    finish_publishing,
    holds_ticket,
    prepare,
    publication_of,
    publish,
    record,
)
from wamspool.settling import Settling
from wamspool.spool import Spool
from wamspool.sweep import Sweep
from wamspool.transition import Place, claim, hand_back, requeue, start
from wamspool.tree import lies_at

SILENT = logging.getLogger("simulated")
SILENT.addHandler(logging.NullHandler())
SILENT.propagate = False
SILENT.setLevel(logging.CRITICAL + 1)
PROFILES = load_profiles({})
NOWHERE = Path("simulated")
RESULTS = ("bracket.dat", "bracket.frd")


class NoJournal:
    """Journals are for people; no part of the protocol reads them."""

    def note(self, *said: object, **more: object) -> None:
        pass

    def flush(self) -> None:
        pass


class LifeNode:
    """One node of a world: a machine, and service after service on it."""

    def __init__(
        self,
        world: World,
        name: str,
        *,
        rate: float = 1.0,
        offset_s: float = 0.0,
        solve_s: float = 3.0,
        poll_s: float = 1.0,
        slots: int = 1,
        returns_s: float = 5.0,
    ) -> None:
        self.world = world
        self.name = name
        self.solve_s = solve_s
        self.poll_s = poll_s
        self.slots = slots
        self.returns_s = returns_s
        self.machine = Machine(world.simulation)
        self.clock = world.clock(name, rate=rate, offset_s=offset_s)
        self.services = 0
        world.actor(name, self._live)

    def _live(self, actor: Actor) -> None:
        while not self.world.is_over():
            service = Service(self, self.world.spool(actor, self.clock))
            self.services += 1
            try:
                service.serve()
            except Crash:
                service.spool.share.disconnect()
                actor.crashed = False
                if self.services % 2:
                    self.machine.power_cut()
                with suppress(Crash):
                    self.clock.sleep(self.returns_s * (1 + self.services % 3))
                actor.crashed = False


class Service:
    """One process of a node, from its start to its crash or the end of the run."""

    def __init__(self, node: LifeNode, spool: Spool) -> None:
        self.node, self.spool, self.share = node, spool, spool.share
        self.world, self.name = node.world, node.name
        self.machine = node.machine
        self.clock: SimulatedClock = node.clock
        self.attempts: dict[str, Attempt] = {}
        self.lease = OwnLease.of(spool)
        self.incoming = Incoming(spool)
        settling = Settling(self.share, self.clock, quiet_s=spool.settings.quiet_s)
        self.adopter = Adopter(spool, settling, lambda solver: "calculix")
        self.leftovers = Leftovers(spool, self.adopter)
        self.sweep = Sweep(spool)
        self.sequence, self.beats = 0, set[int]()
        self.beat_due_s = self.sweep_due_s = float("-inf")
        self.unsure = False
        # What node_service's own watch over leases needs of a node.
        self.as_node = Node(
            settings=NodeSettings(self.name, NOWHERE, cpus=8, memory_bytes=1 << 34),
            spool=spool,
            lease=self.lease,
            scratch=self.machine,  # type: ignore[arg-type]
            processes=self.machine,  # type: ignore[arg-type]
            profiles=PROFILES,
            programs={},
            environment={},
            journal=NoJournal(),  # type: ignore[arg-type]
            log=SILENT,
            boot="1",
            version="0",
        )
        self.expiring = Expiring(self.as_node)

    # -------------------------------------------------------------- the loop

    def serve(self) -> None:
        while not self.world.is_over():
            try:
                self._begin()
                break
            except ShareError:
                self.clock.sleep(1.0)
        while not self.world.is_over():
            self._turn()
            self.clock.sleep(self.node.poll_s)

    def _begin(self) -> None:
        beats = (parse_beat_name(e.name) for e in self.share.list(folders.NODES))
        self.beats = {beat[1] for beat in beats if beat and beat[0] == self.name}
        self.sequence = max(self.beats, default=0)
        self._beat()
        self._take_up_claims()
        self._tidy_scratch()

    def _turn(self) -> None:
        queue = self._look()
        for attempt in list(self.attempts.values()):
            if attempt.try_again_s <= self.clock.monotonic_s():
                self._act(attempt)
        if queue is not None:
            if self.lease.holds():
                self._claim_some(queue)
            self._consider_drops(queue)
        for job in [job for job, a in self.attempts.items() if a.phase is Phase.OVER]:
            del self.attempts[job]
        now_s = self.clock.monotonic_s()
        if now_s >= self.beat_due_s:
            self._beat()
        if queue is not None and now_s >= self.sweep_due_s:
            self.sweep_due_s = now_s + self.spool.settings.door_grace_s
            with suppress(ShareError):
                self.sweep.sweep()
        if self.expiring.due_in_s() <= 0:
            with suppress(ShareError):
                self.expiring.look(list(self.attempts.values()))
                self.unsure |= self.expiring.has_forgotten

    def _look(self) -> Queue | None:
        try:
            queue = self.incoming.look()
            if self.unsure:
                self._take_up_claims()
        except ShareError:
            return None
        return queue

    def _beat(self) -> None:
        began_s = self.clock.monotonic_s()
        with suppress(ShareError):
            try:
                self.share.create(folders.status(self.name, self.sequence + 1), b"{}")
            except Exists:
                beats = (parse_beat_name(e.name) for e in self.share.list(folders.NODES))
                self.beats = {beat[1] for beat in beats if beat and beat[0] == self.name}
                self.sequence = max(self.beats, default=0)
                return
            self.lease.renew(began_s)
            self.sequence += 1
            self.beat_due_s = began_s + self.spool.settings.heartbeat_s
            earlier, self.beats = self.beats, {self.sequence}
            for old in sorted(earlier):
                try:
                    self.share.remove(folders.status(self.name, old))
                except Gone:
                    continue
                except ShareError:
                    self.beats.add(old)

    # -------------------------------------------------------------- claims

    def _claim_some(self, queue: Queue) -> None:
        for name in queue.waiting:
            if len(self.attempts) >= self.node.slots:
                return
            if name.job not in self.attempts:
                self._claim(name)

    def _claim(self, name: TicketName) -> None:
        place = Place(State.QUEUED, name)
        try:
            ticket = read_ticket(self.share.read(place.path))
            taken = claim(self.share, self.spool.doors, place, self.name)
        except TicketGone:
            return
        except ShareError:
            self.unsure = True
            return
        if taken is not None:
            attempt = self._attempt(taken, ticket, Phase.STAGE_IN)
            self._act(attempt)

    def _attempt(self, place: Place, ticket: Ticket, phase: Phase) -> Attempt:
        folder = self.machine.folder(place.name.job, place.name.generation)
        attempt = Attempt(place, ticket, folder, phase)  # type: ignore[arg-type]
        self.attempts[place.name.job] = attempt
        return attempt

    def _places(self) -> list[Place]:
        return [
            Place(state, name)
            for state in (State.CLAIMED, State.RUNNING)
            for entry in self.share.list(FOLDERS[state])
            if (name := parse_ticket_name(entry.name)) and name.node == self.name
        ]

    def _take_up_claims(self) -> None:
        for place in self._places():
            if place.name.job in self.attempts:
                continue
            try:
                ticket = read_ticket(self.share.read(place.path))
            except (Gone, Denied):
                continue
            phase = Phase.SOLVING if place.state is State.RUNNING else Phase.STAGE_IN
            self._attempt(place, ticket, phase)
        self.unsure = False

    def _tidy_scratch(self) -> None:
        held = {(a.job, a.generation) for a in self.attempts.values()}
        held |= {(p.name.job, p.name.generation) for p in self._places()}
        for job, generation in list(self.machine.runs):
            if (job, generation) in held:
                continue
            self.machine.stop((job, generation), force=True)
            run = self.machine.runs[job, generation]
            if not run.is_staged or was_published(self.as_node, job, generation):
                self.machine.runs.pop((job, generation))
            else:
                self.machine.put_aside(job, generation)
                discard_prepared(self.share, job, generation)

    # -------------------------------------------------------------- attempts

    def _act(self, attempt: Attempt) -> None:
        try:
            try:
                if attempt.phase is Phase.STAGE_IN:
                    self._stage_and_start(attempt)
                elif attempt.phase is Phase.SOLVING:
                    self._follow(attempt)
            except TicketGone:
                fence(self.as_node, attempt, "another has taken the job over")
        except (ShareError, CopyDiffers, LeaseUnsure):
            self._later(attempt)

    def _later(self, attempt: Attempt) -> None:
        attempt.try_again_s = self.clock.monotonic_s() + min(8.0, 2.0**attempt.failures)
        attempt.failures += 1

    def _stage_and_start(self, attempt: Attempt) -> None:
        self.machine.runs[attempt.folder.path] = run = Run()  # type: ignore[index]
        try:
            self._stage_in(attempt)
        except (CopyDiffers, Gone) as error:
            if isinstance(error, Gone) and lies_at(self.share, error.path):
                raise
            sentence = f"inputs differ: {error}"
            self._publish(attempt, self._outcome(attempt, Outcome.FAILED, sentence), ())
            return
        run.is_staged = True
        if self.world.hands_back(attempt):
            self.lease.check()
            if hand_back(self.share, self.spool.doors, attempt.place) is None:
                self._later(attempt)
            else:
                attempt.phase = Phase.OVER
                attempt.folder.remove()
            return
        self.lease.check()
        attempt.place = start(self.share, attempt.place)
        self._launch(attempt, run)

    def _stage_in(self, attempt: Attempt) -> None:
        for expected in attempt.ticket.inputs:
            local = MemoryFile()
            copied = self.share.copy_out(f"{folders.job(attempt.job)}/{expected.name}", local)
            if copied.sha256 != expected.sha256:
                raise CopyDiffers(f"{expected.name} is not the file that was submitted")

    def _launch(self, attempt: Attempt, run: Run) -> None:
        name = attempt.place.name
        run.started = True
        run.ends_s = self.world.simulation.now_s + self.node.solve_s
        attempt.phase = Phase.SOLVING
        self.world.checker.starts_solver(self.name, name.job, name.generation, name.attempt)

    def _follow(self, attempt: Attempt) -> None:
        run = attempt.folder.run  # type: ignore[attr-defined]
        if run is None or run.is_lost or run.is_stopped:
            self._lose(attempt)
        elif not run.started:  # the ticket says running, and nothing was started
            self._launch(attempt, run)
        elif self.world.simulation.now_s >= run.ends_s:
            outcome = self._outcome(attempt, Outcome.COMPLETED, "ran")
            self._publish(attempt, outcome, RESULTS)

    def _lose(self, attempt: Attempt) -> None:
        self.lease.check()
        if not has_runs_left(attempt.ticket, attempt.place.name.attempt):
            self._publish(attempt, self._outcome(attempt, Outcome.LOST, "run-lost"), ())
        elif requeue(self.share, self.spool.doors, attempt.place) is None:
            self._later(attempt)
        else:
            attempt.phase = Phase.OVER
            attempt.folder.remove()

    def _outcome(self, attempt: Attempt, outcome: Outcome, sentence: str) -> OutcomeRecord:
        return OutcomeRecord(
            job=attempt.job,
            outcome=outcome,
            reason=str(outcome),
            sentence=sentence,
            attempt=attempt.place.name.attempt,
            node=self.name,
        )

    def _publish(self, attempt: Attempt, outcome: OutcomeRecord, names: tuple[str, ...]) -> None:
        if not self._stage_out(attempt, outcome, names):
            self._later(attempt)

    def _stage_out(self, attempt: Attempt, outcome: OutcomeRecord, names: tuple[str, ...]) -> bool:
        share, now = self.share, self.share.now()
        earlier = publication_of(attempt.place, now=now)
        if holds_ticket(share, earlier):
            self._settle(attempt, earlier)
            return True
        publication = prepare(share, attempt.place, now=now)
        for name in names:
            made = result_of(attempt.job, attempt.generation, name)
            share.copy_in(MemoryFile(made), f"{publication.folder}/{name}")
        record(share, publication, replace(outcome, results=names))
        self.lease.check()
        try:
            shown = publish(share, self.spool.doors, Event.FINISH, attempt.place, publication)
        except TicketGone:
            fence(self.as_node, attempt, "another has taken the job over")
            raise
        if shown:
            self._settle(attempt, publication)
        return shown

    def _settle(self, attempt: Attempt, publication: Publication) -> None:
        finish_publishing(self.share, publication)
        attempt.phase = Phase.OVER
        attempt.folder.remove()

    # -------------------------------------------------------------- drops

    def _consider_drops(self, queue: Queue) -> None:
        for folder in queue.folders:
            for drop in folder.drops:
                if drop.path not in self.adopter.used:
                    self.adopter.consider(drop, folder.names)
        self.leftovers.tidy(queue)
