"""Several clients, each on a thread of its own, do the same thing at the same moment."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from wamspool.errors import Exists, Gone, ShareError, Unreachable
from wamspool.probe.ground import Ground
from wamspool.share import Share

STUCK_S = 120.0

Attempt = Callable[[Share, int, int], None]  # client, round, number of the client


@dataclass(frozen=True, slots=True)
class Raced:
    """Who was told of success in each round; ``unclear`` counts answers that said neither."""

    winners: tuple[frozenset[int], ...]
    unclear: int

    @property
    def double(self) -> int:
        """Rounds in which two or more were told that they had succeeded."""
        return sum(len(won) > 1 for won in self.winners)

    @property
    def nobody(self) -> int:
        """Rounds in which all were told that another had been first."""
        return sum(not won for won in self.winners)


def race(ground: Ground, rounds: int, attempt: Attempt) -> Raced:
    """All clients make the attempt in each round, starting together.

    Exists and Gone mean that another was first. Raises Unreachable when a client hangs.
    """
    count = len(ground.clients)
    start = threading.Barrier(count)
    winners: list[set[int]] = [set() for _ in range(rounds)]

    def run(number: int) -> int:
        unclear = 0
        try:
            for round_ in range(rounds):
                start.wait(STUCK_S)
                try:
                    attempt(ground.clients[number], round_, number)
                except (Exists, Gone):
                    continue
                except ShareError:
                    unclear += 1
                else:
                    winners[round_].add(number)
        except BaseException:
            start.abort()  # nobody waits for one who will not come
            raise
        return unclear

    with ThreadPoolExecutor(count, thread_name_prefix="doctor") as pool:
        running = [pool.submit(run, number) for number in range(count)]
        try:
            errors = [one.exception() for one in running]
        except BaseException:
            start.abort()
            raise
    _raise_first(errors, ground.folder)
    unclear = sum(one.result() for one in running)
    return Raced(tuple(frozenset(won) for won in winners), unclear)


def _raise_first(errors: list[BaseException | None], folder: str) -> None:
    raised = [error for error in errors if error is not None]
    for error in raised:
        if not isinstance(error, threading.BrokenBarrierError):
            raise error
    if raised:
        raise Unreachable(folder, "a client did not get on within two minutes")
