"""Tickets a second through the Python API, to bare create + write + rename on the same disk.

Both sides are measured with and without flushing each file to the disk. Each ticket brings a
deck of its own, which is copied and read back.
"""

import itertools
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.bench_spool import median, new_spool
from benchmarks.latency import DECK
from spool_layout.ticket import Draft
from wamspool.gather import Item
from wamspool.spool import Spool
from wamspool.submit import Submission, submit_all

TICKETS = 10_000
PIECES = 20


def main(tickets: int = TICKETS) -> None:
    """Prints the table. Limit and submissions alternate in pieces, for disks whose speed drifts."""
    for durable in (False, True):
        count = (tickets if not durable else tickets // 5) // PIECES
        with tempfile.TemporaryDirectory() as base:
            pairs = list(_pairs(Path(base), count, durable=durable))
        limit, rate = (median([pair[n] for pair in pairs]) for n in (0, 1))
        ratio = median([rate / limit for limit, rate in pairs])
        print(
            f"{'flushed' if durable else 'not flushed':12} {count * PIECES:6} tickets:"
            f" {rate:7.0f}/s, create + write + rename {limit:7.0f}/s, ratio {ratio:.2f}"
        )


def _pairs(base: Path, count: int, *, durable: bool) -> Iterator[tuple[float, float]]:
    source = base / "mine"
    source.mkdir()
    (source / "deck.inp").write_text(DECK)
    (base / "bare").mkdir()
    spool = new_spool(base / "spool", durable=durable)
    for piece in range(PIECES):
        limit = _limit(base / "bare", range(piece * count, (piece + 1) * count), durable=durable)
        yield limit, _rate(spool, source, count)


def _limit(folder: Path, numbers: range, *, durable: bool) -> float:
    text = b"x" * 400
    begin = time.perf_counter()
    for number in numbers:
        descriptor = os.open(f"{folder}/.{number}", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        os.write(descriptor, text)
        if durable:
            os.fsync(descriptor)
        os.close(descriptor)
        os.rename(f"{folder}/.{number}", f"{folder}/{number}")
    return len(numbers) / (time.perf_counter() - begin)


def _rate(spool: Spool, source: Path, count: int) -> float:
    items = (Item("deck.inp", "deck.inp"),)
    job = Submission(Draft(input="deck.inp", solver="calculix"), source, items, "me")
    begin = time.perf_counter()
    done = sum(1 for _ in submit_all(spool, itertools.repeat(job, count)))
    assert done == count
    return count / (time.perf_counter() - begin)


if __name__ == "__main__":
    main()
