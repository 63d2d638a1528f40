"""Real protocol code, one thread an actor, and one baton that is handed over at every request.

Only the holder of the baton runs. Where it would ask the server something, a chooser decides who
goes on, and what becomes of the request; so a run is a list of choices, and repeats exactly.
Time is simulated: it passes with requests, and while everybody sleeps.
"""

import hashlib
import os
import threading
from collections.abc import Callable
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, ClassVar, Protocol, TypeVar

from tests.sim.access import LOCAL, Access
from tests.sim.share import Request
from wamspool.errors import Busy, Denied, Full, ShareError, Unreachable

T = TypeVar("T")
START = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
STEPS_MAX = 60_000


class Crash(BaseException):
    """The process has ended here; no ``except`` of the product may notice."""


class Ended(BaseException):
    """The run is over; whoever still waits for its turn gives up."""


class Violation(BaseException):
    """Something that must hold did not. Not an Exception: nothing may swallow it."""


@dataclass(slots=True)
class Choice:
    """Who goes on, and what becomes of its request. ``delay_s``: how long that took, or lasts."""

    actor: int
    what: str = "go"
    delay_s: float = 0.0


TICK = -1  # as Choice.actor: nobody goes on, time does


@dataclass(slots=True, eq=False)
class Actor:
    """One process, in its own thread while it has the baton."""

    number: int
    name: str
    body: Callable[["Actor"], None]
    access: Access = LOCAL
    request: Request | None = None
    wakes_s: float = 0.0
    done: bool = False
    crashed: bool = False
    immune: bool = False
    away_until_s: float = 0.0
    outage_s: tuple[float, float] = (float("inf"), float("inf"))
    turn: threading.Lock = field(default_factory=threading.Lock)


class Chooser(Protocol):
    """Decides. ``begin`` is told of each run, ``choose`` is asked whenever somebody can go on."""

    def begin(self, simulation: "Simulation") -> None: ...

    def choose(self, simulation: "Simulation", ready: list[Actor]) -> Choice: ...


class SimulatedClock:
    """One machine's clocks: they run at a rate of their own, and the wall clock may step."""

    def __init__(self, simulation: "Simulation", *, rate: float = 1.0, offset_s: float = 0.0):
        self._simulation = simulation
        self.rate = rate
        self.offset_s = offset_s
        self._began_s = 1000.0 + 7.0 * len(simulation.actors)
        self._drawn = 0
        self.seed = f"{len(simulation.actors)}"

    def monotonic_s(self) -> float:
        return self._began_s + self._simulation.now_s * self.rate

    def utc_now(self) -> datetime:
        passed_s = self._simulation.now_s * self.rate + self.offset_s
        return self._simulation.began + timedelta(seconds=passed_s)

    def sleep(self, duration_s: float) -> None:
        self._simulation.sleep(duration_s / self.rate)

    def random_bytes(self, count: int) -> bytes:
        self._drawn += 1
        return hashlib.shake_128(f"{self.seed}/{self._drawn}".encode()).digest(count)


class _Worker:
    """A thread that is used again from run to run: starting one costs more than a short run."""

    idle: ClassVar[list["_Worker"]] = []

    def __init__(self) -> None:
        self._work: Callable[[], None] = lambda: None
        self._given = threading.Lock()
        self._given.acquire()
        threading.Thread(target=self._serve, daemon=True, name="simulated").start()

    @classmethod
    def give(cls, work: Callable[[], None]) -> None:
        worker = cls.idle.pop() if cls.idle else cls()
        worker._work = work
        worker._given.release()

    def _serve(self) -> None:
        while True:
            self._given.acquire()
            self._work()
            self._work = lambda: None
            self.idle.append(self)


