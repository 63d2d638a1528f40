"""What a job, an idle look and the commands of users cost over SMB, in messages to the server and
in round trips; on a Samba server that is started for it.

The budgets stand here; ``tests/real/test_operation_budget.py`` holds them.
"""

import io
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bench_spool import new_spool
from benchmarks.commands import DECK, busy_spool
from benchmarks.operations import count_life, fill_done, idle_looks
from benchmarks.smb_counting import Traffic, counted_traffic
from client_tools.app import main as main_of_wam
from spool_layout import folders
from spool_layout.names import TicketName, job_name, stamp_of, suffix_from_bytes
from spool_layout.ticket import Draft, InputFile, Ticket, format_ticket
from tests.real.samba import Samba, started_samba
from wamspool.clock import SystemClock
from wamspool.open_share import open_share
from wamspool.spool import Spool, open_spool

# A job's messages are mostly of three to a verb; trips are what a distant server costs.
# A drop rests for six seconds before it is taken, and is looked at each second.
LIFE_BUDGET = {"ticket": 130, "drop": 260}
LIFE_TRIPS_BUDGET = {"ticket": 60, "drop": 100}
# Two listings of four messages in one trip each; a long listing takes a trip for each 60 kB or so.
IDLE_MESSAGES_BUDGET = 10
# With 20 nodes, in messages and trips, connecting and signing in with them. Each node's status takes
# two trips, each ticket that is read one: of what waits ``wam status`` reads those that it shows,
# ``wam queue`` all.
COMMANDS = {"status": (260, 80), "queue": (820, 265), "ticket": (180, 58)}
QUEUED, DONE = 200, 1_000


@dataclass(frozen=True, slots=True)
class Cost:
    """What went over the wire."""

    messages: int
    trips: int


@contextmanager
def _server(folder: Path) -> Iterator[Samba]:
    yield from started_samba(folder)


def over_smb(server: Samba) -> Callable[[Path], Spool]:
    """Gives the spool of a folder of the server's disk as a client over SMB sees it."""

    def make(folder: Path) -> Spool:
        new_spool(folder, durable=False)
        address = server.address(str(folder.relative_to(server.disk)))
        clock = SystemClock()
        return open_spool(open_share(address, clock, environment=server.environment), clock)

    return make


def life(server: Samba, name: str, *, dropped: bool) -> Cost:
    """One job's whole life, client and node together."""
    with counted_traffic() as traffic:
        base = server.disk / name
        count_life(base, dropped=dropped, make=over_smb(server), at_begin=traffic.clear, poll_s=1.0)
        return _cost(traffic)


def idle_look(server: Samba, name: str, *, waiting: int = 0, done: int = 0) -> Cost:
    """One look of a node that can take none of the tickets that wait."""
    base = server.disk / name

    def fill(spool: Spool) -> None:
        _fill_queue(base / "spool", waiting)
        fill_done(base / "spool", spool, done)

    costs = []
    with counted_traffic() as traffic:
        for _ in idle_looks(base, make=over_smb(server), fill=fill):
            costs.append(_cost(traffic))
            traffic.clear()
    return min(costs[1:], key=lambda cost: cost.messages)


def commands(
    server: Samba, name: str, *, queued: int = QUEUED, done: int = DONE
) -> dict[str, Cost]:
    """Whole calls of ``wam``, from the connection on, in a spool with 20 nodes."""
    base = server.disk / name
    busy_spool(base, queued, done)
    deck = server.root / f"{name}.inp"
    deck.write_text(DECK)
    calls = {"status": ["status"], "queue": ["queue"], "ticket": ["ticket", str(deck)]}
    return {
        what: _called([*call, "--spool", server.address(name)], server.environment)
        for what, call in calls.items()
    }


def _called(arguments: list[str], environment: dict[str, str]) -> Cost:
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        with counted_traffic() as traffic, redirect_stdout(io.StringIO()):
            code = main_of_wam(arguments)
            cost = _cost(traffic)
    finally:
        os.environ.clear()
        os.environ.update(before)
    if code:
        raise RuntimeError(f"wam {' '.join(arguments)} ended with {code}")
    return cost


def _cost(traffic: Traffic) -> Cost:
    return Cost(traffic.messages, traffic.trips)


def _fill_queue(folder: Path, count: int) -> None:
    """Tickets for a node that is not there."""
    clock = SystemClock()
    draft = Draft(input="job.inp", solver="command", nodes=("elsewhere",))
    for number in range(count):
        job = job_name("job", suffix_from_bytes(number.to_bytes(8, "big")))
        name = TicketName(5, stamp_of(clock.utc_now()), job)
        ticket = Ticket(
            name.job, draft, clock.utc_now(), "me", (InputFile("job.inp", "job.inp", 1, "0" * 64),)
        )
        (folder / folders.queued(name)).write_text(format_ticket(ticket))


def main(*, waiting: tuple[int, ...] = (0, 1_000, 10_000), done: int = 100_000) -> None:
    """Prints the counts."""
    with tempfile.TemporaryDirectory() as base, _server(Path(base)) as server:
        for what in ("ticket", "drop"):
            cost = life(server, what, dropped=what == "drop")
            print(f"{what:8} whole life {cost.messages:4} messages, {cost.trips:3} trips")
        for count in waiting:
            cost = idle_look(server, f"idle-{count}", waiting=count)
            print(f"idle look {count:7} waiting {cost.messages:4} messages, {cost.trips:3} trips")
        cost = idle_look(server, "idle-done", done=done)
        print(f"idle look {done:7} done    {cost.messages:4} messages, {cost.trips:3} trips")
        print(f"whole calls with 20 nodes, {QUEUED} queued, {DONE} done, connecting included:")
        for what, cost in commands(server, "commands").items():
            print(f"wam {what:8} {cost.messages:4} messages, {cost.trips:3} trips")


if __name__ == "__main__":
    main()
