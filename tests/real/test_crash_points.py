"""A node that dies between any two operations, and the one that takes over from it.

Every operation on the share (and every step on scratch) of a job's whole life is a place to die,
before it and after it. The next service of the node knows only what lies on the share and on
scratch; the solver's runner has survived.
"""

import random
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from node_service import beginning, ending
from node_service.processes import processes_of_this_system
from node_service.scratch import AttemptFolder, Scratch
from spool_layout.states import Outcome
from spool_layout.ticket import Draft
from tests.cube import CUBE, HELD_AT_ITS_SIDE, PULLED_AT_A_CORNER
from tests.real.real_spool import (
    FaultyShare,
    LocalShare,
    Service,
    SteppedClock,
    done_folder,
    end_runs_below,
    left_on,
    left_over,
    make_node,
    make_spool,
    need_ccx,
    open_at,
    outcomes,
    submit_deck,
    sweep_up,
    turn_until_idle,
    wait_for,
)
from wamspool.errors import Unreachable
from wamspool.gather import Item
from wamspool.submit import Submission, submit

pytestmark = pytest.mark.real

COUNTED = frozenset(
    {
        *("list", "examine", "read", "read_from", "chunks", "create", "replace", "append"),
        "write_at",
        *("make_folder", "move", "remove", "copy_in", "copy_out", "duplicate", "settled"),
    }
)
READING = frozenset({"list", "examine", "read", "read_from", "chunks", "settled"})
SIDES = ("before", "after")
DECK = """\
echo "$WAM_CONTROL" >>"$STARTS"
echo one two three
echo results >bracket.dat
mkdir -p frames && echo 1 >frames/1.txt
"""
BEAM = CUBE + "*INCLUDE, INPUT=fixed.inc\n" + PULLED_AT_A_CORNER


class Crash(BaseException):
    """The machine stops here. Not an Exception: nothing in the product may live through it."""


@dataclass
class Fuse:
    """Blows at the k-th operation that passes it; from then on nothing gets through.

    After an operation that only reads all is as before it: such count on one side only.
    """

    at: int = 0
    side: str = "before"
    counts_all: bool = False
    passed: list[str] = field(default_factory=list)
    blown: bool = False

    def through(self, name: str, operation: Callable[[], object], *, reads: bool = False) -> object:
        if self.blown:
            raise Crash
        if reads and self.side == "after" and not self.counts_all:
            return operation()
        self.passed.append(name)
        if len(self.passed) != self.at:
            return operation()
        if self.side == "before":
            self.blown = True
            raise Crash
        with suppress(Exception):
            operation()
        self.blown = True
        raise Crash


class FusedShare:
    """A share on which each operation may be the last."""

    def __init__(self, share, fuse: Fuse) -> None:
        self._share, self._fuse = share, fuse

    def __getattr__(self, name):
        verb = getattr(self._share, name)
        if name not in COUNTED:
            return verb

        def fused(*arguments, **options):
            said = f"{name} {' '.join(map(str, arguments))}"[:120]
            reads = name in READING
            return self._fuse.through(said, lambda: verb(*arguments, **options), reads=reads)

        return fused


class FusedProcesses:
    """Runs of this machine, with the fuse around each start."""

    def __init__(self, fuse: Fuse) -> None:
        self._processes, self._fuse = processes_of_this_system(), fuse

    def __getattr__(self, name):
        return getattr(self._processes, name)

    def start(self, launch):
        return self._fuse.through("start", lambda: self._processes.start(launch))


