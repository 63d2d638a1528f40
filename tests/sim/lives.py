"""Many lives of one kind of world, one after the other, until one breaks something."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.sim.root_seed import SCALE, root_seed
from tests.sim.scheduler import Violation, one_core
from tests.sim.worlds_life import Life

Build = Callable[[Life, Path], Any]


def live_through(
    who: str,
    mode: str,
    build: Build,
    folder: Path,
    *,
    slice_: int,
    afterwards: Callable[[Any], None] = lambda _: None,
) -> None:
    """``slice_`` lives, times the scale, end as they must; prints their seeds and their speed."""
    root, count = root_seed(), max(1, round(slice_ * SCALE))
    began_s = time.perf_counter()
    print(f"\nseeds {root}/0 to {root}/{count - 1} of {who} in mode {mode}")
    with one_core():
        for number in range(count):
            life = Life(mode, f"{root}/{number}")
            world = build(life, folder / str(number))
            try:
                world.run()
                world.checker.check_end()
            except Violation as violation:
                trace = world.simulation.trace(last=150)
                pytest.fail(f"{violation}\n{who}, {life}\n{trace}", pytrace=False)
            afterwards(world)
    print(f"{mode}: {count} lives of {who}, {count / (time.perf_counter() - began_s):.1f}/s")
