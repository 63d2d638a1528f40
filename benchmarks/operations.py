"""What one job costs on the share, in operations; each is about one network round trip.

The budget stands here, and ``tests/real/test_operation_budget.py`` holds it.
"""

import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

from benchmarks.bench_spool import new_spool
from benchmarks.counting import CountingShare
from node_service.loop import Loop
from node_service.settings import NodeSettings
from node_service.wiring import make_node
from spool_layout import folders
from spool_layout.ticket import Draft
from wamspool.gather import Item
from wamspool.spool import Spool
from wamspool.submit import Submission, submit

LIFE_BUDGET = 60
IDLE_LOOK_BUDGET = 2
SCRIPT = "true\n"


def main() -> None:
    """Prints the counts."""
    with tempfile.TemporaryDirectory() as base:
        for what in ("ticket", "drop"):
            life = count_life(Path(base) / what, dropped=what == "drop")
            counts = ", ".join(f"{verb} {n}" for verb, n in life.most_common())
            print(f"{what:8} whole life {life.total():3} of {LIFE_BUDGET}: {counts}")
        idle = count_idle_look(Path(base) / "idle")
        print(f"an idle look {idle.total():3} of {IDLE_LOOK_BUDGET}: {dict(idle)}")


def _counting_spool(base: Path) -> tuple[Spool, CountingShare]:
    base.mkdir()
    spool = new_spool(base / "spool")
    share = CountingShare(spool.share)
    doors = type(spool.doors)(share, spool.clock, grace_s=1.0)  # type: ignore[arg-type]
    return replace(spool, share=share, doors=doors), share  # type: ignore[arg-type]


def _loop(base: Path, spool: Spool) -> Loop:
    settings = NodeSettings(
        name="bench",
        scratch=base / "scratch",
        cpus=1,
        memory_bytes=1 << 30,
        programs={"command": "/bin/sh"},
        events=False,
        poll_s=1000.0,
    )
    node = make_node(str(base / "spool"), settings, verbose=False)
    for handler in node.log.handlers:
        handler.setLevel(100)
    journal = type(node.journal)(spool.share, "bench")
    return Loop(replace(node, spool=spool, journal=journal))


def count_life(base: Path, *, dropped: bool, done_before: int = 0) -> Counter[str]:
    """The operations of one job, from its submission to its results, by client and node.

    All is counted, with the looks that find it and the heartbeats that tell of it; not counted
    is what the node does before it begins and while it waits for the solver.
    """
    spool, share = _counting_spool(base)
    for number in range(done_before):
        month = folders.month(spool.share.now())
        (base / "spool" / folders.done(month, f"old-{number:05}")).mkdir(parents=True)
    loop = _loop(base, spool)
    loop.begin()
    loop.turn()
    share.counts.clear()
    _hand_in(base, spool, dropped=dropped)
    while not any((base / "spool" / "done").glob("*/*/outcome.yaml")):
        loop.look_again()
        loop.turn()
        while loop.is_solving():
            loop.wait_and_turn(30.0)
    return share.counts


def _hand_in(base: Path, spool: Spool, *, dropped: bool) -> None:
    if dropped:
        deck = "** WAM: solver=command\n*STEP\n*STATIC\n*END STEP\n"
        (base / "spool" / "incoming" / "job.inp").write_text(deck)
        return
    source = base / "mine"
    source.mkdir()
    (source / "job.sh").write_text(SCRIPT)
    draft = Draft(input="job.sh", solver="command")
    submit(spool, Submission(draft, source, (Item("job.sh", "job.sh"),), "me"))


def count_idle_look(base: Path) -> Counter[str]:
    """The operations of one look of a node with nothing to do."""
    spool, share = _counting_spool(base)
    loop = _loop(base, spool)
    loop.begin()
    loop.turn()
    share.counts.clear()
    loop.look_again()
    loop.turn()
    return share.counts


if __name__ == "__main__":
    main()
