"""The simulator finds what each guard of the protocol is for.

Each test takes one guard away, and only that, and shows how many schedules it takes until
something breaks; the same worlds with the guard in place break nothing. Printed as a table.
"""

import itertools
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

import pytest

from spool_layout import folders
from spool_layout.states import State
from tests.sim.access import LOCAL, NFS, SMB, without_delay
from tests.sim.choosers import Seeded, Weather
from tests.sim.life_node import LifeNode
from tests.sim.scheduler import Violation, one_core
from tests.sim.worlds_claim import claim_world, explore, unclear
from tests.sim.worlds_contended import (
    adopters,
    adopters_and_a_finisher,
    finish_against_expire,
    passed_over,
    rejected_beside,
    shown_while_it_moves,
    submission_and_node,
    two_finishers,
)
from tests.sim.worlds_life import QUICK, LifeWorld, Submitter, may_happen
from wamspool import adopt, drop_cases, publish, snapshot, submit, transition
from wamspool.door import Doors
from wamspool.errors import Exists, Gone, TicketGone, Unreachable
from wamspool.lease import Leases
from wamspool.spool import Spool

FILE = without_delay(LOCAL)
# Another client's handle follows a renamed file, and nobody is kept from opening it.
STOCK = replace(without_delay(SMB), withholds_delete=False)
SHARE = without_delay(SMB)
MOUNT = without_delay(NFS)
TABLE: list[str] = []


@pytest.fixture(scope="module", autouse=True)
def _table():
    yield
    print("\n| guard taken away | schedules | what broke |\n|---|---|---|")
    print("\n".join(sorted(TABLE)))


def found(guard: str, schedules: int, violation: Violation | None) -> None:
    assert violation is not None, f"nothing broke without: {guard} ({schedules} schedules)"
    TABLE.append(f"| {guard} | {schedules} | {str(violation)[:110]} |")
    print(TABLE[-1])


def breaks(guard: str, build, patch, words: str, **given) -> None:
    """With the guard every schedule holds (up to a limit); without it one breaks."""
    limit = given.pop("runs_max", 3000)
    kept = explore(build, runs_max=limit, **given)
    assert kept.violation is None, f"{kept.violation}\n{kept.trace}"
    with pytest.MonkeyPatch.context() as patching:
        patch(patching)
        bare = explore(build, runs_max=100_000, **given)
    found(guard, bare.runs, bare.violation)
    assert words in str(bare.violation), f"{bare.violation}\n{bare.trace}"


# ------------------------------------------------------------------ the door


def test_delete_sharing_is_withheld():
    """Two lead the ticket through doors of their own: the one that was asleep, and its successor."""
    kept = explore(passed_over(SHARE), ticks_max=3)
    assert kept.violation is None
    bare = explore(passed_over(STOCK), ticks_max=3)
    found("delete sharing withheld while a file is moved (SMB)", bare.runs, bare.violation)


def test_the_door():
    """Without it the rename would be the claim, and on SMB it is none."""

    def no_door(self, name):
        return name.generation + 1

    breaks(
        "the door (stock renames over SMB)",
        claim_world(2, STOCK),
        lambda patching: patching.setattr(Doors, "lead", no_door),
        "claimed",
    )


def test_a_door_is_passed_over_only_after_a_grace():
    """At once, both lead, and on SMB with stock renames both move the ticket."""
    breaks(
        "the grace before a door is passed over (stock renames over SMB)",
        claim_world(2, STOCK),
        lambda patching: patching.setattr(Doors, "_within_grace", lambda self, door: False),
        "",
    )


def test_a_door_is_passed_over_at_all():
    """Else a node that dies behind its door keeps the job for ever."""
    life = calm_life(crashes=True)

    def never(patching):
        patching.setattr(Doors, "_within_grace", lambda self, door: True)

    hunt("passing over the doors of the dead", life, never, "still")


def test_the_generation_is_in_the_name():
    """A lock that is taken and given back, and names that stay: the sleeper finds the old name."""

    def lead(self, name):
        door = folders.door(name.job, 1)
        with suppress(Exists):
            self._share.make_folder(door)
            return name.generation
        self._see(door)
        return None if self._within_grace(door) else name.generation

    def advance_to(share, doors, event, place, target):
        generation = doors.lead(place.name)
        if generation is None:
            return None
        transition.move_ticket(share, place.path, target(generation), job=place.name.job)
        with suppress(Gone):
            share.remove(folders.door(place.name.job, 1))
        return generation

    def patch(patching):
        patching.setattr(Doors, "lead", lead)
        patching.setattr(transition, "advance_to", advance_to)

    breaks("the generation in every name", claim_world(2, FILE), patch, "no event of the table")


