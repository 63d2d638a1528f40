"""Whole calls of ``wam``, as ratios to the bare start of the same interpreter (``-c pass``).

Each round does one of each, so that a busy machine slows all alike. The spool has nodes, a queue,
and done jobs that ought to cost nothing.
"""

import io
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.bench_spool import median, new_spool
from benchmarks.counting import CountingShare
from client_tools import which_spool
from client_tools.app import main as main_of_wam
from spool_layout import folders
from spool_layout.names import TicketName, suffix_from_bytes
from spool_layout.records import (
    JobOnNode,
    JournalEntry,
    NodeStatus,
    OutcomeRecord,
    format_journal_entry,
    format_outcome,
    format_status,
)
from spool_layout.states import Outcome, State
from spool_layout.ticket import Draft, InputFile, Resources, Ticket, format_ticket, format_time
from wamspool.shares.local import LocalShare
from wamspool.spool import Spool
from wamspool.transition import Place

ROUNDS = 20
NODES = 20
QUEUES = (200, 2_000)
DONE = 100_000
DECK = "*NODE\n1, 0., 0.\n*STEP\n*STATIC\n1., 1.\n*END STEP\n"
THEN = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
GOALS = {"wam --help": 6.0, "wam ticket": 6.0, "wam status": 8.0, "wam status 2000": 20.0}


def main(rounds: int = ROUNDS, done: int = DONE) -> None:
    """Prints the table."""
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        deck = base / "deck.inp"
        deck.write_text(DECK)
        spools = [busy_spool(base / f"spool{queued}", queued, done) for queued in QUEUES]
        few, many = (spool.share.location for spool in spools)
        calls = {
            "bare start": ["-c", "pass"],
            "wam --help": [*_WAM, "--help"],
            "wam ticket": [*_WAM, "ticket", str(deck), "--spool", few],
            "wam status": [*_WAM, "status", "--spool", few],
            "wam status 2000": [*_WAM, "status", "--spool", many],
            "wam history": [*_WAM, "history", "--limit", "20", "--spool", few],
            "wam queue": [*_WAM, "queue", "--spool", few],
        }
        times: dict[str, list[float]] = {name: [] for name in calls}
        for _ in range(rounds + 1):
            for name, arguments in calls.items():
                times[name].append(_call_s(arguments))
        for name, spool in zip(("", " 2000"), spools, strict=True):
            print(f"operations of wam status{name}: {_operations(spool, 'status')}")
        print(f"operations of wam history: {_operations(spools[0], 'history')}")
        bare_s = median(times["bare start"][1:])  # the first round writes byte code
        print(
            f"{NODES} nodes, {QUEUES[0]} queued, {done} done; a bare start is {bare_s * 1e3:.1f} ms"
        )
        for name in list(calls)[1:]:
            goal = f"  goal {GOALS[name]:.0f}" if name in GOALS else ""
            print(f"  {name:16} {median(times[name][1:]) / bare_s:6.1f} bare starts{goal}")


_WAM = ["-m", "client_tools"]


def _operations(spool: Spool, command: str) -> str:
    """By kind what a call asks of the share."""
    counting = CountingShare(spool.share)
    opened = which_spool.open_share
    which_spool.open_share = lambda *_, **__: counting  # type: ignore[assignment,return-value]
    try:
        with redirect_stdout(io.StringIO()):
            main_of_wam([command, "--spool", spool.share.location])
    finally:
        which_spool.open_share = opened
    kinds = ", ".join(f"{verb} {count}" for verb, count in counting.counts.most_common())
    return f"{counting.total()} ({kinds})"


def _call_s(arguments: Sequence[str]) -> float:
    # Byte code is kept, as it is where WAM is installed.
    keep = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    begin = time.perf_counter()
    pid = os.posix_spawn(sys.executable, [sys.executable, *arguments], keep, file_actions=quiet)
    status = os.waitpid(pid, 0)[1]
    took_s = time.perf_counter() - begin
    if status:
        raise RuntimeError(f"{' '.join(arguments)} ended with {os.waitstatus_to_exitcode(status)}")
    return took_s


