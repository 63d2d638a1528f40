"""Small worlds in which two processes want one job: every order of their requests is run."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from spool_layout import folders
from spool_layout.records import OutcomeRecord
from spool_layout.settings import SpoolSettings
from spool_layout.states import Event, Outcome, State
from spool_layout.ticket import Draft
from tests.sim.access import Access
from tests.sim.choosers import Exhaustive
from tests.sim.invariants import result_of
from tests.sim.machine import MemoryFile
from tests.sim.scheduler import Actor
from tests.sim.world import DECK, World, surviving
from tests.sim.worlds_claim import JOB, Claimant
from wamspool import transition
from wamspool.adopt import Adopter
from wamspool.adoption import complete_adoption, taken_drop
from wamspool.drops import Dropped, Step
from wamspool.errors import LeaseUnsure, ShareError, TicketGone, WamError
from wamspool.expire import end_unrun, take_back
from wamspool.gather import Item
from wamspool.publish import (
    finish_publishing,
    holds_ticket,
    prepare,
    publication_of,
    publish,
    record,
)
from wamspool.reject import reject
from wamspool.settling import Settling
from wamspool.snapshot import take_snapshot
from wamspool.spool import Spool
from wamspool.submit import Submission, submit
from wamspool.sweep import Sweep
from wamspool.transition import Place
from wamspool.tree import remove_tree

Body = Callable[[Spool, World], None]
Build = Callable[[Exhaustive], World]
# A grace as long as one nap between two tries, so that few naps are enough to pass a door over.
SOON = SpoolSettings("simulated", door_grace_s=1.0, quiet_s=0.0, include_wait_s=1.0)


def script(world: World, name: str, body: Body) -> None:
    """A process that does one thing, and what the share says of it is the end of it."""

    def live(actor: Actor) -> None:
        spool = world.spool(actor, world.clock(name))

        def act() -> None:
            with suppress(TicketGone, ShareError, LeaseUnsure):
                body(spool, world)

        surviving(spool.share, act)

    world.actor(name, live)


def world_of(chooser: Exhaustive, access: Access) -> World:
    return World(chooser, accesses=(access,), settings=SOON)


def first_waiting(spool: Spool) -> Place | None:
    waiting = take_snapshot(spool).in_state(State.QUEUED)
    return waiting[0] if waiting else None


def hold(spool: Spool, world: World) -> None:
    if place := first_waiting(spool):
        transition.advance(spool.share, spool.doors, Event.HOLD, place)


def cancel(spool: Spool, world: World) -> None:
    if place := first_waiting(spool):
        said = OutcomeRecord(JOB, Outcome.CANCELLED, "asked", "cancelled", by="jo")
        end_unrun(spool, Event.CANCEL, place, said)


def claim_against(body: Body, access: Access) -> Build:
    """A node claims and starts what somebody holds or cancels."""

    def build(chooser: Exhaustive) -> World:
        world = world_of(chooser, access)
        world.put(JOB)
        Claimant(world, "alpha")
        script(world, "jo", body)
        return world

    return build


def finish(spool: Spool, place: Place, node: str) -> None:
    """As node_service's stage-out; tried twice, as after an unclear answer."""
    for last in (False, True):
        try:
            _finish(spool, place, node)
            return
        except (LeaseUnsure, ShareError):
            if last:
                raise


def _finish(spool: Spool, place: Place, node: str) -> None:
    share, now = spool.share, spool.share.now()
    earlier = publication_of(place, now=now)
    if holds_ticket(share, earlier):
        finish_publishing(share, earlier)
        return
    publication = prepare(share, place, now=now)
    made = result_of(place.name.job, place.name.generation, "bracket.dat")
    share.copy_in(MemoryFile(made), f"{publication.folder}/bracket.dat")
    said = OutcomeRecord(place.name.job, Outcome.COMPLETED, "completed", "ran", node=node)
    record(share, publication, replace(said, results=("bracket.dat",)))
    try:
        shown = publish(share, spool.doors, Event.FINISH, place, publication)
    except TicketGone:
        with suppress(ShareError):
            remove_tree(share, publication.folder)
        raise
    if shown:
        finish_publishing(share, publication)


def finish_against_expire(access: Access, *, reruns: bool = False) -> Build:
    """The owner publishes what a watcher takes back, and perhaps runs and publishes itself."""

    def build(chooser: Exhaustive) -> World:
        world = world_of(chooser, access)
        name = world.put(JOB, folders.RUNNING, generation=1, attempt=1, node="alpha")
        place = Place(State.RUNNING, name)

        def expire(spool: Spool, world: World) -> None:
            take_back(spool, place, silent_s=100)
            waiting = first_waiting(spool) if reruns else None
            if waiting is None:
                return
            if taken := transition.claim(spool.share, spool.doors, waiting, "beta"):
                finish(spool, transition.start(spool.share, taken), "beta")

        script(world, "alpha", lambda spool, world: finish(spool, place, "alpha"))
        script(world, "beta", expire)
        return world

    return build


def passed_over(access: Access, *, tries: int = 3) -> Build:
    """One may fall asleep behind the door it has made; the other waits, and passes it over."""

    def build(chooser: Exhaustive) -> World:
        world = world_of(chooser, access)
        world.put(JOB)
        Claimant(world, "alpha")
        Claimant(world, "beta", tries=tries)
        return world

    return build