# ------------------------------------------------------------------ unclear answers


def test_the_own_name_is_looked_for_after_an_unclear_answer():
    """Whoever believes the answer tidies away what it has published."""

    def believing(share, source, target, *, job):
        try:
            share.move(source, target)
        except (Gone, Exists, Unreachable) as error:
            raise TicketGone(job) from error

    def patch(patching):
        patching.setattr(transition, "move_ticket", believing)

    breaks(
        "the look for the own name after an unclear answer",
        finish_against_expire(MOUNT),
        patch,
        "removed",
        variants=unclear,
        faults_max=1,
    )


def test_a_publication_with_a_ticket_is_not_cleared():
    """Both the answer of the move and the look after it are lost; then the owner tries again."""

    def patch(patching):
        import tests.sim.worlds_contended as world

        def clearing(share, place, *, now):
            publication = publish.publication_of(place, now=now)
            publish.remove_tree(share, publication.folder)
            publish.make_folders(share, publication.folder)
            return publication

        patching.setattr(world, "prepare", clearing)
        patching.setattr(world, "holds_ticket", lambda share, publication: False)

    breaks(
        "the look for the ticket before a publication is begun anew",
        finish_against_expire(FILE),
        patch,
        "removed",
        variants=lambda s, a: ("go", "lost", "fail") if a.name == "alpha" else ("go",),
        faults_max=2,
    )


def test_a_listing_tells_whether_the_ticket_is_there():
    """A mount that was told no believes it for a while."""

    def by_lookup(share, publication):
        with suppress(Gone):
            share.examine(publication.ticket)
            return True
        return False

    def patch(patching):
        import tests.sim.worlds_contended as world

        patching.setattr(publish, "holds_ticket", by_lookup)
        patching.setattr(world, "holds_ticket", by_lookup)

    breaks(
        "the listing, not a lookup, before a publication is begun anew (NFS)",
        finish_against_expire(MOUNT),
        patch,
        "removed",
        variants=lambda s, a: ("go", "lost", "fail") if a.name == "alpha" else ("go",),
        faults_max=2,
    )


def test_inputs_stay_where_a_submission_is_unsure():
    def patch(patching):
        def certain(share, ticket):
            try:
                submit.enqueue(share, ticket)
            except Unreachable:
                if not submit.lies_at(share, submit.first_place(ticket)):
                    raise

        patching.setattr(submit, "_enqueue", certain)

    breaks(
        "inputs stay when it is not known whether the job is queued",
        submission_and_node(FILE),
        patch,
        "input",
        variants=unclear,
        faults_max=1,
        ticks_max=1,
    )


def test_an_answer_that_was_asked_for_again_is_ones_own():
    def patch(patching):
        def certain(share, ticket):
            submit.enqueue(share, ticket)

        patching.setattr(submit, "_enqueue", certain)

    breaks(
        "Exists may be the answer to one's own request (NFS)",
        submission_and_node(MOUNT),
        patch,
        "input",
        variants=lambda s, a: ("go", "again"),
        faults_max=1,
    )


# ------------------------------------------------------------------ order of steps


def test_results_come_before_the_ticket():
    import tests.sim.worlds_contended as world

    def hasty(spool, place, node):
        publication = publish.prepare(spool.share, place, now=spool.share.now())
        if world.publish(spool.share, spool.doors, transition.Event.FINISH, place, publication):
            spool.share.create(f"{publication.folder}/bracket.dat", b"late")

    breaks(
        "results and outcome before the ticket's move",
        finish_against_expire(FILE),
        lambda patching: patching.setattr(world, "_finish", hasty),
        "without an outcome",
    )


def test_inputs_come_before_the_ticket():
    def hasty(spool, submission, *, submitted=None):
        job = submit._new_job(spool, submission.draft)
        inputs = (submit.InputFile("bracket.inp", "bracket.inp", 1, "0" * 64),)
        ticket = submit.Ticket(job, submission.draft, spool.share.now(), "jo", inputs)
        submit.enqueue(spool.share, ticket)
        submit._copy(spool.share, job, submission, submission.items[0])
        return ticket

    import tests.sim.worlds_contended as world

    breaks(
        "inputs complete and verified before the ticket",
        submission_and_node(FILE),
        lambda patching: patching.setattr(world, "submit", hasty),
        "input",
        ticks_max=1,
    )


