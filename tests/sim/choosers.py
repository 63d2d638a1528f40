"""Who goes on: by chance, by every possibility, or as in a run before."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.sim.scheduler import TICK, Actor, Choice, Ended, Simulation
from tests.sim.share import Request


class Straight:
    """Nothing goes wrong: everybody in turn."""

    def __init__(self) -> None:
        self._turn = 0

    def begin(self, simulation: Simulation) -> None:
        self._turn = 0

    def choose(self, simulation: Simulation, ready: list[Actor]) -> Choice:
        self._turn += 1
        return Choice(ready[self._turn % len(ready)].number, "go", 0.001)


class Replay:
    """The choices of a run before; where they fit no more, or are used up, nothing goes wrong."""

    def __init__(self, choices: list[Choice]) -> None:
        self._choices = choices
        self._at = 0

    def begin(self, simulation: Simulation) -> None:
        self._at = 0

    def choose(self, simulation: Simulation, ready: list[Actor]) -> Choice:
        while self._at < len(self._choices):
            choice = self._choices[self._at]
            self._at += 1
            if choice.actor == TICK or any(a.number == choice.actor for a in ready):
                return choice
        return Choice(ready[simulation.steps % len(ready)].number, "go", 0.01)


# ------------------------------------------------------------------ exhaustive


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that can happen next. ``request`` is None for time, and for a waking sleeper."""

    actor: int
    what: str
    request: Request | None = field(compare=False, default=None)


@dataclass(slots=True)
class _Point:
    """A state on the path: what can happen there, what was tried, what need not be tried."""

    options: list[Option]
    asleep: list[Option]
    taken: Option
    tried: list[Option] = field(default_factory=list)


Variants = Callable[[Simulation, Actor], tuple[str, ...]]


def only_go(simulation: Simulation, actor: Actor) -> tuple[str, ...]:
    """Every request is done and answered."""
    return ("go",)


class Exhaustive:
    """Every order of requests, and every fault that ``variants`` allows, by depth first.

    ``reduces``: of orders that differ only in requests that have nothing to do with each other,
    one is run (sleep sets: every state is reached all the same). ``faults_max`` bounds what is
    not "go" in one run, ``ticks_max`` how often time passes although somebody could go on.
    """

    def __init__(
        self,
        *,
        variants: Variants = only_go,
        faults_max: int = 0,
        ticks_max: int = 0,
        reduces: bool = True,
    ) -> None:
        self._variants = variants
        self._faults_max = faults_max
        self._ticks_max = ticks_max
        self._reduces = reduces
        self._path: list[_Point] = []
        self._depth = 0
        self._faults = 0
        self._ticks = 0
        self._pruned = False
        self.schedules = 0
        self.cut = 0

    def begin(self, simulation: Simulation) -> None:
        self._depth = self._faults = self._ticks = 0
        self._pruned = False

    def choose(self, simulation: Simulation, ready: list[Actor]) -> Choice:
        if self._depth < len(self._path):
            taken = self._path[self._depth].taken
        else:
            taken = self._new_point(simulation, ready)
        self._depth += 1
        if taken.what not in {"go", "tick"}:
            self._faults += 1
        self._ticks += taken.what == "tick"
        return Choice(taken.actor, taken.what)

    def _new_point(self, simulation: Simulation, ready: list[Actor]) -> Option:
        options = self._options(simulation, ready)
        asleep = self._inherited()
        awake = [option for option in options if option not in asleep]
        if not awake:
            self._pruned = True
            raise Ended
        self._path.append(_Point(options, asleep, awake[0]))
        return awake[0]

    def _options(self, simulation: Simulation, ready: list[Actor]) -> list[Option]:
        options = []
        for actor in ready:
            options.append(Option(actor.number, "go", actor.request))
            if self._faults < self._faults_max and actor.request is not None:
                options += [
                    Option(actor.number, what, actor.request)
                    for what in self._variants(simulation, actor)
                    if what != "go"
                ]
        if self._ticks < self._ticks_max and any(
            a.wakes_s > simulation.now_s for a in simulation.actors if not a.done
        ):
            options.append(Option(TICK, "tick"))
        return options

    def _inherited(self) -> list[Option]:
        if not self._path or not self._reduces:
            return []
        last = self._path[-1]
        return [o for o in (*last.asleep, *last.tried) if _commute(o, last.taken)]

    def advance(self) -> bool:
        """After a run: whether there is another to make."""
        if self._pruned:
            self.cut += 1
        else:
            self.schedules += 1
        while self._path:
            last = self._path[-1]
            last.tried.append(last.taken)
            spent = {*last.tried, *last.asleep}
            rest = [option for option in last.options if option not in spent]
            if rest:
                last.taken = rest[0]
                return True
            self._path.pop()
        return False


