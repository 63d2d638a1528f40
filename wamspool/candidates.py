"""In which order one node tries the waiting tickets, so that many nodes do not all try the same.

The queue's order is kept between priorities, and roughly within one (and among what ageing has
brought near each other): names are taken in blocks, in the queue's order, and each node begins with its own share of a block: every n-th by a number that
all compute alike, then its neighbour's share, and so on. Orders that were merely different met on
every second ticket, once eight nodes had eaten into a block. A node that is alone keeps the queue's
order strictly. A ticket that another node was quicker to claim costs one refused door,
far less than a listing; but where it happens three times in a row, others are at work in that
block, and what is left of it can wait for the next listing, at whose head it will lie.

One listing serves for many claims: what it costs grows with the queue, a claim must not.
"""

import zlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

from spool_layout.names import TicketName
from wamspool.ageing import turn_of

BLOCK_A_NODE: Final = 8
MISSES_MAX: Final = 3
NEAR: Final = 0.25
"""Tickets of two priorities whose turns differ by less than this part of the ageing may be tried
in any order."""


class Candidates:
    """The tickets of the last listing that this node has not tried since."""

    def __init__(self, node: str, *, ageing_s: float | None = None) -> None:
        self._node = node
        self._ageing_s = ageing_s
        self._waiting: Collection[TicketName] = ()
        self._blocks: Iterator[list[TicketName]] = iter(())
        self._drawn: dict[TicketName, None] = {}
        self._block: list[TicketName] = []
        self._misses = 0
        self._has_missed = False

    def look(self, waiting: Collection[TicketName], *, nodes: Sequence[str]) -> bool:
        """A new listing: all that wait may be tried, in an order beside these nodes.

        False: it is the same as the last one, and those that were not tried yet go on being tried.
        """
        if waiting is self._waiting and not self._has_missed:
            return False
        self._waiting = waiting
        self._blocks = blocks(waiting, self._node, nodes=nodes, ageing_s=self._ageing_s)
        self._drawn, self._block = {}, []
        self._misses, self._has_missed = 0, False
        return True

    def __iter__(self) -> Iterator[TicketName]:
        """Those that may be tried now; what is neither claimed nor missed comes again."""
        yield from self._still_to_try(list(self._drawn))
        for block in self._blocks:
            self._block, self._misses = block, 0
            self._drawn.update(dict.fromkeys(block))
            yield from self._still_to_try(block)

    def _still_to_try(self, names: list[TicketName]) -> Iterator[TicketName]:
        """A miss while they are gone through may have taken out the rest."""
        return (name for name in names if name in self._drawn)

    def note_claimed(self, name: TicketName) -> None:
        """The ticket is this node's."""
        self._drawn.pop(name, None)
        self._misses = 0

    def note_missed(self, name: TicketName) -> None:
        """Another was quicker: the ticket is left alone until the next listing."""
        self._has_missed = True
        self._drawn.pop(name, None)
        self._misses += 1
        if self._misses >= MISSES_MAX:
            for worn in self._block:
                self._drawn.pop(worn, None)


def blocks(
    waiting: Iterable[TicketName],
    node: str,
    *,
    nodes: Sequence[str],
    ageing_s: float | None = None,
) -> Iterator[list[TicketName]]:
    """The names in blocks, each in the order of this node. None mixes priorities, but those that
    ageing has brought near each other.
    """
    ordered = sorted({*nodes, node})
    count, own = len(ordered), ordered.index(node)
    for block in _cut(waiting, BLOCK_A_NODE * count, ageing_s):
        if count > 1:
            block.sort(key=lambda name: (zlib.crc32(name.job.encode()) - own) % count)
        yield block


def _cut(
    waiting: Iterable[TicketName], size: int, ageing_s: float | None
) -> Iterator[list[TicketName]]:
    block: list[TicketName] = []
    for name in waiting:
        if block and (len(block) == size or _is_far(block[0], name, ageing_s)):
            yield block
            block = []
        block.append(name)
    if block:
        yield block


def _is_far(first: TicketName, name: TicketName, ageing_s: float | None) -> bool:
    if name.priority == first.priority:
        return False
    if ageing_s is None:
        return True
    return turn_of(name, ageing_s)[0] - turn_of(first, ageing_s)[0] > NEAR * ageing_s