def test_nothing_is_moved_over_an_existing_name():
    from tests.sim.share import SimulatedShare

    def over(self, source, target):
        self._ask(adopt_request(source, target), lambda: self._rename(source, target, over=True))

    breaks(
        "never over an existing name",
        rejected_beside(FILE),
        lambda patching: patching.setattr(SimulatedShare, "_look_and_move", over),
        "overwritten",
    )


def adopt_request(source, target):
    from tests.sim.share import Request

    return Request("move", source, changes=(source, target), target=target)


def test_a_picture_is_taken_in_the_order_in_which_tickets_travel():
    once = (State.QUEUED, State.HELD, State.CLAIMED, State.RUNNING)
    breaks(
        "the queue is listed again after the folders from which tickets come back",
        shown_while_it_moves(FILE),
        lambda patching: patching.setattr(snapshot, "THERE_AND_BACK", tuple(reversed(once))),
        "was not seen",
    )


def test_inputs_are_forgotten_by_nobody():
    """Of two that bring a job into view, the later must not close the doors behind the inputs."""

    def hasty(share, publication):
        try:
            share.move(folders.job(publication.job), f"{publication.folder}/{folders.INPUTS}")
        except (publish.Busy, publish.Denied):
            return False
        except (Gone, Exists):
            return True
        return True

    def whole(world):
        job = world.checker.jobs["bracket-k7f3x"]
        left = "jobs/bracket-k7f3x" in world.tree.nodes
        if job.at.state is State.DONE and left and not world.tree.nodes["doors"].names:
            world.checker.fail("the doors were closed, and the inputs left behind")

    def patch(patching):
        patching.setattr(publish, "_bring_inputs", hasty)

    breaks(
        "doors stay until the inputs lie with the results",
        ending(two_finishers(SHARE), whole),
        patch,
        "left behind",
        runs_max=1500,
    )


def ending(build: Callable, look: Callable) -> Callable:
    """The world, with one more thing to hold at the end of each run."""

    def built(chooser):
        world = build(chooser)
        check = world.checker.check_whole

        def whole():
            check()
            look(world)

        world.checker.check_whole = whole
        return world

    return built


# ------------------------------------------------------------------ adoption


def anybody(self, case):
    """Whoever sees a drop adopts it: no waiting for one who is at it."""
    case.is_first = False
    with suppress(Exists):
        self._share.make_folder(folders.job(case.job))
    self._mine.add(case.job)
    return True


def test_each_adopter_drafts_under_a_mark_of_its_own(monkeypatch):
    """One who comes late drafts anew what is queued already, and a sleeper's last moves find that."""
    monkeypatch.setattr(drop_cases.Cases, "may_adopt", anybody)
    breaks(
        "a mark of its own for each adopter",
        adopters_and_a_finisher(FILE),
        lambda patching: patching.setattr(Spool, "new_suffix", lambda self: "alike"),
        "overwritten",
    )


def test_one_adopter_at_a_time_spares_work_only():
    """Every step of an adoption is one that only one can make, and leads to the same job: the
    copies and the draft are made under names that exist once, the drop leaves once, the draft too.
    """

    with pytest.MonkeyPatch.context() as patching:
        patching.setattr(drop_cases.Cases, "may_adopt", anybody)
        for rewritten in (False, True):
            bare = explore(adopters(FILE, includes=True, rewritten=rewritten), runs_max=800)
            assert bare.violation is None, f"{bare.violation}\n{bare.trace}"
    TABLE.append(f"| one adopter at a time | {bare.runs} | nothing: it spares work, see below |")


def test_a_drop_is_looked_at_again_behind_the_door():
    """Its owner may copy another file over it between the last look and the move."""

    def never(self, taken, seen):
        return False

    breaks(
        "the drop is looked at again when it has been taken",
        adopters(FILE, includes=False, count=1, rewritten=True),
        lambda patching: patching.setattr(adopt.Adopter, "_is_other", never),
        "not what was submitted",
    )


# ------------------------------------------------------------------ acting as the owner


