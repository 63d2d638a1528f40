"""The people of a world: they submit, drop, hold, release, cancel, look, and hold files open."""

import random
from contextlib import suppress
from pathlib import Path

from client_tools.changing import Changing
from client_tools.requester import Requester
from spool_layout import folders
from spool_layout.errors import WamError
from spool_layout.records import OutcomeRecord
from spool_layout.states import Event, Outcome, State
from spool_layout.ticket import Draft, Resources
from tests.sim.machine import MemoryFile
from tests.sim.scheduler import Actor, Crash
from tests.sim.world import DECK, World
from wamspool.errors import Unreachable
from wamspool.expire import end_unrun
from wamspool.find import find_job
from wamspool.gather import Item
from wamspool.snapshot import take_snapshot
from wamspool.submit import Submission, submit


class Client:
    """Somebody at a machine without a node. A crash ends what was under way, not the person."""

    def __init__(self, world: World, name: str, seed: str, *, offset_s: float = 0.0) -> None:
        self.world = world
        self.name = name
        self.random = random.Random(f"{seed}/{name}")
        self.clock = world.clock(f"{seed}/{name}", offset_s=offset_s)
        self.is_through = False
        world.clients.append(self)
        world.actor(name, self._live)

    def _live(self, actor: Actor) -> None:
        while not self.is_through:
            self.spool = self.world.spool(actor, self.clock)
            try:
                self.live()
            except Crash:
                self.spool.share.disconnect()
                actor.crashed = False

    def live(self) -> None:
        raise NotImplementedError

    def idle(self, most_s: float) -> None:
        self.clock.sleep(self.random.random() * most_s)


class Submitter(Client):
    """Submits so many jobs; what failed is submitted again, as a person would."""

    def __init__(self, world: World, name: str, seed: str, *, jobs: int, **more: float) -> None:
        self.left = jobs
        super().__init__(world, name, seed, **more)

    def live(self) -> None:
        while self.left:
            self.idle(4.0)
            stem = f"{self.name}{self.left}"
            submission = self._submission(stem)
            before = set(self.world.checker.jobs)
            try:
                ticket = submit(self.spool, submission)
            except Unreachable:
                continue  # it may be queued: nothing is promised
            except WamError as error:
                self.world.checker.refused(stem, before, error)
                continue
            self.left -= 1
            self.world.checker.promised(ticket.job)
        self.is_through = True

    def _submission(self, stem: str) -> Submission:
        deck = DECK + f"** {stem} of {self.name}\n".encode()
        held = self.world.has_changer and self.random.random() < 0.2
        draft = Draft(
            f"{stem}.inp",
            files=("mesh.inc",),
            solver=self.world.solver,
            hold=held,
            retries=1,
            resources=Resources(),
        )
        sources = {f"{stem}.inp": MemoryFile(deck), "mesh.inc": MemoryFile(b"*ELEMENT\n" + deck)}
        items = tuple(Item(name, name) for name in sources)
        return Submission(draft, Path(), items, "jo", sources=sources)


class Changer(Client):
    """Holds, releases and cancels jobs that wait; in the end nothing stays held."""

    def live(self) -> None:
        while self.world.simulation.now_s < self.world.calm_s:
            self.idle(5.0)
            self._change()
        while not self.world.is_over():
            with suppress(WamError):
                for place in take_snapshot(self.spool).in_state(State.HELD):
                    self._changing().release(find_job(self.spool, place.name.job))
            self.clock.sleep(2.0)
        self.is_through = True

    def _change(self) -> None:
        jobs = sorted(self.world.checker.jobs)
        if not jobs:
            return
        job = self.random.choice(jobs)
        what = self.random.choice(("hold", "release", "release", "cancel"))
        with suppress(WamError):
            if what == "hold":
                self._changing().hold(find_job(self.spool, job))
            elif what == "release":
                self._changing().release(find_job(self.spool, job))
            elif self.random.random() < 0.3:
                self._cancel(job)

    def _changing(self) -> Changing:
        return Changing(self.spool, Requester(self.spool, said="jo", writer=self.name))

    def _cancel(self, job: str) -> None:
        found = find_job(self.spool, job)
        if found.place and found.state in {State.QUEUED, State.HELD}:
            said = OutcomeRecord(job, Outcome.CANCELLED, "asked", "cancelled", by=self.name)
            end_unrun(self.spool, Event.CANCEL, found.place, said)


class Watcher(Client):
    """Shows the queue again and again, and opens results and inputs, keeping them open a while."""

    def live(self) -> None:
        while not self.world.is_over():
            with suppress(WamError):
                self._look()
            with suppress(WamError):
                self._read_something()
            self.idle(6.0)
        self.is_through = True

    def _look(self) -> None:
        checker = self.world.checker
        before = {n: job.generation for n, job in checker.jobs.items() if not job.folder}
        shown = take_snapshot(self.spool)
        checker.shown(before, {place.name.job for place in shown.places})

    def _read_something(self) -> None:
        files = [n.path for n in self.world.tree.below("done") if n.names is None]
        files += [n.path for n in self.world.tree.below("jobs") if n.names is None]
        if files:
            pieces = self.spool.share.chunks(self.random.choice(sorted(files)))
            next(pieces, b"")
            if self.world.simulation.now_s < self.world.calm_s:
                self.idle(4.0)
            pieces.close()


class Dropper(Client):
    """Copies decks into ``incoming/``, as people do: whole, by pieces, the include last."""

    def __init__(self, world: World, name: str, seed: str, *, drops: int, **more: float) -> None:
        self.left = drops
        super().__init__(world, name, seed, **more)

    def live(self) -> None:
        while self.left:
            self.idle(6.0)
            self.left -= 1
            self._drop(f"{self.name}{self.left}")
        self.is_through = True

    def _drop(self, stem: str) -> None:
        """As another program does it: straight into the tree, with the file open meanwhile."""
        tree, checker = self.world.tree, self.world.checker
        deck = DECK + f"** dropped {stem}\n".encode()
        included = f"{stem}.inc" if self.random.random() < 0.4 else ""
        if included:
            deck = f"*INCLUDE, INPUT={included}\n".encode() + deck
        path = f"{folders.INCOMING}/{stem}.inp"
        node = tree.add(path, b"")
        node.writers = 1
        cut = self.random.randrange(1, len(deck))
        self.clock.sleep(self.random.random())
        if node.path == path and not node.is_unlinked:
            tree.write(node, deck[:cut])
        self.clock.sleep(self.random.random())
        tree.write(node, deck)
        node.writers = 0
        checker.dropped(node, deck)
        if included:
            self.clock.sleep(self.random.random() * 3)
            extra = f"{folders.INCOMING}/{included}"
            checker.include_dropped(tree.add(extra, b"*ELEMENT\n1, 1\n"))
