"""How soon, and how truly, one client sees what another does."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

from spool_layout.probe_record import Figure, Finding, Mark
from wamspool.errors import Busy, Denied, Gone, ShareError
from wamspool.probe.ground import Ground
from wamspool.probe.sentences import MUST_NOT
from wamspool.probe.timing import median_s, spoken, wait_until
from wamspool.share import CHUNK_BYTES, Settled, Share

SOON_S = 2.0
FEW = 3
LOCK_S = 0.3
PIECES = 4

ONE_MACHINE = "clients of this machine, which may share what they remember"


def names_in(share: Share, folder: str) -> set[str]:
    """The names in the folder, as this client sees it now."""
    return {entry.name for entry in share.list(folder)}


def check_listing(ground: Ground) -> Finding:
    """After what time a listing shows that another client has made or removed a file."""
    place = ground.place("listing")
    delays: list[float | None] = []
    mine, other, patience_s = ground.mine, ground.other, ground.effort.patience_s
    for number in range(ground.effort.repeats):
        path, name = f"{place}/{number}", str(number)
        other.list(place)  # whatever is remembered of a listing is remembered now
        mine.create(path, b"")
        delays.append(_until(ground, partial(_lists, other, place, name), patience_s))
        mine.remove(path)
        delays.append(_until(ground, partial(_omits, other, place, name), patience_s))
        if None in delays:
            break
    return judge_listing(delays, patience_s, between=ONE_MACHINE)


def _lists(share: Share, folder: str, name: str) -> bool:
    return name in names_in(share, folder)


def _omits(share: Share, folder: str, name: str) -> bool:
    return name not in names_in(share, folder)


def reads(share: Share, path: str, value: bytes) -> bool:
    """Whether this client reads this value there now."""
    return share.read(path) == value


def _until(ground: Ground, is_so: Callable[[], bool], patience_s: float) -> float | None:
    return wait_until(ground.clock, is_so, patience_s=patience_s)


def judge_listing(delays: list[float | None], patience_s: float, *, between: str) -> Finding:
    """What delays of listings mean; None stands for a change that was never seen."""
    seen = [delay for delay in delays if delay is not None]
    figures: dict[str, Figure] = {
        "median_s": round(median_s(seen), 4),
        "worst_s": round(max(seen), 4) if seen else None,
        "never_seen": len(delays) - len(seen),
    }
    if len(seen) < len(delays):
        return Finding(
            "listing",
            Mark.FAILED,
            f"A listing did not show another's change within {spoken(patience_s)}: {MUST_NOT} Nodes "
            "would take each other for dead, and see no jobs.",
            cure="Mount the share without caching of folders (NFS: lookupcache=none; CIFS: "
            "actimeo=1 or less), or reach it by its address.",
            figures=figures,
        )
    worst_s = max(seen, default=0.0)
    said = f"Listings showed another's change after {spoken(worst_s)} at most, between {between}"
    if worst_s > SOON_S:
        return Finding(
            "listing",
            Mark.LIMITED,
            f"{said}: jobs start later by as much, and leases must be much longer.",
            cure="Mount the share with less caching of folders, or set a 'lease' in spool.yaml of "
            "ten times as long.",
            figures=figures,
        )
    return Finding("listing", Mark.OK, f"{said}; nodes poll anyway.", figures=figures)


def check_content(ground: Ground) -> Finding:
    """After what time one who reads a file again and again sees that another has replaced it."""
    place = ground.place("content")
    delays: list[float | None] = []
    mine, other, patience_s = ground.mine, ground.other, ground.effort.patience_s
    path = f"{place}/value"
    mine.create(path, b"0")
    for number in range(1, FEW + 1):
        value = str(number).encode()
        other.read(path)
        mine.replace(path, value)
        delays.append(_until(ground, partial(reads, other, path, value), patience_s))
        if None in delays:
            break
    return judge_content(delays, patience_s, between=ONE_MACHINE)


def judge_content(delays: list[float | None], patience_s: float, *, between: str) -> Finding:
    """What delays of contents mean; nothing that decides is ever replaced."""
    seen = [delay for delay in delays if delay is not None]
    figures: dict[str, Figure] = {
        "median_s": round(median_s(seen), 4),
        "worst_s": round(max(seen), 4) if seen else None,
        "never_seen": len(delays) - len(seen),
    }
    worst_s = max(seen, default=0.0)
    if len(seen) == len(delays) and worst_s <= SOON_S:
        sentence = (
            f"A replaced file was read anew after {spoken(worst_s)} at most, between {between}."
        )
        return Finding("content", Mark.OK, sentence, figures=figures)
    after = (
        f"only after {spoken(worst_s)}"
        if len(seen) == len(delays)
        else f"not within {spoken(patience_s)}"
    )
    return Finding(
        "content",
        Mark.LIMITED,
        f"One who reads a file again and again sees its replacement {after}: what a job shows while "
        "it runs lags behind. States do not: they are in names.",
        cure="On CIFS mounts, closetimeo=0 or nolease helps.",
        figures=figures,
    )


def check_lookups(ground: Ground) -> Finding:
    """How long a name that was looked up before stays wrong: missing, though it is there now; or
    there, though it was moved away. A listing just before would cure it: none is made here.
    """
    place, mine, other = ground.place("lookups"), ground.mine, ground.other
    patience_s = ground.effort.patience_s
    _is_there(other, f"{place}/late")
    mine.create(f"{place}/late", b"")
    appears_s = _until(ground, lambda: _is_there(other, f"{place}/late"), patience_s)
    mine.create(f"{place}/early", b"")
    _is_there(other, f"{place}/early")
    mine.move(f"{place}/early", f"{place}/moved")
    goes_s = _until(ground, lambda: not _is_there(other, f"{place}/early"), patience_s)
    figures: dict[str, Figure] = {"appears_s": rounded(appears_s), "goes_s": rounded(goes_s)}
    delays = [patience_s if delay is None else delay for delay in (appears_s, goes_s)]
    if max(delays) > SOON_S:
        never = None in {appears_s, goes_s}
        for_s = f"longer than {spoken(patience_s)}" if never else spoken(max(delays))
        return Finding(
            "lookups",
            Mark.LIMITED,
            f"A name that was looked up stays as it was for {for_s}, unless its folder is listed "
            "before; WAM lists.",
            cure="On NFS mounts, lookupcache=none spares that.",
            figures=figures,
        )
    sentence = f"A name is looked up rightly after {spoken(max(delays))}, between {ONE_MACHINE}."
    return Finding("lookups", Mark.OK, sentence, figures=figures)


def rounded(delay_s: float | None) -> float | None:
    """To a tenth of a millisecond: what is finer is chance."""
    return None if delay_s is None else round(delay_s, 4)


def _is_there(share: Share, path: str) -> bool:
    try:
        share.examine(path)
    except Gone:
        return False
    return True


def check_locks(ground: Ground) -> Finding:
    """Whether a lock that one client holds keeps another out, and lets it in afterwards."""
    path = f"{ground.place('locks')}/a.lock"
    with (
        ground.mine.lock(path, timeout_s=LOCK_S) as held,
        ground.other.lock(path, timeout_s=LOCK_S) as theirs,
    ):
        both = held and theirs
    with ground.other.lock(path, timeout_s=1.0) as theirs:
        freed = theirs
    return judge_locks(held=held, both=both, freed=freed, between="clients of this machine")


def judge_locks(*, held: bool, both: bool, freed: bool, between: str) -> Finding:
    """What was seen of a lock. It is a hint: nothing fails for it."""
    figures: dict[str, Figure] = {"held": held, "both": both, "freed": freed}
    if held and freed and not both:
        sentence = f"A lock keeps others out, and lets them in afterwards, between {between}."
        return Finding("locks", Mark.OK, sentence, figures=figures)
    what = (
        f"A lock did not keep others out, between {between}"
        if both
        else "A lock could not be had at all"
        if not held
        else "A lock that was given back was not free within a second"
    )
    return Finding(
        "locks",
        Mark.LIMITED,
        f"{what}: nodes run into each other's doors more often. Nothing depends on it but speed.",
        cure="Nothing need be done. NFS: see that the lock service runs; CIFS: mount without nobrl.",
        figures=figures,
    )


def check_notify(ground: Ground) -> Finding:
    """Whether, and how soon, the share tells of a change, one's own and another client's."""
    place = ground.place("notify")
    told: list[str] = []
    watch = ground.mine.watch((place,), told.append)
    heard: dict[str, float | None] = {"own_s": None, "foreign_s": None}
    if watch is not None:
        try:
            for which, share in (("own_s", ground.mine), ("foreign_s", ground.other)):
                told.clear()
                share.create(f"{place}/{which}", b"")
                heard[which] = rounded(_until(ground, lambda: bool(told), SOON_S))
                _until(ground, lambda: False, 0.1)  # what comes late belongs to this one
        finally:
            watch.stop()
    return judge_notify(heard, between="clients of this machine")


def judge_notify(heard: dict[str, float | None], *, between: str) -> Finding:
    """``heard``: by whose change, after what time; None for never."""
    unheard = [which for which, after_s in heard.items() if after_s is None]
    if not unheard:
        worst_s = max(after_s or 0.0 for after_s in heard.values())
        sentence = f"Changes are told of after {spoken(worst_s)}, between {between}."
        return Finding("notify", Mark.OK, sentence, figures=heard)
    whose = "Changes" if len(unheard) == len(heard) else "Some changes"
    return Finding(
        "notify",
        Mark.LIMITED,
        f"{whose} are not told of, between {between}: nodes find jobs by polling, a second or so "
        "later.",
        cure="Nothing need be done; --poll of wam-node sets how often a node looks.",
        figures=heard,
    )


def check_writers(ground: Ground) -> Finding:
    """Whether the share knows that a file is still being written, and that its writer is done."""
    place = ground.place("writers")
    seen: list[Settled | None] = []

    def held_open(pieces: Iterator[bytes]) -> Iterator[bytes]:
        yield from pieces
        for _ in range(PIECES):  # so many that no share keeps them back to write them at once
            yield bytes(CHUNK_BYTES)
            if seen[-1:] != [Settled.WRITING]:
                seen.append(_state_of_unfinished(ground.other, place))

    # Any file of this machine serves as one that is being copied: this one is surely there.
    ground.mine.copy_in(Path(__file__), f"{place}/copied", transform=held_open)
    writing = next((state for state in reversed(seen) if state is not None), None)
    after = ground.other.settled(f"{place}/copied")
    figures: dict[str, Figure] = {"while_written": writing and str(writing), "after": str(after)}
    if after is Settled.WRITING or writing is Settled.CLOSED:
        return Finding(
            "writers",
            Mark.LIMITED,
            f"The share says of a file that is being written that it is {writing or 'unseen'}, and "
            f"of one that is finished that it is {after}: drops are taken by quiet time and by what "
            "their text says.",
            cure="Copy decks under another suffix and rename them, or use 'wam ticket'.",
            figures=figures,
        )
    if writing is None and after is Settled.CLOSED:
        sentence = (
            "The share tells when a file's writer is done; an open writer was not to be seen."
        )
        return Finding("writers", Mark.OK, sentence, figures=figures)
    if writing is Settled.WRITING:
        sentence = "The share knows whether a dropped file is still being written."
        return Finding("writers", Mark.OK, sentence, figures=figures)
    return Finding(
        "writers",
        Mark.OK,
        "The share cannot tell whether a dropped file is still being written: it is taken once it "
        "has been quiet for the spool's 'quiet' time.",
        figures=figures,
    )


def _state_of_unfinished(share: Share, place: str) -> Settled | None:
    for entry in share.list(place):
        with suppress(Gone):
            try:
                return share.settled(f"{place}/{entry.name}")
            except (Busy, Denied):  # the writer's handle keeps others out: that tells it as well
                return Settled.WRITING
    return None


def check_append(ground: Ground) -> Finding:
    """That what one writer appends stands there whole, in order, for another to read."""
    path = f"{ground.place('append')}/log"
    lines = [b"line %d\n" % number for number in range(ground.effort.repeats)]
    for line in lines:
        ground.mine.append(path, line)
    read = b""
    with suppress(ShareError):
        read = ground.other.read(path)
    if read != b"".join(lines):
        return Finding(
            "append",
            Mark.FAILED,
            f"Of {len(lines)} lines that were appended others read {len(read.splitlines())}, or "
            f"others: {MUST_NOT} Journals, and what is shown of runs, would be wrong.",
            cure="Look for a share or server that caches writes, or is full.",
            figures={"lines": len(lines), "read": len(read.splitlines())},
        )
    sentence = "What is appended stands there whole, for others too."
    return Finding("append", Mark.OK, sentence, figures={"lines": len(lines), "read": len(lines)})
