"""Walking and removing folders on a share, verb by verb."""

from collections.abc import Iterator
from contextlib import suppress

from wamspool.errors import Exists, Gone
from wamspool.share import Kind, Share

DEPTH_MAX = 12


def lies_at(share: Share, path: str) -> bool:
    """Whether the name is in its folder's listing, which is fresh where lookups are not.

    Raises Gone when the folder itself is not there: a share that has been unmounted looks so,
    and what was in it is unknown, not gone.
    """
    folder, _, name = path.rpartition("/")
    return any(entry.name == name for entry in share.list(folder))


def files_below(share: Share, folder: str, *, depth: int = DEPTH_MAX) -> Iterator[str]:
    """The plain files below a folder, as paths relative to it; links are not followed."""
    for entry in sorted(share.list(folder), key=lambda e: e.name):
        if entry.kind is Kind.FILE:
            yield entry.name
        elif entry.kind is Kind.FOLDER and depth > 0:
            inner = f"{folder}/{entry.name}"
            yield from (
                f"{entry.name}/{path}" for path in files_below(share, inner, depth=depth - 1)
            )


def remove_tree(share: Share, folder: str) -> None:
    """The folder and all in it are gone; what another removes meanwhile is no error."""
    with suppress(Gone):
        for entry in share.list(folder):
            path = f"{folder}/{entry.name}"
            if entry.kind is Kind.FOLDER:
                remove_tree(share, path)
            else:
                with suppress(Gone):
                    share.remove(path)
        share.remove(folder)


def remove_all_but(share: Share, folder: str, kept: frozenset[str]) -> None:
    """Of the files in the folder and below it only these are left, named as ``files_below`` does."""
    for name in list(files_below(share, folder)):
        if name not in kept:
            with suppress(Gone):
                share.remove(f"{folder}/{name}")


def make_folders(share: Share, path: str) -> None:
    """The folder is there, and those above it."""
    try:
        share.make_folder(path)
    except Exists:
        return
    except Gone:
        parent = path.rpartition("/")[0]
        if not parent:
            raise
        make_folders(share, parent)
        with suppress(Exists):
            share.make_folder(path)
