"""From what a user calls the spool to the share: the only place that names an implementation."""

from pathlib import Path

from wamspool.clock import Clock
from wamspool.errors import NotASpool
from wamspool.share import Share
from wamspool.shares.local import LocalShare, make_root


def open_share(location: str, clock: Clock, *, durable: bool = True) -> Share:
    """The share at a path of this machine. Raises NotASpool when there is no such folder."""
    if "://" in location:
        scheme = location.partition("://")[0]
        raise NotASpool(
            f"{location}: '{scheme}' addresses cannot be opened by this version",
            cure="Mount the share and name the folder where it is mounted.",
        )
    root = Path(location).expanduser()
    if not root.is_dir():
        raise NotASpool(f"{location} is not a folder that can be seen from here")
    return LocalShare(root.resolve(), clock, durable=durable)


def make_share(location: str, clock: Clock) -> Share:
    """As ``open_share``; the folder is made when it is not there."""
    if "://" not in location:
        make_root(Path(location).expanduser())
    return open_share(location, clock)


def local_folder(folder: Path, clock: Clock) -> Share:
    """A folder of this machine, read through the same interface as the spool."""
    return LocalShare(folder.resolve(), clock, durable=False)
