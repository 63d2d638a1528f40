"""Tickets a second through the Python API, to bare create + write + rename on the same disk.

Both sides are measured with and without flushing each file to the disk. Each ticket brings a
deck of its own, which is copied and read back.
"""

import os
import tempfile
import time
from pathlib import Path

from benchmarks.bench_spool import new_spool
from benchmarks.latency import DECK
from spool_layout.ticket import Draft
from wamspool.gather import Item
from wamspool.submit import Submission, submit

TICKETS = 10_000


def main(tickets: int = TICKETS) -> None:
    """Prints the table."""
    for durable in (False, True):
        count = tickets if not durable else tickets // 5
        with tempfile.TemporaryDirectory() as base:
            limit = _limit(Path(base), count, durable=durable)
            rate = _rate(Path(base), count, durable=durable)
        print(
            f"{'flushed' if durable else 'not flushed'}: {rate:8.0f} tickets/s, "
            f"create + write + rename {limit:8.0f}/s, ratio {rate / limit:.2f}"
        )


def _limit(base: Path, count: int, *, durable: bool) -> float:
    folder = base / "bare"
    folder.mkdir()
    text = b"x" * 400
    begin = time.perf_counter()
    for number in range(count):
        descriptor = os.open(f"{folder}/.{number}", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        os.write(descriptor, text)
        if durable:
            os.fsync(descriptor)
        os.close(descriptor)
        os.rename(f"{folder}/.{number}", f"{folder}/{number}")
    return count / (time.perf_counter() - begin)


def _rate(base: Path, count: int, *, durable: bool) -> float:
    source = base / "mine"
    source.mkdir()
    (source / "deck.inp").write_text(DECK)
    spool = new_spool(base / "spool", durable=durable)
    items = (Item("deck.inp", "deck.inp"),)
    begin = time.perf_counter()
    for _ in range(count):
        submit(spool, Submission(Draft(input="deck.inp", solver="calculix"), source, items, "me"))
    return count / (time.perf_counter() - begin)


if __name__ == "__main__":
    main()