@contextmanager
def one_core():
    """Handing a baton between cores costs five times as much as on one."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    had = os.sched_getaffinity(0)
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")[2:]
    cores = sorted(had)
    os.sched_setaffinity(0, {cores[int(worker or os.getpid()) % len(cores)]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, had)


class Simulation:
    """One run: its actors, its time, its choices. Also the port of every simulated share."""

    def __init__(self, chooser: Chooser, *, steps_max: int = STEPS_MAX) -> None:
        self.chooser = chooser
        self.actors: list[Actor] = []
        self.now_s = 0.0
        self.began = START
        self.steps = 0
        self.steps_max = steps_max
        self.choices: list[Choice] = []
        self.log: list[tuple[float, str, Any, str, Any]] = []
        self.failure: BaseException | None = None
        self.ending = False
        self.current: Actor | None = None
        self.after_step: Callable[[], None] | None = None
        self._main = threading.Lock()
        self._what = "go"
        self._delay_s = 0.0
        self._alive = 0
        self._starting = False

    # -------------------------------------------------------------- building

    def add(self, name: str, body: Callable[[Actor], None], *, access: Access = LOCAL) -> Actor:
        actor = Actor(len(self.actors), name, body, access=access)
        actor.turn.acquire()
        self.actors.append(actor)
        return actor

    def run(self) -> None:
        """All actors have come to their ends, or something went wrong: see ``failure``."""
        self._main.acquire()
        self._alive = len(self.actors)
        for actor in self.actors:
            _Worker.give(partial(self._live, actor))
        self.chooser.begin(self)
        self._start_all()
        if not self.ending and self._alive and self._has_passed_on():
            self._main.acquire()
        self._end_all()

    def _start_all(self) -> None:
        """Each actor has come to its first request: so far it had nothing to do with others."""
        self._starting = True
        for actor in self.actors:
            self.current = actor
            actor.turn.release()
            self._main.acquire()
        self._starting = False

    def _end_all(self) -> None:
        self.ending = True
        for actor in self.actors:
            if not actor.done:
                actor.turn.release()
                self._main.acquire()

    def _live(self, actor: Actor) -> None:
        actor.turn.acquire()
        try:
            if not self.ending:
                actor.body(actor)
        except Ended:
            pass
        except BaseException as error:  # noqa: BLE001 - whatever it is, the run shows it
            self._fail(error)
        actor.done = True
        self._alive -= 1
        if self.ending or self._starting or self._alive == 0:
            self._main.release()
            return
        if not self._has_passed_on():
            self._main.release()

    def _has_passed_on(self) -> bool:
        """Not told by ``ending``: whoever goes on may have come to the end of the run by now."""
        try:
            self._pass_on(None)
        except Ended:
            self.ending = True
        except BaseException as error:  # noqa: BLE001 - handed to whoever made the run
            self._fail(error)
        else:
            return True
        return False

    # -------------------------------------------------------------- the baton

    def _pass_on(self, holder: Actor | None) -> None:
        """Somebody goes on; returns when it is the holder."""
        actor = self._next()
        self.current = actor
        if actor is holder:
            return
        actor.turn.release()
        if holder is not None:
            holder.turn.acquire()
            if self.ending:
                raise Ended

    def _next(self) -> Actor:
        while True:
            self.steps += 1
            if self.steps > self.steps_max:
                raise Violation(f"no end after {self.steps} steps, at {self.now_s:.0f} s")
            ready = [a for a in self.actors if not a.done and a.wakes_s <= self.now_s]
            if not ready:
                self.now_s = min(a.wakes_s for a in self.actors if not a.done)
                continue
            choice = self.chooser.choose(self, ready)
            self.choices.append(choice)
            if choice.actor == TICK:
                self.tick()
                continue
            actor = self.actors[choice.actor]
            self._what, self._delay_s = choice.what, choice.delay_s
            return actor

    def tick(self) -> None:
        """Time goes on to the next moment at which a sleeper wakes, though others could go on."""
        later = [a.wakes_s for a in self.actors if not a.done and a.wakes_s > self.now_s]
        if later:
            self.now_s = min(later)

    def sleep(self, duration_s: float) -> None:
        """The actor that has the baton sleeps."""
        if self.ending:
            raise Ended
        actor = self.current
        assert actor is not None
        if actor.crashed:
            raise Crash
        actor.request = None
        actor.wakes_s = self.now_s + max(0.0, duration_s)
        self._hand_over(actor)
        if self._what == "crash":
            actor.crashed = True
            raise Crash

    def _hand_over(self, actor: Actor) -> None:
        if self._starting:
            self._main.release()
            actor.turn.acquire()
            if self.ending:
                raise Ended
            return
        try:
            self._pass_on(actor)
        except Ended:
            self.ending = True
            raise
        except BaseException as error:  # noqa: BLE001 - a limit's: not for the product to see
            self._fail(error)
            raise Ended from None

    def _fail(self, error: BaseException) -> None:
        if self.failure is None:
            self.failure = error
        self.ending = True

    # -------------------------------------------------------------- requests

    def now(self) -> float:
        return self.now_s

    def ask(self, request: Request, perform: Callable[[], T]) -> T:
        """See Port: the chooser has its way with the request."""
        if self.ending:
            raise Ended
        actor = self.current
        assert actor is not None
        if actor.crashed:
            raise Crash
        actor.request = request
        while True:
            self._hand_over(actor)
            what, delay_s = self._what, self._delay_s
            if what == "away":  # this client's network is cut for a while
                actor.away_until_s = self.now_s + delay_s
                self.note(actor, "away", request, delay_s)
            if actor.away_until_s > self.now_s and not what.startswith("crash"):
                delay_s = actor.away_until_s - self.now_s
                what = "nap" if actor.access.hangs else "fail"
            if actor.outage_s[0] <= self.now_s < actor.outage_s[1]:
                what = "fail"
            if what == "nap":
                self.note(actor, "nap", request, delay_s)
                actor.wakes_s = self.now_s + delay_s
                continue
            break
        actor.request = None
        if what == "go":
            self.now_s += delay_s
            return self._perform(actor, request, perform)
        return self._go_wrong(actor, request, perform, what, delay_s)

    def _perform(self, actor: Actor, request: Request, perform: Callable[[], T]) -> T:
        try:
            result = perform()
        except ShareError as error:
            self.log.append((self.now_s, actor.name, request, "", error))
            raise
        self.log.append((self.now_s, actor.name, request, "", None))
        if self.after_step is not None:
            self.after_step()
        return result

    def _go_wrong(
        self,
        actor: Actor,
        request: Request,
        perform: Callable[[], T],
        what: str,
        delay_s: float,
    ) -> T:
        """The request is lost, or its answer, or the process."""
        path = request.path
        if what == "crash":
            self.note(actor, "crash", request, None)
            actor.crashed = True
            raise Crash
        if what in REFUSALS:
            self.note(actor, what, request, None)
            raise REFUSALS[what](path, f"simulated: {what}")
        self.note(actor, what, request, delay_s)
        if what == "late":  # done, and the answer comes when much else has happened
            result = self._perform(actor, request, perform)
            actor.wakes_s = self.now_s + delay_s
            self._hand_over(actor)
            if self._what == "crash":
                actor.crashed = True
                raise Crash
            return result
        if what == "lost":  # done, as far as it could be, and the answer says nothing of it
            with suppress(ShareError):
                self._perform(actor, request, perform)
            raise Unreachable(path, "simulated: the answer was lost")
        if what == "again":  # done; the kernel asks again, and reports that
            self._perform(actor, request, perform)
            return self._perform(actor, request, perform)
        if what == "crash after":
            with suppress(ShareError):
                self._perform(actor, request, perform)
            actor.crashed = True
            raise Crash
        raise AssertionError(what)

    def note(self, actor: Actor | None, what: str, request: Request | None, said: Any) -> None:
        self.log.append((self.now_s, actor.name if actor else "", request, what, said))

    def trace(self, *, last: int = 10_000) -> str:
        """What happened, a line a request."""
        lines = []
        for now_s, name, request, what, said in self.log[-last:]:
            verb = f"{request.verb} {request.path}" if request else ""
            target = f" -> {request.target}" if request and request.target else ""
            answer = type(said).__name__ if isinstance(said, BaseException) else said
            answer = "" if answer is None else f"  [{answer}]"
            lines.append(
                f"{now_s:9.3f} {name:8} {what + ': ' if what else ''}{verb}{target}{answer}"
            )
        return "\n".join(lines)


REFUSALS: dict[str, type[ShareError]] = {
    "busy": Busy,
    "denied": Denied,
    "full": Full,
    "fail": Unreachable,
}