class Bench:
    """A spool, a scratch folder, and one job after the other in them."""

    def __init__(self, folder: Path, arrive: Callable[["Bench"], None], **node) -> None:
        solver = next(iter(node.get("programs", {"command": ""})))
        self.root = make_spool(folder / "spool", default_solver=solver)
        self.scratch = folder / "scratch"
        self.mine = folder / "mine"
        self.starts = folder / "starts"
        self.mine.mkdir()
        self._arrive, self._node = arrive, node

    def node(self, fuse: Fuse | None = None, *, fuse_share: bool = True):
        """A node; the fuse is around each operation on the share, or else around each start."""
        clock = SteppedClock()
        share = LocalShare(self.root, clock, durable=False)
        spool = open_at(self.root, clock, FusedShare(share, fuse) if fuse and fuse_share else share)
        processes = None if fuse is None or fuse_share else FusedProcesses(fuse)
        environment = {"STARTS": str(self.starts)}
        return make_node(
            spool, self.scratch, processes=processes, environment=environment, **self._node
        )

    def live(self, fuse: Fuse, *, fuse_share: bool = True) -> None:
        """A service until it is idle, or until the fuse blows; nothing is tidied then."""
        try:
            turn_until_idle(self.node(fuse, fuse_share=fuse_share))
        except Crash:
            assert fuse.blown

    def arrive(self) -> None:
        self._arrive(self)

    def results(self) -> dict[str, str]:
        """What lies in the one job's folder, less what tells the time."""
        (job,) = outcomes(self.root)
        folder = done_folder(self.root, job)
        names = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
        kept = {n: (folder / n).read_text() for n in names if n.endswith((".dat", ".txt", ".inp"))}
        return dict.fromkeys(names, "") | kept


def drop(bench: Bench) -> None:
    (bench.root / "incoming/bracket.inp").write_text(DECK)


def drop_in_presets(bench: Bench) -> None:
    (bench.root / "incoming/high/bracket.inp").write_text(DECK)


def drop_folder(bench: Bench) -> None:
    folder = bench.mine / "study"
    folder.mkdir()
    (folder / "bracket.inp").write_text(DECK)
    folder.rename(bench.root / "incoming/study")


def drop_ticket(bench: Bench) -> None:
    ticket = bench.root / "incoming/aticket.yaml"
    (bench.root / "incoming/high").mkdir(exist_ok=True)
    (bench.mine / "bracket.inp").write_text(DECK)
    ticket.write_text("input: bracket.inp\npriority: high\n")
    (bench.mine / "bracket.inp").rename(bench.root / "incoming/bracket.inp")


def send(bench: Bench) -> None:
    (bench.mine / "bracket.inp").write_text(DECK)
    submit_deck(open_at(bench.root), bench.mine / "bracket.inp")


def drop_beam(bench: Bench) -> None:
    (bench.root / "incoming/fixed.inc").write_text(HELD_AT_ITS_SIDE)
    (bench.root / "incoming/bracket.inp").write_text(BEAM)


ARRIVALS = {
    "dropped": drop,
    "in-a-preset-folder": drop_in_presets,
    "in-a-folder": drop_folder,
    "ticket": drop_ticket,
    "submitted": send,
}


def undisturbed(folder: Path, arrive, fuse: Fuse, **node) -> tuple[list[str], dict[str, str]]:
    """The operations of a life without a crash, and its results."""
    bench = Bench(folder, arrive, **node)
    bench.arrive()
    bench.live(fuse)
    assert left_over(bench.root) == []
    return fuse.passed, bench.results()


def complaint(bench: Bench, expected: dict[str, str], *, starts: int | None = 1) -> str:
    """What is wrong once the next service has become idle and others have swept; '' if nothing."""
    turn_until_idle(bench.node(), deadline_s=20)
    ended = outcomes(bench.root)
    if len(ended) != 1:
        return f"{len(ended)} jobs are done; left: {left_over(bench.root)}"
    (record,) = ended.values()
    if record.outcome is not Outcome.COMPLETED:
        return f"{record.outcome}: {record.sentence}"
    sweep_up(open_at(bench.root, SteppedClock()))
    if bench.results() != expected:
        return f"results differ: {bench.results()}"
    if starts and len(bench.starts.read_text().splitlines()) != starts:
        return f"started {bench.starts.read_text()}"
    left = left_over(bench.root) + left_on(bench.scratch)
    return f"left: {left}" if left else ""


