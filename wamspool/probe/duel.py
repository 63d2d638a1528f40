"""Two machines do the same thing at the same moment, again and again.

They agree on moments by the client's clock, which the node knows only so well, and calls take
longer on one machine than on the other: so the client, whenever it has won most of a batch, comes
later in the next one, and earlier when it has lost most. Within a batch its moments differ a
little, so that some rounds are as close as they can be. Started by what they hear of each other
alone, one would be first for many rounds on end.
"""

from collections.abc import Callable
from dataclasses import dataclass

from wamspool.errors import Exists, Gone, ShareError
from wamspool.probe.meeting import CLIENT, Meeting
from wamspool.probe.race import Raced

BATCH = 10  # rounds after which both agree on a moment anew
LEAD_S = 0.03  # from the agreement to the first round: both have heard of it by then
SLOT_S = 0.01  # from one round to the next
SPAN_S = 0.004  # by which the client's moments differ within a batch: some calls of a fast share
STRIDE = 3  # through a batch, so that early and late rounds take turns
WAIT_MAX_S = 1.0
LATE_MAX_S = 0.2


@dataclass
class Duel:
    """One side. ``ahead_s`` is how far this machine's clock is ahead of the client's."""

    meeting: Meeting
    ahead_s: float
    late_s: float = 0.0
    step_s: float = SPAN_S / 2

    def run(self, step: str, rounds: int, attempt: Callable[[int], None]) -> Raced:
        """Who was told of success in each round: 0 the client, 1 the node.

        Exists and Gone mean that the other was first.
        """
        won: set[int] = set()
        unclear, start_s = 0, 0.0
        for round_ in range(rounds):
            if round_ % BATCH == 0:
                self._take_aim(sum(r >= round_ - BATCH for r in won), first=round_ == 0)
                start_s = self._agreed_s(f"{step}-{round_}")
            self._wait_for(start_s + self._due_s(round_ % BATCH))
            try:
                attempt(round_)
            except (Exists, Gone):
                continue
            except ShareError:
                unclear += 1
            else:
                won.add(round_)
        return self._compared(step, rounds, won, unclear)

    def _compared(self, step: str, rounds: int, won: set[int], unclear: int) -> Raced:
        said = {"won": sorted(won), "unclear": unclear}
        theirs = self.meeting.exchange(f"{step}-won", said)
        they_won = set(theirs["won"])
        mine, other = (0, 1) if self.meeting.side == CLIENT else (1, 0)
        winners = [
            frozenset(({mine} if r in won else set()) | ({other} if r in they_won else set()))
            for r in range(rounds)
        ]
        return Raced(tuple(winners), unclear + int(theirs["unclear"]))

    def _take_aim(self, won: int, *, first: bool) -> None:
        """Later by a step after a batch that was won, earlier after one that was lost. The step
        grows while it goes one way, and shrinks when it turns.
        """
        if first or self.meeting.side != CLIENT or 2 * won == BATCH:
            return
        turns = (self.step_s > 0) != (2 * won > BATCH)
        self.step_s *= -0.5 if turns else 2.0
        self.late_s = min(max(self.late_s + self.step_s, -LATE_MAX_S), LATE_MAX_S)
        self.step_s = min(max(self.step_s, -LATE_MAX_S), LATE_MAX_S)

    def _due_s(self, number: int) -> float:
        """After the agreed moment, for the round of this number within its batch."""
        if self.meeting.side != CLIENT:
            return number * SLOT_S
        spread_s = (number * STRIDE % BATCH / BATCH - 0.5) * SPAN_S
        return number * SLOT_S + self.late_s + spread_s

    def _now_s(self) -> float:
        return self.meeting.clock.monotonic_s() - self.ahead_s

    def _agreed_s(self, step: str) -> float:
        mine_s = self._now_s()
        return max(mine_s, float(self.meeting.exchange(step, mine_s))) + LEAD_S

    def _wait_for(self, moment_s: float) -> None:
        left_s = moment_s - self._now_s()
        if left_s > 0:
            self.meeting.clock.sleep(min(left_s, WAIT_MAX_S))