def test_the_owners_own_move_comes_before_the_start():
    """A node that starts without moving its ticket does not notice that it was taken back."""

    def unasked(share, place):
        named = replace(place.name, attempt=place.name.attempt + 1)
        moved = transition.Place(State.RUNNING, named)
        with suppress(TicketGone):
            transition.move_ticket(share, place.path, moved.path, job=named.job)
        return moved

    hunt(
        "the owner's own move before the solver starts",
        calm_life(naps=True),
        lambda patching: patching.setattr("tests.sim.life_node.start", unasked),
        "go on",
    )


# ------------------------------------------------------------------ leases


@dataclass
class CalmLife:
    """Lives in which nobody dies; what may happen is said by the weather."""

    weather: Weather
    all_live: bool = False
    outage: bool = False
    offsets_s: tuple[float, ...] = (0.0, 0.0)

    def build(self, seed: str) -> LifeWorld:
        chooser = Seeded(seed, self.weather, may_happen=may_happen)
        world = LifeWorld(chooser, accesses=(LOCAL,), seed=seed, settings=QUICK)
        for name, offset_s in zip(("alpha", "beta"), self.offsets_s, strict=True):
            LifeNode(world, name, solve_s=20.0, offset_s=offset_s, returns_s=1.0)
        Submitter(world, "jo", seed, jobs=2)
        world.checker.all_live = self.all_live
        if self.outage:
            for actor in world.simulation.actors:  # for one it is over a little later
                actor.outage_s = (15.0, 31.0 if actor.name == "alpha" else 27.0)
        return world


def calm_life(*, crashes: bool = False, naps: bool = False, **more) -> CalmLife:
    rates = (("crash after", 0.02),) if crashes else ()
    rates += (("nap", 0.04), ("late", 0.02)) if naps else ()
    weather = Weather(rates=rates, naps_s=(4.0, 10.0, 16.0), latency_s=0.01, calm_after_s=45.0)
    return CalmLife(weather, **more)


def hunt(guard: str, life: CalmLife, patch: Callable, words: str, *, most: int = 150) -> None:
    """Lives are run until one breaks without the guard; as many hold with it, up to a few."""
    with one_core():
        for number in range(5):
            world = life.build(f"kept-{number}")
            world.run()
            world.checker.check_end()
        with pytest.MonkeyPatch.context() as patching:
            patch(patching)
            for number in itertools.count(1):
                world = life.build(str(number))
                try:
                    world.run()
                    world.checker.check_end()
                except Violation as violation:
                    broken = violation
                    break
                assert number < most, f"nothing broke without: {guard}"
    found(guard, number, broken)
    assert words in str(broken), world.simulation.trace(last=60)


def test_leases_go_by_numbers_not_by_clocks():
    """The nodes' clocks are an hour apart, and nobody dies."""

    def by_clock(self, beats, owners):
        self._seen = {}
        for node in owners:
            entry = clocked["tree"].find(folders.status(node, beats.get(node, 0)))
            written_s = (entry.modified_ns if entry else 0) / 1e9
            wall_s = clocked["began"] + clocked["skew_s"] + self._clock._simulation.now_s
            self._seen[node] = (0, self._clock.monotonic_s() - (wall_s - written_s))

    clocked: dict = {"skew_s": 3600.0}

    @dataclass
    class Clocked(CalmLife):
        def build(self, seed):
            world = super().build(seed)
            clocked["tree"] = world.tree
            clocked["began"] = world.tree.nodes["nodes"].modified_ns / 1e9
            return world

    calm = calm_life()
    hunt(
        "leases by heartbeat numbers, not by clocks",
        Clocked(calm.weather, all_live=True, offsets_s=(0.0, 3600.0)),
        lambda patching: patching.setattr(Leases, "note", by_clock),
        "lives",
    )


def test_a_watcher_that_was_away_begins_anew():
    """The share is away for everybody, for longer than a lease; then nobody is dead."""

    def note(self, beats, owners):
        now_s = self._clock.monotonic_s()
        seen = {}
        for node in owners:
            known = self._seen.get(node)
            sequence = beats.get(node, -1)
            seen[node] = known if known and known[0] == sequence else (sequence, now_s)
        self._seen = seen

    hunt(
        "a watcher's time-outs begin anew after an outage of its own",
        calm_life(all_live=True, outage=True),
        lambda patching: patching.setattr(Leases, "note", note),
        "lives",
    )