def crash_everywhere(
    folder: Path, arrive, side: str, *, starts=1, counts_all=False, **node
) -> list[str]:
    fuse = Fuse(side=side, counts_all=counts_all)
    operations, expected = undisturbed(folder / "undisturbed", arrive, fuse, **node)
    # After, what only reads does not count.
    assert len(operations) > (30 if counts_all or side == "before" else 15)
    complaints = []
    for k in range(1, len(operations) + 1):
        bench, fuse = Bench(folder / str(k), arrive, **node), Fuse(k, side, counts_all)
        bench.arrive()
        bench.live(fuse)
        try:
            wrong = complaint(bench, expected, starts=starts)
        except AssertionError as error:
            wrong = str(error)
        if wrong:
            said = fuse.passed[k - 1] if fuse.blown else "no crash"
            complaints.append(f"{side} {k} ({said}): {wrong}")
        shutil.rmtree(folder / str(k))
    return complaints


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("arrival", ARRIVALS)
def test_a_crash_at_any_operation_on_the_share_harms_no_job(tmp_path, arrival, side):
    complaints = crash_everywhere(tmp_path, ARRIVALS[arrival], side)
    assert not complaints, "\n".join(complaints)


def test_a_crash_at_any_operation_harms_no_job_of_calculix(tmp_path):
    programs = {"calculix": need_ccx(), "command": "/bin/sh"}
    complaints = crash_everywhere(
        tmp_path, drop_beam, "after", starts=None, counts_all=True, programs=programs
    )
    assert not complaints, "\n".join(complaints)


SCRATCH_STEPS = (
    *((Scratch, name) for name in ("new_attempt", "make_spare")),
    *((AttemptFolder, name) for name in ("place_for", "mark_staged", "files", "remove")),
    (ending, "judge"),
    *((beginning, name) for name in ("launch_solver", "read_steps")),
)


@pytest.mark.parametrize("side", SIDES)
def test_a_crash_between_two_steps_on_scratch_harms_no_job(tmp_path, side):
    def fused(fuse: Fuse) -> pytest.MonkeyPatch:
        patch = pytest.MonkeyPatch()
        for owner, name in SCRATCH_STEPS:
            step_ = getattr(owner, name)

            def through(*arguments, _step=step_, _name=name, **options):
                return fuse.through(_name, lambda: _step(*arguments, **options))

            patch.setattr(owner, name, through)
        return patch

    def life(bench: Bench, fuse: Fuse) -> None:
        bench.arrive()
        patch = fused(fuse)
        try:
            bench.live(fuse, fuse_share=False)
        finally:
            patch.undo()

    bench, whole = Bench(tmp_path / "undisturbed", send), Fuse()
    life(bench, whole)
    assert {"place_for", "mark_staged", "start", "judge", "remove"} <= set(whole.passed)
    for k in range(1, len(whole.passed) + 1):
        disturbed, fuse = Bench(tmp_path / str(k), send), Fuse(at=k, side=side)
        life(disturbed, fuse)
        # How often an idle turn prepares scratch depends on how long the solver took.
        assert fuse.blown or fuse.passed[k - 1 :] == []
        assert not complaint(disturbed, bench.results()), f"{side} {k} {fuse.passed[-1]}"


