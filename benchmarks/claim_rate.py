"""Claims a second, by several claimers at once and at several lengths of the queue.

A claim is all that a node does to own a ticket: from a listing the next one is chosen, read and
judged, its door is made, and it is moved to the node's own name; each claimer is a process of its
own and has room for eight jobs at a time, which end at once. The limit is a bare rename on the same
disk (on a server: the share's own move), measured in turns with it. One listing serves for many
claims, as it does in a node; the listings are part of what is measured.

``python -m benchmarks.claim_rate [LOCATION] [--waiting N ...] [--claimers N ...] [--claims N]
[--disk FOLDER]``; the location, a folder or an address such as ``smb://server/share/folder``, is
filled with a spool, which stays; by way of ``FOLDER``, where that is the same place on the server.
"""

import argparse
import itertools
import multiprocessing
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.bench_spool import median
from node_service.licences import Licences
from node_service.pace import REST
from node_service.queue import Tickets
from node_service.settings import NodeSettings
from node_service.wiring import make_node
from spool_layout.names import TicketName, suffix_from_bytes
from spool_layout.states import State
from spool_layout.ticket import Draft, InputFile, Ticket
from wamspool.candidates import Candidates
from wamspool.choose import Offer, PassedBy, choose
from wamspool.clock import SystemClock
from wamspool.errors import Exists, TicketGone
from wamspool.incoming import Incoming
from wamspool.open_share import make_share, open_share
from wamspool.share import Share
from wamspool.spool import create_spool
from wamspool.submit import enqueue
from wamspool.transition import Place

WAITING = (1_000, 10_000, 100_000)
CLAIMERS = (1, 2, 4, 8)
CLAIMS_MAX = 8_000
PIECES = 3
ROOM = 8
MEMORY_BYTES = 1 << 40
TEXT = b"x" * 400


@dataclass(frozen=True, slots=True)
class Claimed:
    """What one claimer did in one piece."""

    began_s: float
    ended_s: float
    missed: int


class Claimer:
    """What a node does to get jobs, without running them."""

    def __init__(self, location: str, name: str, scratch: Path) -> None:
        settings = NodeSettings(name, scratch, cpus=ROOM, memory_bytes=MEMORY_BYTES)
        self._node = make_node(location, settings)
        self._incoming = Incoming(self._node.spool)
        self._tickets = Tickets(self._node, self._miss)
        self._licences = Licences(self._node)
        self._candidates = Candidates(name)
        self._passed_by = PassedBy()
        self._offer = replace(
            Offer(name, ROOM, MEMORY_BYTES), solvers=tuple(self._node.profiles), tags=()
        )
        self._rested_s = 0.0
        self._missed = 0

    def _miss(self, name: TicketName) -> None:
        self._candidates.note_missed(name)
        self._missed += 1

    def look(self, claimers: int) -> None:
        """As the node's loop does: a listing, and then nine times as long none."""
        begin = time.monotonic()
        if begin < self._rested_s:
            self._tickets.read_on()
            return
        queue = self._incoming.look()
        self._tickets.forget_all_but(queue.waiting)
        self._candidates.look(queue.waiting, nodes=[f"node-{n}" for n in range(claimers)])
        end = time.monotonic()
        self._rested_s = end + REST * (end - begin)

    def claim(self, count: int, claimers: int) -> Claimed:
        """So many tickets are this claimer's."""
        begin, won, self._missed = time.monotonic(), 0, 0
        while won < count:
            self.look(claimers)
            wanted = min(ROOM, count - won)
            before = won + self._missed
            for place in self._chosen(replace(self._offer, cpus=wanted)):
                if self._get(place):
                    won += 1
            if won + self._missed == before:
                self._rested_s = 0.0  # all that was seen is gone
        return Claimed(begin, time.monotonic(), self._missed)

    def _chosen(self, free: Offer) -> Iterator[Place]:
        names = choose(
            self._candidates,
            free,
            ticket_of=self._tickets.read,
            may_run=self._licences.set_aside,
            passed_by=self._passed_by,
        )
        return (Place(State.QUEUED, name) for name in list(names))

    def _get(self, place: Place) -> bool:
        ticket = self._tickets.read(place.name)
        try:
            mine = self._licences.claim(place, ticket) if ticket else None
        except TicketGone:
            mine = None
        if mine is None:
            if ticket:
                self._miss(place.name)
            return False
        self._candidates.note_claimed(place.name)
        return True


def _serve(link: Connection, location: str, name: str, scratch: Path) -> None:
    claimer = Claimer(location, name, scratch)
    link.send(None)
    while (asked := link.recv()) is not None:
        count, claimers = asked
        if count:
            link.send(claimer.claim(count, claimers))
        else:
            claimer.look(claimers)
            link.send(None)