def adopters(
    access: Access, *, includes: bool, tries: int = 1, count: int = 2, rewritten: bool = False
) -> Build:
    """Nodes see one drop; perhaps its owner copies another deck over it meanwhile."""

    def adopt(spool: Spool, world: World) -> None:
        settling = Settling(spool.share, spool.clock, quiet_s=0.0)
        adopter = Adopter(spool, settling, lambda solver: "calculix")
        path = f"{folders.INCOMING}/bracket.inp"
        for number in range(tries):
            if number:
                spool.clock.sleep(2.5)
            names = frozenset(entry.name for entry in spool.share.list(folders.INCOMING))
            if "bracket.inp" not in names:
                return
            considered = adopter.consider(Dropped(path), names)
            if considered.step in {Step.ADOPTED, Step.NOTHING}:
                return

    def build(chooser: Exhaustive) -> World:
        world = world_of(chooser, access)
        deck = (b"*INCLUDE, INPUT=mesh.inc\n" if includes else b"") + DECK
        drop = world.tree.add(f"{folders.INCOMING}/bracket.inp", deck)
        world.checker.dropped(drop, deck)
        if includes:
            extra = world.tree.add(f"{folders.INCOMING}/mesh.inc", b"*ELEMENT\n")
            world.checker.include_dropped(extra)
        for name in ("alpha", "beta")[:count]:
            script(world, name, adopt)
        if rewritten:
            script(world, "jo", copy_again)
        return world

    return build


def adopters_and_a_finisher(access: Access) -> Build:
    """Two adopters, and one who finishes what he sees as soon as he sees it, without a grace."""

    def finish(spool: Spool, world: World) -> None:
        for entry in spool.share.list(folders.JOBS):
            if taken := taken_drop(spool.share, entry.name):
                complete_adoption(spool.share, taken)

    def build(chooser: Exhaustive) -> World:
        world = adopters(access, includes=False)(chooser)
        script(world, "gamma", finish)
        return world

    return build


def copy_again(spool: Spool, world: World) -> None:
    """The owner copies another deck over the first, if that lies there still."""
    path = f"{folders.INCOMING}/bracket.inp"
    spool.share.examine(path)
    node = world.tree.find(path)
    if node is not None:
        world.checker.drops[path] = DECK + b"** another\n"
        world.tree.write(node, DECK + b"** another\n")


def submission_and_node(access: Access) -> Build:
    """A client submits; a node claims at once what it sees, and starts it."""

    def send(spool: Spool, world: World) -> None:
        draft = Draft("bracket.inp", solver="calculix")
        sources = {"bracket.inp": MemoryFile(DECK)}
        with suppress(WamError):
            item = Item("bracket.inp", "bracket.inp")
            submit(spool, Submission(draft, Path(), (item,), "jo", sources=sources))

    def build(chooser: Exhaustive) -> World:
        world = world_of(chooser, access)
        script(world, "jo", send)
        Claimant(world, "alpha", tries=2)
        return world

    return build


def shown_while_it_moves(access: Access) -> Build:
    """A client takes a picture of the queue while a node claims, and hands back.

    A ticket that is claimed once more before the picture is through may be missed by it.
    """

    def look(spool: Spool, world: World) -> None:
        seen = {place.name.job for place in take_snapshot(spool).places}
        world.checker.shown({JOB: 0}, seen)

    def move(spool: Spool, world: World) -> None:
        place = Place(State.QUEUED, world.checker.jobs[JOB].at.name)
        taken = transition.claim(spool.share, spool.doors, place, "alpha")
        if taken:
            transition.hand_back(spool.share, spool.doors, taken)
            world.checker.jobs[JOB].generation = 1  # this one may not be missed

    def build(chooser: Exhaustive) -> World:
        world = world_of(chooser, access)
        world.put(JOB)
        script(world, "jo", look)
        script(world, "alpha", move)
        return world

    return build


def two_finishers(access: Access) -> Build:
    """The owner brings a published job into view, and a sweep does so at the same time."""

    def build(chooser: Exhaustive) -> World:
        world = world_of(chooser, access)
        name = world.put(JOB, folders.RUNNING, generation=1, attempt=1, node="alpha")
        place = Place(State.RUNNING, name)

        def sweep(spool: Spool, world: World) -> None:
            sweep = Sweep(spool)
            for _ in range(2):
                sweep._suspects = {JOB: -1e9}
                sweep.sweep()

        script(world, "alpha", lambda spool, world: finish(spool, place, "alpha"))
        script(world, "beta", sweep)
        return world

    return build


def rejected_beside(access: Access) -> Build:
    """A drop is rejected whose name a person has used in ``rejected/`` for something else."""

    def build(chooser: Exhaustive) -> World:
        world = world_of(chooser, access)
        world.tree.add(f"{folders.REJECTED}/bad.inp", b"a person's own")
        drop = world.tree.add(f"{folders.INCOMING}/bad.inp", b"*NODE\n")
        world.checker.dropped(drop, b"*NODE\n")
        error = WamError("it cannot become a job", cure="Correct it.")
        script(world, "alpha", lambda spool, _: str(reject(spool.share, drop.path, error)))
        return world

    return build