@pytest.mark.parametrize("side", SIDES)
def test_a_client_that_dies_has_submitted_the_whole_job_or_nothing(tmp_path, side):
    whole = Fuse(side=side)
    submit_through(tmp_path / "undisturbed", whole)
    assert len(whole.passed) >= 4
    queued = 0
    for k in range(1, len(whole.passed) + 1):
        fuse = Fuse(at=k, side=side)
        root = submit_through(tmp_path / str(k), fuse)
        assert fuse.blown
        tickets = [p for p in (root / "incoming").iterdir() if p.is_file()]
        assert len(tickets) <= 1
        spool, node = open_at(root, SteppedClock()), None
        sweep_up(spool)
        node = make_node(spool, tmp_path / f"{k}.scratch")
        turn_until_idle(node)
        ended = outcomes(root)
        assert [r.outcome for r in ended.values()] == ["completed"] * len(tickets), fuse.passed[-1]
        queued += len(tickets)
    assert queued == (1 if side == "after" else 0)


def submit_through(folder: Path, fuse: Fuse) -> Path:
    root = make_spool(folder / "spool")
    deck = folder / "bracket.inp"
    deck.write_text("cat part.txt >bracket.dat\n")
    (folder / "part.txt").write_text("1\n")
    clock = SteppedClock()
    spool = open_at(root, clock)
    fused = replace(spool, share=FusedShare(spool.share, fuse))
    draft = Draft(input="bracket.inp", solver="command")
    items = (Item("bracket.inp", "bracket.inp"), Item("part.txt", "part.txt"))
    with suppress(Crash):
        submit(fused, Submission(draft, folder, items, "jo"))
    return root


@pytest.mark.parametrize("looks_fail", [0, 1])
@pytest.mark.parametrize("done", [True, False])
def test_a_client_whose_last_answer_was_lost_leaves_no_ticket_without_inputs(
    tmp_path, done, looks_fail
):
    root, lost = make_spool(tmp_path / "spool"), Unreachable("incoming", "timed out")
    deck = tmp_path / "bracket.inp"
    deck.write_text("echo >bracket.dat\n")
    share = FaultyShare(LocalShare(root, SteppedClock(), durable=False))
    share.fail("create", lost, about="incoming/", done=done)
    share.fail("list", lost, times=looks_fail)
    told = None
    with suppress(Unreachable):
        told = submit_deck(open_at(root, SteppedClock(), share), deck)
    assert (told is not None) == (done and not looks_fail)
    assert len(list((root / "incoming").glob("*.yaml"))) == int(done)
    turn_until_idle(make_node(open_at(root, SteppedClock()), tmp_path / "scratch"))
    assert [r.outcome for r in outcomes(root).values()] == ["completed"] * int(done)


@pytest.mark.parametrize("seed", [1, 2])
def test_twenty_jobs_survive_services_that_are_killed_at_random(tmp_path, seed):
    chance, jobs = random.Random(seed), 20
    root, starts = make_spool(tmp_path / "spool"), tmp_path / "starts"
    deck = tmp_path / "bracket.inp"
    deck.write_text(DECK + "sleep 0.1\n")
    spool = open_at(root)
    for number in range(jobs):
        if number % 2:
            submit_deck(spool, deck)
        else:
            (root / f"incoming/deck{number}.inp").write_text(deck.read_text())
    scratch, kills = tmp_path / "scratch", 0
    arguments = ("--until-idle", "--cpus", "2", "--poll", "0.1")
    service = Service(root, scratch, *arguments, STARTS=str(starts))
    try:
        for delay_s in (chance.uniform(0.0, 0.15) for _ in range(8)):
            begun = service.said().count(" begin ")
            service.start()
            wait_for(lambda n=begun: service.said().count(" begin ") > n, "the service has begun")
            time.sleep(delay_s)
            kills += service.lives
            service.kill()
        service.start()
        assert service.wait(deadline_s=150) == 0, service.said()
    finally:
        service.stop()
        end_runs_below(scratch)
    ended = outcomes(root)
    assert {r.outcome for r in ended.values()} == {Outcome.COMPLETED} and len(ended) == jobs
    started = starts.read_text().splitlines()
    assert len(started) == len(set(started)) == jobs, f"{kills} kills"
    assert kills >= 3
    sweep_up(open_at(root, SteppedClock()))
    assert left_over(root) + left_on(scratch) == []
