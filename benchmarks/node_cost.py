"""What a node's service costs: while it idles, for each job, and how many jobs a second it runs.

The jobs do nothing (``true``), so that all that is seen is WAM. Their limit is two bare loops of
process starts, measured in the same run before and after.

``python -m benchmarks.node_cost [--idle SECONDS] [--jobs N]``
"""

import argparse
import itertools
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.bench_spool import new_spool, node_process, wait_for
from benchmarks.latency import DECK
from spool_layout.ticket import Draft
from wamspool.gather import Item
from wamspool.spool import Spool
from wamspool.submit import Submission, submit_all

IDLE_S = 600.0
SETTLE_S = 60.0
JOBS = 400
SLOTS = 2
WAITING = 2_000
BEGUN = 20
BARE = """\
import os, time
begin = time.perf_counter()
for _ in range({count}):
    os.waitpid(os.posix_spawn("/bin/true", ["true"], os.environ), 0)
print(time.perf_counter() - begin)
"""


@dataclass(frozen=True, slots=True)
class Starts:
    """Bare process starts: how many a second in two loops, and the CPU seconds of one.

    In the environment that the jobs have, too: with a language in it even ``true`` opens a dozen
    files.
    """

    rate: float
    cpu_s: float


def main(arguments: Sequence[str] = ()) -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description="What a node's service costs.")
    parser.add_argument("--idle", type=float, default=IDLE_S, help="seconds to look at an idle one")
    parser.add_argument("--jobs", type=int, default=JOBS)
    asked = parser.parse_args(list(arguments))
    for waiting, events in itertools.product((0, WAITING), (True, False)):
        with tempfile.TemporaryDirectory() as base:
            _idle(Path(base), asked.idle, waiting, events=events)
    with tempfile.TemporaryDirectory() as base:
        _work(Path(base), asked.jobs)


def _idle(base: Path, seconds: float, waiting: int, *, events: bool) -> None:
    spool = new_spool(base / "spool", durable=False)
    _submit(spool, base, waiting, nodes=("elsewhere",))
    arguments = () if events else ("--no-events",)
    with node_process(
        base / "spool", base / "scratch", "--program", "command=/bin/true", *arguments
    ) as node:
        service = psutil.Process(node.pid)
        time.sleep(SETTLE_S)
        before = service.cpu_times()
        time.sleep(seconds)
        after = service.cpu_times()
        memory = service.memory_info().rss
    used = after.user + after.system - before.user - before.system
    print(
        f"idle {seconds:.0f} s, {waiting:5} waiting, events {'on ' if events else 'off'}:"
        f" {used * 60 / seconds:.3f} CPU s a minute, {memory / 2**20:.0f} MB",
        flush=True,
    )


def _work(base: Path, jobs: int) -> None:
    spool = new_spool(base / "spool", durable=False)
    before = _bare_starts(jobs)
    _submit(spool, base, jobs + BEGUN)
    arguments = ("--cpus", str(SLOTS), "--program", "command=/bin/true")
    with node_process(base / "spool", base / "scratch", *arguments) as node:
        service = psutil.Process(node.pid)
        wait_for(lambda: _done(base / "spool") >= BEGUN)
        begun, cpu_s, begin = _done(base / "spool"), _cpu_s(service), time.perf_counter()
        wait_for(lambda: _done(base / "spool") >= jobs + BEGUN, limit_s=600)
        took_s, used_s = time.perf_counter() - begin, _cpu_s(service) - cpu_s
    ran = jobs + BEGUN - begun
    after = _bare_starts(jobs)
    rate, bare_cpu_s = (before.rate + after.rate) / 2, (before.cpu_s + after.cpu_s) / 2
    print(
        f"{ran} jobs of `true` in {SLOTS} slots: {ran / took_s:.1f} jobs/s; {SLOTS} bare loops"
        f" {rate:.0f} starts/s, ratio {ran / took_s / rate:.3f}\n"
        f"CPU a job, service and runner: {used_s / ran * 1e3:.2f} ms; a bare start"
        f" {bare_cpu_s * 1e3:.2f} ms, {used_s / ran / bare_cpu_s:.1f} times"
    )


def _submit(spool: Spool, base: Path, count: int, *, nodes: tuple[str, ...] = ()) -> None:
    source = base / "mine"
    source.mkdir()
    (source / "deck.inp").write_text(DECK)
    draft = Draft(input="deck.inp", name="t", solver="command", nodes=nodes)
    one = Submission(draft, source, (Item("deck.inp", "deck.inp"),), "bench")
    for _ in submit_all(spool, [one] * count):
        pass


def _done(spool: Path) -> int:
    """Looked at rarely: the loop must not be measured by those who wait for it."""
    time.sleep(0.05)
    return sum(
        not name.startswith(".")
        for month in (spool / "done").iterdir()
        for name in os.listdir(month)
    )


def _cpu_s(service: psutil.Process) -> float:
    """Of the service and all that it has started and reaped: its runners, and their solvers."""
    times = service.cpu_times()
    return times.user + times.system + times.children_user + times.children_system


def _bare_starts(count: int) -> Starts:
    """As many loops as there are slots, each in a process of its own."""
    command = [sys.executable, "-S", "-c", BARE.format(count=count)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    loops = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(SLOTS)]
    took_s = [float(loop.communicate()[0]) for loop in loops]
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Starts(sum(count / t for t in took_s), cpu_s / count / SLOTS)


if __name__ == "__main__":
    main(sys.argv[1:])