def _commute(one: Option, other: Option) -> bool:
    """Whether their order makes no difference to anybody."""
    if one.actor == other.actor or TICK in {one.actor, other.actor}:
        return False
    if one.what != "go" and other.what != "go":
        return False  # the number of faults is bounded: one may take the other's place
    if one.request is None or other.request is None:
        return True
    if "crash" in {one.what, other.what}:
        return True  # nothing is asked of the share any more
    return not (_touches(one.request, other.request) or _touches(other.request, one.request))


def _touches(one: Request, other: Request) -> bool:
    for changed in one.changes:
        below = f"{changed}/"
        for path in (*other.changes, *other.looks, *other.lists):
            if path == changed or path.startswith(below):
                return True
        if changed.rpartition("/")[0] in other.lists:
            return True
    return False


# ------------------------------------------------------------------ by chance


@dataclass(frozen=True, slots=True)
class Weather:
    """How often what goes wrong, a request; drawn anew for each run."""

    rates: tuple[tuple[str, float], ...] = ()
    naps_s: tuple[float, ...] = (0.5, 5.0, 20.0, 120.0)
    switch: float = 0.5
    latency_s: float = 0.01
    calm_after_s: float = 200.0


class Seeded:
    """Chance decides, the same way for the same seed. After ``calm_after_s`` nothing goes wrong.

    Who goes on is drawn either evenly at every request, or by priorities that change at a few
    moments of the run, which finds what needs one process to lag far behind.
    """

    def __init__(
        self, seed: str, weather: Weather, *, may_happen: Callable[..., bool] | None = None
    ):
        self.random = random.Random(seed)
        self.weather = weather
        self._may_happen = may_happen
        self._ranked = self.random.random() < 0.4
        self._ranks: dict[int, float] = {}
        self._all = sum(rate for _, rate in weather.rates)

    def begin(self, simulation: Simulation) -> None:
        pass

    def choose(self, simulation: Simulation, ready: list[Actor]) -> Choice:
        rng = self.random
        if len(ready) == 1:
            actor = ready[0]
        elif self._ranked and simulation.now_s < self.weather.calm_after_s:
            actor = self._first_in_rank(ready)
        else:
            current = simulation.current
            stays = current in ready and rng.random() > self.weather.switch
            actor = current if stays and current else ready[int(rng.random() * len(ready))]
        delay_s = self.weather.latency_s * rng.random()
        if simulation.now_s < self.weather.calm_after_s and not actor.immune:
            what = self._what(actor)
            if what != "go":
                return Choice(actor.number, what, self._nap_s(what, delay_s))
        return Choice(actor.number, "go", delay_s)

    def _first_in_rank(self, ready: list[Actor]) -> Actor:
        rng = self.random
        for actor in ready:
            if actor.number not in self._ranks:
                self._ranks[actor.number] = rng.random()
        first = max(ready, key=lambda a: self._ranks[a.number])
        if rng.random() < 0.08:
            self._ranks[first.number] = rng.random() * min(self._ranks.values())
        return first

    def _what(self, actor: Actor) -> str:
        draw = self.random.random()
        if draw >= self._all:
            return "go"
        for what, rate in self.weather.rates:
            draw -= rate
            if draw < 0:
                return what if self._is_possible(what, actor) else "go"
        return "go"

    def _is_possible(self, what: str, actor: Actor) -> bool:
        request = actor.request
        if request is None:
            return what == "crash"
        return self._may_happen is None or self._may_happen(what, request, actor)

    def _nap_s(self, what: str, delay_s: float) -> float:
        if what in {"nap", "late", "away"}:
            return self.random.choice(self.weather.naps_s) * (0.5 + self.random.random())
        return delay_s


def chances(
    rng: random.Random, names: tuple[str, ...], *, most: float
) -> Iterator[tuple[str, float]]:
    """Rates for a run: of some faults none, of some a few, of some many."""
    for name in names:
        if rng.random() < 0.6:
            yield name, most * rng.random() ** 3


def minimised(
    choices: list[Choice], fails: Callable[[list[Choice]], bool], *, tries: int = 400
) -> list[Choice]:
    """A shorter list of choices that fails as well: parts are taken out, faults made good."""
    best = list(choices)
    while fails(best[: len(best) * 3 // 4]) and tries:
        best, tries = best[: len(best) * 3 // 4], tries - 1
    size = max(1, len(best) // 2)
    while size >= 1 and tries > 0:
        at = 0
        while at < len(best) and tries > 0:
            shorter = best[:at] + best[at + size :]
            tries -= 1
            if fails(shorter):
                best = shorter
            else:
                at += size
        size //= 2
    return best
