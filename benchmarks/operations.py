"""What one job costs on the share, in operations; each is about one network round trip.

The budget stands here, and ``tests/real/test_operation_budget.py`` holds it.
"""

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
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
"""What a life may ever cost; what it costs now must not grow towards that unseen."""
LIFE_COSTS = {"ticket": 30, "drop": 46}
LONGER_LIFE_COSTS = 3
"""Threads begin and end jobs: when the loop is quicker than they, the journal's lines go in one append
more. And a life of more than a second has one look at the queue more, which is two listings.
"""
IDLE_LOOK_BUDGET = 2
SCRIPT = "true\n"
LOOKS = 4
LIVES = 3

MakeSpool = Callable[[Path], Spool]


def main() -> None:
    """Prints the counts."""
    with tempfile.TemporaryDirectory() as base:
        for what in ("ticket", "drop"):
            life = cheapest_life(Path(base), what)
            counts = ", ".join(f"{verb} {n}" for verb, n in life.most_common())
            print(f"{what:8} whole life {life.total():3} of {LIFE_BUDGET}: {counts}")
        idle = count_idle_look(Path(base) / "idle")
        print(f"an idle look {idle.total():3} of {IDLE_LOOK_BUDGET}: {dict(idle)}")


def _counting_spool(base: Path, make: MakeSpool) -> tuple[Spool, CountingShare]:
    base.mkdir()
    spool = make(base / "spool")
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
        keep_awake=False,  # nobody closes these nodes, and what it starts would be left behind
    )
    node = make_node(str(base / "spool"), settings)
    for handler in node.log.handlers:
        handler.setLevel(100)
    journal = type(node.journal)(spool.share, "bench")
    return Loop(replace(node, spool=spool, journal=journal))


def count_life(
    base: Path,
    *,
    dropped: bool,
    done_before: int = 0,
    make: MakeSpool = new_spool,
    at_begin: Callable[[], None] = lambda: None,
    poll_s: float = 0.0,
) -> Counter[str]:
    """The operations of one job, from its submission to its results, by client and node.

    All is counted, with the looks that find it and the heartbeats that tell of it; not counted
    is what the node does before it begins and while it waits for the solver. ``make`` gives the
    spool of a folder, perhaps as another kind of share sees it; ``at_begin`` is called when
    counting begins. ``poll_s`` is the time between looks, where a drop must rest to settle.
    """
    spool, share = _counting_spool(base, make)
    fill_done(base / "spool", spool, done_before)
    loop = _loop(base, spool)
    loop.begin()
    loop.turn()
    share.counts.clear()
    at_begin()
    _hand_in(base, spool, dropped=dropped)
    while not any((base / "spool" / "done").glob("*/*/outcome.yaml")):
        loop.look_again()
        loop.turn()
        while loop.is_solving() or loop.is_carrying():
            loop.wait_and_turn(30.0)
        time.sleep(poll_s)
    return share.counts


def cheapest_life(base: Path, what: str) -> Counter[str]:
    """The operations of that of some lives, each in a spool of its own, that took the fewest.

    ``what``: a key of ``LIFE_COSTS``.
    """
    lives = (count_life(base / f"{what}-{n}", dropped=what == "drop") for n in range(LIVES))
    return min(lives, key=Counter.total)


def fill_done(folder: Path, spool: Spool, count: int) -> None:
    """So many jobs are done, as far as their folders go."""
    month = folders.month(spool.share.now())
    for number in range(count):
        (folder / folders.done(month, f"old-{number:05}")).mkdir(parents=True)


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
    return min(idle_looks(base), key=Counter.total)


def idle_looks(
    base: Path,
    *,
    make: MakeSpool = new_spool,
    fill: Callable[[Spool], None] = lambda _: None,
) -> Iterator[Counter[str]]:
    """The operations of some looks in a spool filled by ``fill``, each when it has just ended.

    Tickets are read once in a node's life, and some at each look: those looks come before. With
    one look or another a heartbeat may fall due; the cheapest is that of a look alone.
    """
    spool, share = _counting_spool(base, make)
    fill(spool)
    loop = _loop(base, spool)
    loop.begin()
    before = -1
    while share.counts["read"] != before:
        before = share.counts["read"]
        _look(loop)
    for _ in range(LOOKS):
        share.counts.clear()
        _look(loop)
        yield Counter(share.counts)


def _look(loop: Loop) -> None:
    """One look; after a long one a node rests, whatever it is asked."""
    loop.look_again()
    while (rest_s := loop.next_look_in_s()) > 0:
        time.sleep(rest_s)
    loop.turn()


if __name__ == "__main__":
    main()
