"""From what a user calls the spool to the share: the only place that names an implementation."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from wamspool.clock import Clock
from wamspool.errors import Denied, Exists, Gone, NotASpool, ShareError
from wamspool.share import Share
from wamspool.shares.local import LocalShare, make_root
from wamspool.shares.mounted import MountedShare
from wamspool.shares.mounts import find_mount
from wamspool.shares.smb.addresses import SmbAddress, is_smb_address, parse_address

if TYPE_CHECKING:
    from wamspool.shares.smb.share import SmbShare

NOTHING: Mapping[str, str] = MappingProxyType({})


def open_share(
    location: str, clock: Clock, *, durable: bool = True, environment: Mapping[str, str] = NOTHING
) -> Share:
    """The share at a path of this machine or at an address (``smb://``, UNC).

    ``environment`` is where the credentials of a server are looked for. A server is asked at the
    first verb, not here. Raises NotASpool when there is no such folder, or for an address that
    cannot be; UnsafeCredentials.
    """
    if is_smb_address(location):
        return _smb_share(parse_address(location), clock, environment, durable=durable)
    _refuse_address(location)
    root = Path(location).expanduser()
    if not root.is_dir():
        raise NotASpool(f"{location} is not a folder that can be seen from here")
    return _folder_share(root.resolve(), clock, durable=durable)


def make_share(location: str, clock: Clock, *, environment: Mapping[str, str] = NOTHING) -> Share:
    """As ``open_share``; the folder is made when it is not there, with those above it."""
    if is_smb_address(location):
        _make_smb_folder(parse_address(location), clock, environment)
    else:
        _refuse_address(location)
        make_root(Path(location).expanduser())
    return open_share(location, clock, environment=environment)


def place_of(location: str) -> str:
    """The location in full, as ``shares_from`` names it. Raises NotASpool."""
    if is_smb_address(location):
        return str(parse_address(location))
    _refuse_address(location)
    return str(Path(location).expanduser().absolute())


def is_a_file(location: str) -> bool:
    """Whether it is something else than a folder of this machine; of a server it is not asked."""
    place = Path(location).expanduser()
    return not is_smb_address(location) and place.exists() and not place.is_dir()


def shares_from(
    location: str, clock: Clock, *, environment: Mapping[str, str] = NOTHING
) -> Iterator[tuple[str, Share]]:
    """The folder and those above it, the nearest first, as far as they are there and may be
    listed. Raises NotASpool, UnsafeCredentials; Denied and Unreachable for a server.
    """
    if is_smb_address(location):
        yield from _smb_shares_from(parse_address(location), clock, environment)
        return
    place = Path(place_of(location))
    for folder in (place, *place.parents):
        if folder.is_dir():
            share = local_folder(folder, clock)
            with suppress(ShareError):
                share.list("")
                yield str(folder), share


def local_folder(folder: Path, clock: Clock) -> Share:
    """A folder of this machine, read through the same interface as the spool."""
    return LocalShare(folder.resolve(), clock, durable=False)


def _folder_share(root: Path, clock: Clock, *, durable: bool) -> LocalShare:
    mount = find_mount(str(root))
    if mount and mount.is_served:
        return MountedShare(root, clock, mount, durable=durable)
    return LocalShare(root, clock, durable=durable)


def _refuse_address(location: str) -> None:
    if "://" in location:
        scheme = location.partition("://")[0]
        raise NotASpool(
            f"{location}: '{scheme}' addresses cannot be opened by this version",
            cure="Mount the share and name the folder where it is mounted, or write "
            "smb://SERVER/SHARE/FOLDER.",
        )


def _smb_share(
    address: SmbAddress, clock: Clock, environment: Mapping[str, str], *, durable: bool = True
) -> "SmbShare":
    # The library behind it takes longer to load than most commands take to run.
    from wamspool.shares.smb.credentials import find_credentials  # noqa: PLC0415
    from wamspool.shares.smb.share import SmbShare  # noqa: PLC0415

    credentials = find_credentials(address, environment)
    return SmbShare(address, credentials, clock, durable=durable)


def _above(address: SmbAddress) -> Iterator[SmbAddress]:
    """The folder and those above it, up to the whole share."""
    parts = address.folder.split("/") if address.folder else []
    for count in range(len(parts), -1, -1):
        yield address.at("/".join(parts[:count]))


def _make_smb_folder(address: SmbAddress, clock: Clock, environment: Mapping[str, str]) -> None:
    whole = _smb_share(address.at(""), clock, environment)
    try:
        for place in reversed(list(_above(address))[:-1]):
            with suppress(Exists):
                whole.make_folder(place.folder)
    finally:
        whole.close()


def _smb_shares_from(
    address: SmbAddress, clock: Clock, environment: Mapping[str, str]
) -> Iterator[tuple[str, Share]]:
    for place in _above(address):
        share = _smb_share(place, clock, environment)
        try:
            with suppress(Gone, Denied):
                share.list("")
                yield str(place), share
        finally:
            share.close()
