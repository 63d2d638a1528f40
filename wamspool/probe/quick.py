"""A quick look at the promises, before a folder becomes a spool and before a node begins.

About twenty operations, once; what only contention shows is the doctor's to find.
"""

from contextlib import suppress

from spool_layout import folders
from spool_layout.errors import WamError
from spool_layout.names import suffix_from_bytes
from wamspool.clock import Clock
from wamspool.errors import Exists, UnfitShare
from wamspool.probe.ground import remove_ground
from wamspool.probe.sentences import ANOTHER_WAY, MUST_NOT
from wamspool.probe.timing import wait_until
from wamspool.share import Share

PATIENCE_S = 2.0


def refuse_unfit_share(share: Share, clock: Clock, *, base: str) -> None:
    """Nothing, where the share keeps its promises to one client at a time.

    Raises UnfitShare with the promise that it breaks; Denied where this account has not the
    rights; other share errors as they come. ``base``: the folder below which it is tried.
    """
    ground = folders.probe_ground(base, suffix_from_bytes(clock.random_bytes(8)))
    share.make_folder(ground)
    try:
        _refuse_open_door(share, ground)
        _refuse_writing_over(share, ground)
        _refuse_stale_listing(share, clock, ground)
    finally:
        remove_ground(share, ground)


def _refuse_open_door(share: Share, ground: str) -> None:
    share.make_folder(f"{ground}/door")
    with suppress(Exists):
        share.make_folder(f"{ground}/door")
        raise _unfit(share, "it lets two callers make the same folder")


def _refuse_writing_over(share: Share, ground: str) -> None:
    share.create(f"{ground}/a", b"a")
    share.create(f"{ground}/b", b"b")
    with suppress(Exists):
        share.create(f"{ground}/a", b"c")
        raise _unfit(share, "it creates a file over one that is there")
    with suppress(Exists):
        share.move(f"{ground}/b", f"{ground}/a")
        raise _unfit(share, "it moves a file onto one that is there")
    if (share.read(f"{ground}/a"), share.read(f"{ground}/b")) != (b"a", b"b"):
        raise _unfit(share, "a file has another content than was written")
    share.replace(f"{ground}/a", b"d")
    share.move(f"{ground}/b", f"{ground}/door/b")


def _refuse_stale_listing(share: Share, clock: Clock, ground: str) -> None:
    def is_fresh() -> bool:
        there = {entry.name for entry in share.list(ground)}
        moved = {entry.name for entry in share.list(f"{ground}/door")}
        return there == {"a", "door"} and moved == {"b"}

    if wait_until(clock, is_fresh, patience_s=PATIENCE_S) is None:
        raise _unfit(share, "its listings do not show what was done there a moment ago")


def _unfit(share: Share, what: str) -> WamError:
    return UnfitShare(f"{share.location}: {what}. {MUST_NOT}", cure=ANOTHER_WAY)
