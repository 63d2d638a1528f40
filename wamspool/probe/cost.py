"""What the share costs: the time of each verb, and the speed of large files."""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from spool_layout.probe_record import Figure, Finding, Mark
from spool_layout.units import format_size
from wamspool.errors import CopyDiffers
from wamspool.probe.ground import Ground
from wamspool.probe.sentences import MUST_NOT
from wamspool.probe.timing import median_s, spoken

SLOW_S = 0.25
NODES = 60
LOOK_OPERATIONS = 2  # an idle look, as benchmarks count it
LIFE_OPERATIONS = 40  # a job's whole life, between a ticket's and a drop's


def check_latency(ground: Ground) -> Finding:
    """The median time of each verb, and what that means for polling and for a job."""
    place, share = ground.place("latency"), ground.mine
    durations: dict[str, list[float]] = {}

    def timed(verb: str, act: Callable[[], object]) -> None:
        began_s = ground.clock.monotonic_s()
        act()
        durations.setdefault(verb, []).append(ground.clock.monotonic_s() - began_s)

    for number in range(ground.effort.repeats):
        path = f"{place}/{number}"
        timed("make_folder", partial(share.make_folder, f"{path}d"))
        timed("create", partial(share.create, path, b"x" * 1000))
        timed("list", partial(share.list, place))
        timed("examine", partial(share.examine, path))
        timed("read", partial(share.read, path))
        timed("append", partial(share.append, path, b"x"))
        timed("replace", partial(share.replace, path, b"y" * 1000))
        timed("move", partial(share.move, path, f"{path}m"))
        timed("remove", partial(share.remove, f"{path}m"))
    return _judge_latency({verb: median_s(each) for verb, each in durations.items()})


def _judge_latency(medians_s: dict[str, float]) -> Finding:
    slowest = max(medians_s, key=lambda verb: medians_s[verb])
    one_s = median_s(list(medians_s.values()))
    look_s = LOOK_OPERATIONS * medians_s["list"]
    figures: dict[str, Figure] = {f"{verb}_s": round(s, 5) for verb, s in medians_s.items()}
    figures |= {"look_s": round(look_s, 5), "job_s": round(LIFE_OPERATIONS * one_s, 3)}
    said = (
        f"An operation takes {spoken(one_s)} ({slowest} {spoken(medians_s[slowest])}), a node's look "
        f"{spoken(look_s)}: {NODES} nodes that look each second keep the server busy for "
        f"{min(100.0, NODES * look_s * 100):.0f} % of the time of one client; a job costs about "
        f"{spoken(LIFE_OPERATIONS * one_s)}"
    )
    if medians_s[slowest] > SLOW_S:
        return Finding(
            "latency",
            Mark.LIMITED,
            f"{said}. That is slow.",
            cure="Look for a distant or loaded server; let nodes poll more rarely (--poll).",
            figures=figures,
        )
    return Finding("latency", Mark.OK, f"{said}.", figures=figures)


def check_copy(ground: Ground) -> Finding:
    """The speed of a large file in both directions, and that it comes back as it was written."""
    place, size = ground.place("copy"), ground.effort.big_bytes
    block = ground.clock.random_bytes(1 << 16)
    content = (block * (size // len(block) + 1))[:size]
    expected = hashlib.sha256(content).hexdigest()
    began_s = ground.clock.monotonic_s()
    ground.mine.create(f"{place}/big", content)
    written_s = ground.clock.monotonic_s() - began_s
    copied = None
    with suppress(CopyDiffers):
        copied = ground.other.duplicate(f"{place}/big", f"{place}/again")
    began_s, digest = ground.clock.monotonic_s(), hashlib.sha256()
    for piece in ground.other.chunks(f"{place}/big"):
        digest.update(piece)
    read_s = ground.clock.monotonic_s() - began_s
    figures: dict[str, Figure] = {
        "size_bytes": size,
        "write_bytes_per_s": round(size / written_s) if written_s > 0 else None,
        "read_bytes_per_s": round(size / read_s) if read_s > 0 else None,
    }
    if digest.hexdigest() != expected or copied is None or copied.sha256 != expected:
        return Finding(
            "copy",
            Mark.FAILED,
            f"A file of {format_size(size)} was read back with another content: {MUST_NOT}",
            cure="Look for a faulty disk, network card or memory of the server or this machine.",
            figures=figures,
        )
    speeds = (_speed(size, written_s), _speed(size, read_s))
    sentence = (
        f"A file of {format_size(size)} was written with {speeds[0]}, read with {speeds[1]} (as far "
        "as nobody remembered it), and came back as it was."
    )
    return Finding("copy", Mark.OK, sentence, figures=figures)


def _speed(size_bytes: int, took_s: float) -> str:
    return f"{format_size(size_bytes / took_s)}/s" if took_s > 0 else "no measurable delay"
