"""Spools, nodes and limits that the benchmarks share."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wamspool.clock import SystemClock
from wamspool.open_share import make_share, open_share
from wamspool.spool import Spool, create_spool, open_spool


def new_spool(folder: Path, *, durable: bool = True) -> Spool:
    """A fresh spool in a folder."""
    clock = SystemClock()
    create_spool(make_share(str(folder), clock), clock)
    return open_spool(open_share(str(folder), clock, durable=durable), clock)


@contextmanager
def node_process(spool: Path, scratch: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A node in a process of its own, ended at the end."""
    command = [sys.executable, "-m", "node_service", "run", "--spool", str(spool)]
    command += ["--name", "bench", "--scratch", str(scratch), *arguments]
    with (scratch.parent / "node.err").open("wb") as errors:
        process = subprocess.Popen(command, stderr=errors)
    try:
        wait_for(lambda: any((spool / "nodes").iterdir()))
        yield process
    finally:
        process.terminate()
        process.wait(30)


def wait_for(condition: object, *, limit_s: float = 30.0) -> None:
    """Returns when the condition holds."""
    end = time.monotonic() + limit_s
    while not condition():  # type: ignore[operator]
        if time.monotonic() > end:
            raise TimeoutError("what the benchmark waits for did not happen")
        time.sleep(0.002)


def bare_start_s(count: int = 200) -> float:
    """Median seconds of starting and reaping /bin/true."""
    times = []
    for _ in range(count):
        begin = time.perf_counter()
        os.waitpid(os.posix_spawn("/bin/true", ["true"], os.environ), 0)
        times.append(time.perf_counter() - begin)
    return median(times)


def median(values: list[float]) -> float:
    """The middle value."""
    return sorted(values)[len(values) // 2]


def p95(values: list[float]) -> float:
    """The value that 95 of 100 do not exceed."""
    return sorted(values)[min(len(values) - 1, int(len(values) * 0.95))]
