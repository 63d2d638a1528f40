"""What two machines measure together: the same steps on both sides, and the same findings."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise
from typing import Any

from spool_layout import folders
from spool_layout.errors import FormatError
from spool_layout.probe_record import Figure, Finding, Mark, finding_document
from wamspool.errors import Exists
from wamspool.probe.duel import Duel
from wamspool.probe.ground import Effort, Ground
from wamspool.probe.meeting import CLIENT, NODE, Meeting
from wamspool.probe.promises import (
    MOVES_SHARE,
    check_rights,
    judge_contended_move,
    judge_create,
    judge_door,
)
from wamspool.probe.race import Raced
from wamspool.probe.sight import (
    FEW,
    LOCK_S,
    SOON_S,
    judge_content,
    judge_listing,
    judge_locks,
    judge_notify,
    names_in,
    reads,
    rounded,
)
from wamspool.probe.surroundings import OFFSET_S, check_clock
from wamspool.probe.timing import spoken, wait_until

QUICK_PAUSE_S = 0.005
BOTH_WAYS = (CLIENT, NODE)


@dataclass
class Together:
    """One side's part. ``between`` names both machines for the sentences.

    ``ahead_s`` is how far the node's monotonic clock is ahead of the client's: learned by the
    first step, needed by those that measure delays.
    """

    meeting: Meeting
    effort: Effort
    between: str
    ahead_s: float = 0.0
    findings: list[Finding] = field(default_factory=list)

    def run(self, begins: Callable[[str], None] = lambda _: None) -> list[Finding]:
        """All findings. Raises PartnerSilent when the other side does not come along."""
        for step in (
            self._rights,
            self._listing,
            self._door,
            self._create,
            self._contended_move,
            self._content,
            self._locks,
            self._notify,
            self._clock,
        ):
            begins(step.__name__.strip("_").replace("_", "-"))
            self.findings.append(step())
        # The client clears the place away: not before the node has heard all of it.
        if self._is_client:
            self.meeting.hear("done")
        else:
            self.meeting.say("done")
        return self.findings

    # ------------------------------------------------------------------ ground to stand on

    @property
    def _is_client(self) -> bool:
        return self.meeting.side == CLIENT

    def _place(self, step: str) -> str:
        """A folder for the step, which the client has made before either goes on."""
        path = f"{self.meeting.folder}/{step}"
        if self._is_client:
            self.meeting.share.make_folder(path)
        self.meeting.exchange(f"{step}-place")
        return path

    def _ground(self) -> Ground:
        """This machine's own, for the checks that each does by itself."""
        folder = f"{self.meeting.folder}/{self.meeting.side}-alone"
        with suppress(Exists):
            self.meeting.share.make_folder(folder)
        share = self.meeting.share
        in_use = tuple(one for one in folders.ALL if one != folders.DOCTOR)
        return Ground((share, share), self.meeting.clock, folder, self.effort, in_use)

    def _now_s(self) -> float:
        """A moment on the client's clock, whichever side asks."""
        return self.meeting.clock.monotonic_s() - (0.0 if self._is_client else self.ahead_s)

    # ------------------------------------------------------------------ steps

    def _rights(self) -> Finding:
        mine = check_rights(self._ground())
        theirs = _finding(self.meeting.exchange("rights", finding_document(mine)))
        by_side = {self.meeting.side: mine, self.meeting.others: theirs}
        failed = {side: one for side, one in by_side.items() if one.mark is not Mark.OK}
        if not failed:
            return replace(
                mine, sentence=f"Both accounts may do all that WAM does: {self.between}."
            )
        said = " ".join(f"The {side}: {one.sentence}" for side, one in sorted(failed.items()))
        return replace(next(iter(failed.values())), sentence=said)

    def _listing(self) -> Finding:
        place, share = self._place("listing"), self.meeting.share
        stamps: list[tuple[float, float]] = []
        for number in range(self.effort.repeats):
            mine, theirs = f"{self.meeting.side}{number}", f"{self.meeting.others}{number}"
            if self._is_client:
                share.create(f"{place}/{mine}", b"")
                made_s = self.meeting.clock.monotonic_s()
                stamps.append((made_s, self._seen_s(place, theirs)))
            else:
                seen_s = self._seen_s(place, theirs)
                share.create(f"{place}/{mine}", b"")
                stamps.append((seen_s, self.meeting.clock.monotonic_s()))
        theirs_s = _pairs(self.meeting.exchange("listing-stamps", stamps))
        at_client, at_node = (stamps, theirs_s) if self._is_client else (theirs_s, stamps)
        out = [seen - made for (made, _), (seen, _) in zip(at_client, at_node, strict=True)]
        back = [seen - made for (_, seen), (_, made) in zip(at_client, at_node, strict=True)]
        fastest = min(range(len(out)), key=lambda n: out[n] + back[n])
        self.ahead_s = (out[fastest] - back[fastest]) / 2
        to_node = [max(0.0, delay - self.ahead_s) for delay in out]
        to_client = [max(0.0, delay + self.ahead_s) for delay in back]
        finding = judge_listing([*to_node, *to_client], 0.0, between=self.between)
        figures: dict[str, Figure] = {
            "to_node_worst_s": round(max(to_node), 4),
            "to_client_worst_s": round(max(to_client), 4),
            "unsure_s": round(max(0.0, out[fastest] + back[fastest]) / 2, 4),
        }
        return replace(finding, figures={**finding.figures, **figures})

    def _seen_s(self, place: str, name: str) -> float:
        """When the name was listed first. One that never is ends the meeting."""
        found_s = wait_until(
            self.meeting.clock,
            lambda: name in names_in(self.meeting.share, place),
            patience_s=self.effort.patience_s,
            pause_s=QUICK_PAUSE_S,
        )
        if found_s is None:
            self.meeting.hear(name)  # says why the other is silent, and for how long
        return self.meeting.clock.monotonic_s()

    def _door(self) -> Finding:
        place = self._place("door")
        raced = self._race(
            "door",
            self.effort.rounds,
            lambda round_: self.meeting.share.make_folder(f"{place}/{round_}"),
        )
        finding = judge_door(raced, 2, whose="machines")
        firsts = [next(iter(won)) for won in raced.winners if len(won) == 1]
        changes = sum(a != b for a, b in pairwise(firsts))
        figures: dict[str, Figure] = {
            "client_won": firsts.count(0),
            "node_won": firsts.count(1),
            "lead_changes": changes,
        }
        sentence = finding.sentence
        if finding.mark is Mark.OK and not changes:
            sentence += " One of them was first each time: there was little contention."
        return replace(finding, sentence=sentence, figures={**finding.figures, **figures})

    def _create(self) -> Finding:
        place = self._place("create")
        raced = self._race(
            "create",
            self.effort.rounds // 2,
            lambda round_: self.meeting.share.create(
                f"{place}/{round_}", self.meeting.side.encode()
            ),
        )
        return judge_create(raced, 2, whose="machines")

    def _contended_move(self) -> Finding:
        place, total = self._place("move"), max(1, self.effort.rounds // MOVES_SHARE)
        if self._is_client:
            for round_ in range(total):
                self.meeting.share.create(f"{place}/s{round_}", b"")
        raced = self._race(
            "move",
            total,
            lambda round_: self.meeting.share.move(
                f"{place}/s{round_}", f"{place}/t{round_}-{self.meeting.side}"
            ),
        )
        names = [
            name.partition("-")[0].lstrip("st") for name in names_in(self.meeting.share, place)
        ]
        astray = sum(names.count(str(round_)) != 1 for round_ in range(total))
        return judge_contended_move(raced, astray, whose="machines")

    def _race(self, step: str, rounds: int, attempt: Callable[[int], None]) -> Raced:
        return Duel(self.meeting, 0.0 if self._is_client else self.ahead_s).run(
            step, rounds, attempt
        )

    def _content(self) -> Finding:
        delays = [delay for writer in BOTH_WAYS for delay in self._content_of(writer)]
        return judge_content(delays, self.effort.patience_s, between=self.between)

    def _content_of(self, writer: str) -> list[float | None]:
        share, path = self.meeting.share, f"{self.meeting.folder}/value-{writer}"
        writes, delays = self.meeting.side == writer, []
        if writes:
            share.create(path, b"0")
        for number in range(1, FEW + 1):
            value, step = str(number).encode(), f"content-{writer}-{number}"
            self.meeting.exchange(f"{step}-ready")
            if not writes:
                share.read(path)
            self.meeting.exchange(f"{step}-read")
            at_s: float | None
            if writes:
                share.replace(path, value)
                at_s = self._now_s()
            else:
                at_s = self._first_s(partial(reads, share, path, value), self.effort.patience_s)
            delays.append(self._delay_s(at_s, self.meeting.exchange(step, at_s), made_here=writes))
        return delays

    def _first_s(self, is_so: Callable[[], bool], patience_s: float) -> float | None:
        seen = wait_until(self.meeting.clock, is_so, patience_s=patience_s, pause_s=QUICK_PAUSE_S)
        return None if seen is None else self._now_s()

    @staticmethod
    def _delay_s(mine: float | None, theirs: float | None, *, made_here: bool) -> float | None:
        if mine is None or theirs is None:
            return None
        return max(0.0, theirs - mine if made_here else mine - theirs)

    def _locks(self) -> Finding:
        seen = [self._lock_of(holder) for holder in BOTH_WAYS]
        return judge_locks(
            held=all(one["held"] for one in seen),
            both=any(one["both"] for one in seen),
            freed=all(one["freed"] for one in seen),
            between=self.between,
        )

    def _lock_of(self, holder: str) -> dict[str, bool]:
        share, exchange = self.meeting.share, self.meeting.exchange
        path, step = f"{self.meeting.folder}/{holder}.lock", f"locks-{holder}"
        if self.meeting.side == holder:
            with share.lock(path, timeout_s=LOCK_S) as held:
                exchange(f"{step}-held", held)
                both = bool(exchange(f"{step}-tried"))
            exchange(f"{step}-free")
            return {"held": held, "both": held and both, "freed": bool(exchange(f"{step}-end"))}
        held = bool(exchange(f"{step}-held"))
        with share.lock(path, timeout_s=LOCK_S) as mine:
            exchange(f"{step}-tried", mine)
        exchange(f"{step}-free")
        with share.lock(path, timeout_s=1.0) as freed:
            exchange(f"{step}-end", freed)
        return {"held": held, "both": held and mine, "freed": freed}

    def _notify(self) -> Finding:
        heard = {f"by_{watcher}_s": rounded(self._notified_s(watcher)) for watcher in BOTH_WAYS}
        return judge_notify(heard, between=self.between)

    def _notified_s(self, watcher: str) -> float | None:
        place, step = self._place(f"notify-{watcher}"), f"notify-{watcher}"
        if self.meeting.side != watcher:
            self.meeting.exchange(f"{step}-ready")
            self.meeting.share.create(f"{place}/news", b"")
            at_s = self._now_s()
            return self._delay_s(at_s, self.meeting.exchange(step, at_s), made_here=True)
        told: list[str] = []
        watch = self.meeting.share.watch((place,), told.append)
        try:
            self.meeting.exchange(f"{step}-ready")
            heard_s = self._first_s(lambda: bool(told), SOON_S) if watch else None
        finally:
            if watch:
                watch.stop()
        return self._delay_s(heard_s, self.meeting.exchange(step, heard_s), made_here=False)

    def _clock(self) -> Finding:
        mine = check_clock(self._ground())
        utc_s = self.meeting.clock.utc_now().timestamp() - self._now_s()
        said = {"finding": finding_document(mine), "utc_s": utc_s}
        heard = self.meeting.exchange("clock", said)
        theirs, their_utc_s = _finding(heard["finding"]), float(heard["utc_s"])
        by_side = {self.meeting.side: mine, self.meeting.others: theirs}
        apart_s = (utc_s - their_utc_s) * (-1 if self._is_client else 1)
        figures: dict[str, Figure] = {"node_ahead_s": round(apart_s, 4)}
        for side, one in by_side.items():
            figures |= {f"{side}_{name}": value for name, value in one.figures.items()}
        limited = [one for one in by_side.values() if one.mark is not Mark.OK]
        if limited or abs(apart_s) > OFFSET_S:
            said_of = " ".join(f"The {side}: {one.sentence}" for side, one in by_side.items())
            sentence = f"The two machines' clocks are {spoken(apart_s)} apart. {said_of}"
            return Finding("clock", Mark.LIMITED, sentence, "Let all keep time by NTP.", figures)
        sentence = (
            f"The clocks of {self.between} are {spoken(apart_s)} apart, and near the share's."
        )
        return Finding("clock", Mark.OK, sentence, figures=figures)


def _finding(said: Any) -> Finding:  # noqa: ANN401 - what the other side has written
    try:
        mark = Mark(said["mark"])
        return Finding(
            str(said["check"]),
            mark,
            str(said["sentence"]),
            str(said["cure"]),
            dict(said["figures"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise FormatError(f"the other machine's finding cannot be read: {error}") from None


def _pairs(said: Any) -> list[tuple[float, float]]:  # noqa: ANN401 - what the other side has written
    try:
        return [(float(first), float(second)) for first, second in said]
    except (TypeError, ValueError) as error:
        raise FormatError(f"the other machine's times cannot be read: {error}") from None
