"""What the share tells of itself: clock, owners, names, room."""

import unicodedata
from datetime import UTC, datetime

from spool_layout.names import FILE_NAME_BYTES_MAX
from spool_layout.probe_record import Figure, Finding, Mark
from spool_layout.units import format_size
from wamspool.errors import Gone, ShareError
from wamspool.probe.ground import Ground
from wamspool.probe.sight import names_in
from wamspool.probe.timing import spoken

OFFSET_S = 30.0
RATE_OFF = 0.05
LITTLE_ROOM_BYTES = 1 << 30

Reading = tuple[float, float, float, float]  # monotonic, its uncertainty, share's clock, offset


def check_clock(ground: Ground) -> Finding:
    """The share's clock against this machine's: offset, the offset of files' times, and rate."""
    place = ground.place("clock")
    first = _reading(ground)
    file_offset_s = _file_offset_s(ground, f"{place}/file")
    ground.clock.sleep(ground.effort.clock_s)
    last = _reading(ground)
    passed_s = last[0] - first[0]
    rate = (last[2] - first[2]) / passed_s if passed_s > 0 else 1.0
    unsure = (first[1] + last[1]) / passed_s if passed_s > 0 else 0.0
    figures: dict[str, Figure] = {
        "offset_s": round(last[3], 4),
        "file_offset_s": round(file_offset_s, 4),
        "rate": round(rate, 4),
    }
    worst_s = max(last[3], file_offset_s, key=abs)
    if abs(rate - 1) > RATE_OFF + unsure:
        return Finding(
            "clock",
            Mark.LIMITED,
            f"The share's clock went {rate:.2f} times as fast as this machine's for "
            f"{spoken(passed_s)}: times that people see are wrong. Leases do not go by it.",
            cure="Let the server and the machines keep time by NTP; a virtual machine may be "
            "stopped now and then.",
            figures=figures,
        )
    ahead = "ahead of" if worst_s > 0 else "behind"
    if abs(worst_s) > OFFSET_S:
        return Finding(
            "clock",
            Mark.LIMITED,
            f"The share's clock is {spoken(worst_s)} {ahead} this machine's: jobs that are queued "
            "from here may stand before or behind their turn, and times are shown wrong. Leases do "
            "not go by it.",
            cure="Let both keep time by NTP.",
            figures=figures,
        )
    sentence = f"The share's clock is {spoken(worst_s)} {ahead} this machine's, and goes as fast."
    return Finding("clock", Mark.OK, sentence, figures=figures)


def _reading(ground: Ground) -> Reading:
    before_s = ground.clock.monotonic_s()
    shares = ground.mine.now()
    mine = ground.clock.utc_now()
    after_s = ground.clock.monotonic_s()
    offset_s = (shares - mine).total_seconds()
    return (before_s + after_s) / 2, after_s - before_s, shares.timestamp(), offset_s


def _file_offset_s(ground: Ground, path: str) -> float:
    before = ground.clock.utc_now()
    ground.mine.create(path, b"x")
    after = ground.clock.utc_now()
    written = datetime.fromtimestamp(ground.mine.examine(path).modified_ns / 1e9, UTC)
    return (written - (before + (after - before) / 2)).total_seconds()


def check_owner(ground: Ground) -> Finding:
    """Whether another client can see who has made a file."""
    path = f"{ground.place('owner')}/file"
    ground.mine.create(path, b"")
    owner = ground.other.examine(path).owner
    if not owner or not ground.mine.traits.has_owner:
        return Finding(
            "owner",
            Mark.LIMITED,
            "The share does not tell who has made a file: who asks for something is known only by "
            "what he says of himself, so whoever can write here can end anybody's jobs "
            "(unproven_owners in spool.yaml).",
            cure="Reach the share by an account of your own, not as a guest.",
            figures={"owner": owner},
        )
    is_number = owner.isdigit() or owner.startswith("S-1-")
    as_number = " (a number: the server's accounts are not known here)" if is_number else ""
    sentence = f"Files that this account makes belong to '{owner}'{as_number}, and others see it."
    return Finding("owner", Mark.OK, sentence, figures={"owner": owner})


def check_case(ground: Ground) -> Finding:
    """Whether two names that differ in case are one."""
    place = ground.place("case")
    ground.mine.create(f"{place}/Case.inp", b"")
    try:
        ground.mine.examine(f"{place}/case.INP")
    except Gone:
        sentence = "Upper and lower case are different names here; WAM's own names differ in more."
        return Finding("case", Mark.OK, sentence, figures={"blind": False})
    sentence = (
        "Upper and lower case are one name here; WAM refuses jobs whose files differ only so."
    )
    return Finding("case", Mark.OK, sentence, figures={"blind": True})


def check_names(ground: Ground) -> Finding:
    """Long names, blanks, Unicode in both forms, and a trailing dot: as they come back."""
    place = ground.place("names")
    long = "x" * (FILE_NAME_BYTES_MAX - 4) + ".inp"
    wide = "ü" * ((FILE_NAME_BYTES_MAX - 4) // 2) + ".inp"
    composed = unicodedata.normalize("NFC", "Träger (2).inp")
    decomposed = unicodedata.normalize("NFD", "Brücke.inp")
    told = {
        "long": _comes_back(ground, place, long),
        "long_unicode": _comes_back(ground, place, wide),
        "unicode": _comes_back(ground, place, composed),
        "decomposed": _comes_back(ground, place, decomposed),
        "trailing_dot": _comes_back(ground, place, "dot."),
    }
    figures: dict[str, Figure] = {**told, "bytes": FILE_NAME_BYTES_MAX}
    # WAM itself makes no name with a trailing dot, and takes none.
    changed = [what for what, came in told.items() if came != "kept" and what != "trailing_dot"]
    if changed:
        listed = ", ".join(f"{what.replace('_', ' ')} ({told[what]})" for what in changed)
        return Finding(
            "names",
            Mark.LIMITED,
            f"Not all names that decks may have are kept here: {listed}. Jobs with such files fail "
            "when their inputs are copied.",
            cure="Use short names of plain letters on this share.",
            figures=figures,
        )
    sentence = f"Names of {FILE_NAME_BYTES_MAX} bytes, with blanks and in any Unicode, are kept."
    return Finding("names", Mark.OK, sentence, figures=figures)


def _comes_back(ground: Ground, place: str, name: str) -> str:
    try:
        ground.mine.create(f"{place}/{name}", b"")
    except ShareError:
        return "refused"
    if name in names_in(ground.other, place):
        return "kept"
    try:
        ground.other.examine(f"{place}/{name}")
    except ShareError:
        return "lost"
    return "changed"


def check_space(ground: Ground) -> Finding:
    """How much room the share says it has."""
    free = ground.mine.free_bytes()
    if free is None:
        sentence = "The share does not tell how much room it has; a full one is met when it is met."
        return Finding("space", Mark.UNKNOWN, sentence, figures={"free_bytes": None})
    figures: dict[str, Figure] = {"free_bytes": free}
    if free < LITTLE_ROOM_BYTES:
        return Finding(
            "space",
            Mark.LIMITED,
            f"The share has {format_size(free)} of room left: results may wait to be published.",
            cure="Make room: old results lie in done/, by month.",
            figures=figures,
        )
    sentence = f"The share has {format_size(free)} of room left."
    return Finding("space", Mark.OK, sentence, figures=figures)