@dataclass(frozen=True, slots=True)
class Bench:
    """A spool with claimers, and a folder for bare renames beside it."""

    location: str
    share: Share
    links: Sequence[Connection]
    numbers: Iterator[int]
    filled_by: Share

    def fill(self, count: int) -> None:
        """So many tickets more wait."""
        file = InputFile("deck.inp", "deck.inp", 50, "ab" * 32)
        draft = Draft("deck.inp", solver="calculix")
        for number in itertools.islice(self.numbers, count):
            when = datetime(2026, 11, 23, tzinfo=UTC) + timedelta(milliseconds=number)
            job = f"deck-{suffix_from_bytes(number.to_bytes(8, 'big'))}"
            enqueue(self.filled_by, Ticket(job, draft, when, "me", (file,)))

    def limit(self, count: int) -> float:
        """Bare renames a second."""
        for number in range(count):
            self.share.create(f"bare/{number}", b"x")
        bare = Path(self.location) / "bare"
        is_local = bare.is_dir()
        begin = time.perf_counter()
        for number in range(count):
            if is_local:
                os.rename(f"{bare}/{number}", f"{bare}/{number}.moved")
            else:
                self.share.move(f"bare/{number}", f"bare/{number}.moved")
        rate = count / (time.perf_counter() - begin)
        for number in range(count):
            self.share.remove(f"bare/{number}.moved")
        return rate

    def floor(self, count: int) -> float:
        """The share's own calls of a claim a second: a ticket read, a folder made, a move.

        What a claim cannot be faster than while the door is a folder: on the file systems of
        disks, making one takes several times as long as a rename.
        """
        share = self.share
        for number in range(count):
            share.create(f"bare/{number}", TEXT)
        share.make_folder("bare/doors")
        bare = Path(self.location) / "bare"
        is_local = bare.is_dir()
        begin = time.perf_counter()
        for number in range(count):
            if is_local:
                with open(f"{bare}/{number}", "rb", buffering=0) as file:
                    file.read()
                os.mkdir(f"{bare}/doors/{number}")
                os.rename(f"{bare}/{number}", f"{bare}/{number}.moved")
            else:
                share.read(f"bare/{number}")
                share.make_folder(f"bare/doors/{number}")
                share.move(f"bare/{number}", f"bare/{number}.moved")
        rate = count / (time.perf_counter() - begin)
        for number in range(count):
            share.remove(f"bare/{number}.moved")
            share.remove(f"bare/doors/{number}")
        share.remove("bare/doors")
        return rate

    def claim(self, count: int, claimers: int) -> tuple[float, float]:
        """Claims a second of so many claimers, and how often one came too late, a claim."""
        asked = self.links[:claimers]
        for link in asked:
            link.send((count // claimers, claimers))
        done: list[Claimed] = [link.recv() for link in asked]
        took_s = max(d.ended_s for d in done) - min(d.began_s for d in done)
        all_claims = count // claimers * claimers
        return all_claims / took_s, sum(d.missed for d in done) / all_claims

    def look(self) -> None:
        """Every claimer has seen the queue once, as one that has been running has."""
        for link in self.links:
            link.send((0, len(self.links)))
            link.recv()


def measure(bench: Bench, waiting: int, claimers: Sequence[int], claims: int) -> None:
    """Prints a line for each number of claimers, with so many tickets waiting."""
    count = min(claims, waiting // 2)
    bench.look()
    rates: dict[int, list[tuple[float, float, float, float]]] = {n: [] for n in claimers}
    for _, number in itertools.product(range(PIECES), claimers):
        limit, floor = bench.limit(min(count, 2000)), bench.floor(min(count, 2000))
        rate, missed = bench.claim(count, number)
        rates[number].append((rate, rate / limit, rate / floor, missed))
        bench.fill(count // number * number)
    for number, found in rates.items():
        rate, ratio, to_floor, missed = (median([one[n] for one in found]) for n in range(4))
        print(
            f"{waiting:7} waiting, {number} claimers: {rate:6.0f} claims/s, ratio to rename"
            f" {ratio:.3f}, to its own bare calls {to_floor:.2f}, too late {missed:.2f} times a claim",
            flush=True,
        )


def run(location: str, asked: argparse.Namespace, scratch: Path) -> None:
    """Makes the spool, starts the claimers, and measures one length of queue after the other."""
    clock = SystemClock()
    create_spool(make_share(location, clock, environment=os.environ), clock)
    share = open_share(location, clock, durable=False, environment=os.environ)
    filled_by = open_share(asked.disk, clock, durable=False) if asked.disk else share
    with suppress(Exists):
        share.make_folder("bare")
    context, pairs, started = multiprocessing.get_context("spawn"), [], []
    for number in range(max(asked.claimers)):
        mine, theirs = context.Pipe()
        arguments = (theirs, location, f"node-{number}", scratch / str(number))
        started.append(context.Process(target=_serve, args=arguments, daemon=True))
        started[-1].start()
        pairs.append(mine)
    try:
        for link in pairs:
            link.recv()
        bench = Bench(location, share, pairs, itertools.count(1), filled_by)
        filled = 0
        for length in sorted(asked.waiting):
            bench.fill(length - filled)
            filled = length
            measure(bench, length, asked.claimers, asked.claims)
    finally:
        for link, process in zip(pairs, started, strict=True):
            link.send(None)
            process.join(10)


def main(arguments: Sequence[str] = ()) -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description="Claims a second, as a ratio to bare renames.")
    parser.add_argument("location", nargs="?", help="an empty folder or address; else a fresh one")
    parser.add_argument("--waiting", type=int, nargs="+", default=WAITING)
    parser.add_argument("--claimers", type=int, nargs="+", default=CLAIMERS)
    parser.add_argument("--claims", type=int, default=CLAIMS_MAX, help="at most so many a piece")
    parser.add_argument(
        "--disk", help="the location's folder on this machine, to fill the queue by"
    )
    asked = parser.parse_args(list(arguments))
    with tempfile.TemporaryDirectory() as base:
        location = asked.location or f"{base}/spool"
        run(location, asked, Path(base) / "scratch")


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
