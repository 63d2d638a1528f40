"""Where checks are run: a hidden folder of their own, with several clients of the share.

It is removed afterwards, also after Ctrl-C. One that a killed run has left is removed by the next
run: a ground in which nothing has changed for ten minutes, by the share's own times, is nobody's.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from spool_layout import folders
from spool_layout.names import suffix_from_bytes
from wamspool.clock import Clock
from wamspool.errors import Exists, ShareError
from wamspool.share import Share
from wamspool.tree import remove_tree

ABANDONED_S = 600.0
REMOVED_AGAIN = 5


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is tried. ``patience_s``: how long a change is looked for before it counts as
    never seen; ``clock_s``: between the two readings that tell a clock's rate.
    """

    clients: int
    rounds: int
    repeats: int
    patience_s: float
    clock_s: float
    big_bytes: int


THOROUGH = Effort(
    clients=4, rounds=200, repeats=10, patience_s=10.0, clock_s=2.0, big_bytes=16 << 20
)


@dataclass(frozen=True, slots=True)
class Ground:
    """The folder, the clients, and what else a check needs.

    ``mine`` and ``other`` are the first two of ``clients``. ``spool_folders`` are the folders of
    the spool that lies there; none in a folder that is no spool yet.
    """

    clients: tuple[Share, ...]
    clock: Clock
    folder: str
    effort: Effort
    spool_folders: tuple[str, ...]

    @property
    def mine(self) -> Share:
        """The client by which things are done."""
        return self.clients[0]

    @property
    def other(self) -> Share:
        """The client that watches."""
        return self.clients[1]

    def place(self, check: str) -> str:
        """A new folder for one check. The ground has thereby changed: it is in use."""
        path = f"{self.folder}/{check}"
        self.mine.make_folder(path)
        return path


@contextmanager
def on_ground(open_client: Callable[[], Share], clock: Clock, effort: Effort) -> Iterator[Ground]:
    """A ground for the length of a block, in a spool below ``locks/``, else in the root."""
    with opened_clients(open_client, max(2, effort.clients)) as clients:
        yield from _prepared(clients, clock, effort)


@contextmanager
def opened_clients(open_client: Callable[[], Share], count: int) -> Iterator[tuple[Share, ...]]:
    """So many clients, each with connections of its own, which end with the block."""
    clients: list[Share] = []
    try:
        for _ in range(count):
            clients.append(open_client())  # noqa: PERF401 - those before a failing one are closed
        yield tuple(clients)
    finally:
        for client in clients:
            close = getattr(client, "close", None)  # a folder holds no connection
            if close is not None:
                close()


def _prepared(clients: tuple[Share, ...], clock: Clock, effort: Effort) -> Iterator[Ground]:
    there = {entry.name for entry in clients[0].list("")}
    is_spool = folders.SETTINGS in there
    base = folders.LOCKS if is_spool else ""
    folder = folders.probe_ground(base, suffix_from_bytes(clock.random_bytes(8)))
    clients[0].make_folder(folder)
    try:
        remove_abandoned(clients[0], base, folder)
        spool_folders = tuple(f for f in folders.ALL if f in there) if is_spool else ()
        yield Ground(clients, clock, folder, effort, spool_folders)
    finally:
        remove_ground(clients[0], folder)


def remove_ground(share: Share, folder: str) -> None:
    """The folder is gone, as far as the share lets it go; a later run tries again.

    Whoever else measures there may say something meanwhile, and would wait for an answer as long
    as the folder stands: so what has come in is removed as well.
    """
    with suppress(ShareError):
        for _ in range(REMOVED_AGAIN):
            with suppress(Exists):
                remove_tree(share, folder)
                return


def remove_abandoned(share: Share, base: str, mine: str) -> None:
    """Grounds that a run has left behind are gone. ``mine`` has been made just now."""
    now_ns = share.examine(mine).modified_ns
    for entry in share.list(base):
        path = f"{base}/{entry.name}" if base else entry.name
        if not entry.name.startswith(folders.PROBE_GROUND) or path == mine:
            continue
        with suppress(ShareError):  # gone meanwhile, or not ours to look at
            if now_ns - share.examine(path).modified_ns > ABANDONED_S * 1e9:
                remove_ground(share, path)
