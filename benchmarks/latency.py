"""From a dropped deck, or a submitted ticket, to the solver's start: in bare process starts.

The stand-in solver says through a pipe that it runs; a bare start is that of the same stand-in.
"""

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.bench_spool import median, new_spool, node_process, p95
from spool_layout.ticket import Draft
from wamspool.gather import Item
from wamspool.spool import Spool
from wamspool.submit import Submission, submit

ROUNDS = 50
PAUSE_S = 0.06
DECK = "*NODE\n1, 0., 0.\n*STEP\n*STATIC\n1., 1.\n*END STEP\n"


def main(rounds: int = ROUNDS) -> None:
    """Prints the table."""
    for events in (True, False):
        with tempfile.TemporaryDirectory() as base:
            _measure(Path(base), events=events, rounds=rounds)


def _measure(base: Path, *, events: bool, rounds: int) -> None:
    pipe, stub, source = base / "started", base / "solver", base / "mine"
    os.mkfifo(pipe)
    stub.write_text(f"#!/bin/sh\necho > {pipe}\n")
    stub.chmod(0o755)
    source.mkdir()
    (source / "deck.inp").write_text(DECK)
    spool = new_spool(base / "spool")
    arguments = ["--cpus", "2", "--program", f"calculix={stub}"]
    arguments += [] if events else ["--no-events"]
    listener = os.open(pipe, os.O_RDWR)
    with node_process(base / "spool", base / "scratch", *arguments):
        os.read(listener, 100)  # the node has asked the stand-in for its version
        acts: dict[str, Callable[[int], float]] = {
            "bare": lambda _: _start(stub),
            "ticket": lambda n: _submit(spool, source, n),
            "drop": lambda n: _drop(base / "spool" / "incoming", n),
        }
        times = _times(listener, acts, rounds)
    os.close(listener)
    start_s = median(times["bare"])
    print(f"events {'on' if events else 'off'}; a bare process start is {start_s * 1e3:.2f} ms")
    for name, key in (("ticket through the API", "ticket"), ("dropped deck", "drop")):
        ratio, worst = median(times[key]) / start_s, p95(times[key]) / start_s
        print(
            f"  {name:24} median {median(times[key]) * 1e3:7.2f} ms = {ratio:6.1f} starts,"
            f"  p95 {p95(times[key]) * 1e3:7.2f} ms = {worst:6.1f} starts"
        )


def _start(stub: Path) -> float:
    begin = time.perf_counter()
    os.posix_spawn(stub, [str(stub)], os.environ)
    return begin


def _times(
    listener: int, acts: dict[str, Callable[[int], float]], rounds: int
) -> dict[str, list[float]]:
    """The acts in turn, each after the same pause: a machine that has been idle starts slower."""
    times: dict[str, list[float]] = {name: [] for name in acts}
    for number in range(rounds):
        for name, act in acts.items():
            time.sleep(PAUSE_S)
            begin = act(number)
            os.read(listener, 1)
            times[name].append(time.perf_counter() - begin)
    return times


def _submit(spool: Spool, folder: Path, number: int) -> float:
    draft = Draft(input="deck.inp", name=f"t{number}", solver="calculix")
    submit(spool, Submission(draft, folder, (Item("deck.inp", "deck.inp"),), "bench"))
    return time.perf_counter()


def _drop(incoming: Path, number: int) -> float:
    with (incoming / f"d{number}.inp").open("w") as file:
        file.write(DECK)
    return time.perf_counter()


if __name__ == "__main__":
    main()