def busy_spool(folder: Path, queued: int, done: int, *, recent: int = 50) -> Spool:
    """A spool with nodes that all run something, and so many jobs; of the done ones the last
    ``recent`` have their tickets and outcomes, the others are folders.
    """
    spool = new_spool(folder, durable=False)
    now = spool.clock.utc_now()
    for number in range(NODES):
        _put_node(spool, f"node{number:02}", now)
    for number in range(queued):
        _put_ticket(spool, _ticket("plate", number, submitted=now + timedelta(milliseconds=number)))
    put_done(spool, done, recent=recent)
    return spool


def _job(stem: str, number: int) -> str:
    return f"{stem}-{suffix_from_bytes((number * 0x9E3779B97F4A7C15 % 2**64).to_bytes(8))}"


def _ticket(stem: str, number: int, *, submitted: datetime) -> Ticket:
    draft = Draft("deck.inp", solver="calculix")
    draft = replace(draft, resources=Resources(cpus=2 + number % 3, walltime_s=3600.0))
    job = _job(stem, number)
    return Ticket(job, draft, submitted, "jo", (InputFile("deck.inp", "deck.inp", 60, "0" * 64),))


def _put_ticket(spool: Spool, ticket: Ticket, state: State = State.QUEUED, node: str = "") -> None:
    name = ticket.first_name
    if node:
        name = TicketName(name.priority, name.stamp, name.job, 1, 1, node)
    spool.share.create(Place(state, name).path, format_ticket(ticket).encode())


def _put_node(spool: Spool, node: str, now: datetime) -> None:
    began = now - timedelta(minutes=10)
    ticket = _ticket("solve", int(node[-2:]), submitted=began)
    _put_ticket(spool, ticket, State.RUNNING, node)
    job = JobOnNode(
        ticket.job, 1, "solving", attempt=1, cpus=4, started=began.isoformat(), percent=40.0,
        step=1, steps=2, increments=12, cutbacks=1, name="solve", owner="jo",
    )  # fmt: skip
    status = NodeStatus(
        node=node, state="up", version="1", cpus=8, cpus_free=4, memory_bytes=64 << 30,
        memory_free_bytes=60 << 30, solvers=("calculix",), jobs=(job,),
    )  # fmt: skip
    spool.share.create(folders.status(node, 7), format_status(status))


def put_done(spool: Spool, done: int, *, recent: int, months: int = 10) -> None:
    """So many done jobs, spread over some months, ``recent`` of the last month readable."""
    root = Path(spool.share.location)
    for index in range(months):
        month = root / folders.done_month(f"2026-{index + 2:02}")
        month.mkdir()
        for number in range(done * index // months, done * (index + 1) // months):
            # Unread folders need no more than their names.
            (month / _job("old", number)).mkdir()
        _note_ends(root, months, index, done)
    share = LocalShare(root, spool.clock, durable=False)
    for number in range(done - min(recent, done), done):
        job = _job("old", number)
        place = folders.done(f"2026-{months + 1:02}", job)
        ticket = replace(_ticket("old", number, submitted=THEN), job=job)
        ended = THEN + timedelta(seconds=60 + number - done)
        outcome = OutcomeRecord(
            job, Outcome.COMPLETED, "completed", "CalculiX computed every step to its end.",
            attempt=1, node="node01", started=THEN, ended=ended, exit_code=0, cpu_s=30.0,
        )  # fmt: skip
        share.create(f"{place}/{folders.TICKET_FILE}", format_ticket(ticket).encode())
        share.create(f"{place}/{folders.OUTCOME_FILE}", format_outcome(outcome).encode())


def _note_ends(root: Path, months: int, index: int, done: int) -> None:
    """The journals of the nodes tell how the month's jobs came to their ends."""
    month = f"2026-{index + 2:02}"
    (root / folders.JOURNAL / month).mkdir()
    first, last = done * index // months, done * (index + 1) // months
    for node in range(NODES):
        by = f"node{node:02}"
        lines = []
        for number in range(first + (node - first) % NODES, last, NODES):
            at = datetime(2026, index + 2, 20, 8, tzinfo=UTC) + timedelta(seconds=number - last)
            for event, detail in (("claim", ""), ("start", ""), ("finish", "completed: completed")):
                entry = JournalEntry(format_time(at), event, _job("old", number), by, 1, 1, detail)
                lines.append(format_journal_entry(entry))
        (root / folders.journal(month, by)).write_bytes(b"".join(lines))


if __name__ == "__main__":
    main()
