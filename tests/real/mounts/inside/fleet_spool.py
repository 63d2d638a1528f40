"""A spool for a fleet, on the server's disk: ``make ROOT``, ``submit ROOT COUNT``, ``audit ROOT``."""

import json
import sys
from pathlib import Path

from tests.real.real_spool import (
    SteppedClock,
    journal_of,
    left_over,
    make_spool,
    open_at,
    outcomes,
    submit_deck,
    sweep_up,
)

DECK = """\
echo "$WAM_CONTROL" >>"$STARTS"
sleep 0.3
echo done >deck.dat
"""
# Longer than the server takes to break what a dead client holds would be kinder; this is shorter.
TIMES = {"heartbeat": 2, "lease": 12, "door_grace": 3}
# The disk of a small guest is its memory: less than a node wants free by default.
ROOM = {"limits": "{scratch_low: 4 MB, share_low: 4 MB}"}
# One host is cut off and another loses its power: a job may meet first the one, then the other.
RETRIES = 2


def make(root: Path) -> None:
    """An empty spool."""
    make_spool(root, **TIMES, **ROOM)
    print("{}")


def submit(root: Path, count: str) -> None:
    """So many jobs are queued; prints their names."""
    spool, deck = open_at(root), root.parent / "deck.inp"
    deck.write_text(DECK)
    tickets = [submit_deck(spool, deck, retries=RETRIES) for _ in range(int(count))]
    print(json.dumps([ticket.job for ticket in tickets]))


def audit(root: Path) -> None:
    """Prints how each job ended, what the journals say, and what is left over once all is swept."""
    ended = {
        job: {"outcome": r.outcome, "node": r.node, "attempt": r.attempt}
        for job, r in outcomes(root).items()
    }
    results = {
        path.parent.name: path.read_text() for path in (root / "done").glob("*/[!.]*/deck.dat")
    }
    sweep_up(open_at(root, SteppedClock()))
    told = {
        "ended": ended,
        "results": results,
        "journal": journal_of(root),
        "left": left_over(root),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    command, root, *more = sys.argv[1:]
    {"make": make, "submit": submit, "audit": audit}[command](Path(root), *more)
