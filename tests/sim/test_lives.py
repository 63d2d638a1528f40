"""Whole lives of jobs on every kind of share, by chance: what must hold, holds.

The seeds of a run of the suite follow from the commit, so that each commit tries others, and are
printed. WAM_SIM=N runs N times as many (``make simulate``: 20,000 and more in all).
"""

import time
from pathlib import Path

import pytest

from tests.sim.access import MODES
from tests.sim.choosers import Replay, Seeded, minimised
from tests.sim.root_seed import SCALE, root_seed
from tests.sim.scheduler import Violation, one_core
from tests.sim.worlds_life import Life, build_life, live, weather_of

HERE = Path(__file__).resolve().parent
SLICE = 40


def kept_seeds() -> list[Life]:
    lines = (HERE / "seeds.txt").read_text(encoding="utf-8").splitlines()
    words = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    return [Life(mode, seed) for mode, seed, *_ in words]


def run_or_explain(life: Life) -> int:
    """Runs it; a failure is made shorter, and told with its seed, its choices and its trace."""
    world = build_life(life)
    try:
        world.run()
        world.checker.check_end()
    except Violation as violation:
        pytest.fail(explanation(life, world, violation), pytrace=False)
    return world.simulation.steps


def explanation(life: Life, world, violation: Violation) -> str:
    def breaks(choices):
        again = build_life(life, Replay(choices))
        try:
            again.run()
            again.checker.check_end()
        except Violation:
            return True
        return False

    recorded = world.simulation.choices
    best, told = recorded, world
    if breaks(recorded):
        best = minimised(recorded, breaks, tries=120)
        told = build_life(life, Replay(best))
        try:
            told.run()
            told.checker.check_end()
        except Violation as shorter:
            violation = shorter
    faults = sum(choice.what != "go" for choice in best)
    return (
        f"{violation}\nmode {life.mode}, seed {life.seed}: {len(recorded)} choices, in its short "
        f"form {len(best)} with {faults} faults (weather {weather_of(life).rates})\n"
        f"{told.simulation.trace(last=150)}"
    )


@pytest.mark.parametrize("mode", MODES)
def test_jobs_live_whole_lives(mode):
    root, count = root_seed(), max(1, round(SLICE * SCALE))
    began_s, steps = time.perf_counter(), 0
    print(f"\nseeds {root}/0 to {root}/{count - 1} of mode {mode}")
    with one_core():
        for number in range(count):
            steps += run_or_explain(Life(mode, f"{root}/{number}"))
    took_s = time.perf_counter() - began_s
    print(
        f"{mode}: {count} lives, {count / took_s:.1f} schedules/s, "
        f"{steps / took_s:.0f} choices/s, none broke anything"
    )


@pytest.mark.parametrize("life", kept_seeds(), ids=str)
def test_what_once_broke_holds(life):
    with one_core():
        run_or_explain(life)


def test_a_seed_repeats_its_run_exactly():
    life = Life("mixed", "again")
    with one_core():
        runs = [live(life), live(life)]
    traces = [world.simulation.trace() for world in runs]
    assert traces[0] == traces[1]
    assert len(traces[0].splitlines()) > 200


def test_a_recorded_run_is_replayed_exactly():
    life = Life("smb", "replayed")
    with one_core():
        first = live(life)
        second = live(life, Replay(first.simulation.choices))
    assert second.simulation.trace() == first.simulation.trace()


def test_faults_do_happen():
    """A simulator in which nothing goes wrong proves nothing."""
    told = ""
    with one_core():
        for mode in MODES:
            for number in range(12):
                told += live(Life(mode, f"weather-{number}", storm=2.0)).simulation.trace()
    for fault in ("crash", "lost", "again", "late", "nap", "fail", "busy", "full", "away"):
        assert f" {fault}: " in told, fault
    for event in ("-> claimed/", "-> running/", "-> incoming/", "-> done/", "-> held/"):
        assert event in told, event


def test_a_failing_run_is_made_shorter():
    choices = [*range(100)]
    assert minimised(choices, lambda c: 17 in c and 40 in c) == [17, 40]


def test_the_weather_is_another_for_each_seed():
    weathers = {weather_of(Life("smb", str(number))) for number in range(20)}
    assert len(weathers) > 15
    assert isinstance(Seeded("a", next(iter(weathers))), Seeded)
